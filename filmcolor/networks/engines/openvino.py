"""OpenVINO, the fastest engine on processors, most of all on those with bfloat16 units."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.networks.engines.engine import PASSES_AT_ONCE
from filmcolor.networks.onnx.inner import with_outputs
from filmcolor.networks.onnx.signature import Signature
from filmcolor.system.cpu import available_cores


class OpenVinoEngine:
    """Runs on the processor, in bfloat16 where the processor multiplies that natively."""

    name = "openvino"

    def __init__(
        self, path: Path, signature: Signature, threads: int, inner: Sequence[str] = ()
    ) -> None:
        """Load an ONNX file; see `open_engine`."""
        import openvino

        core = openvino.Core()
        capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.precision = "bf16" if "BF16" in capabilities else "f32"
        # Side by side where there are cores for it. Each pass has memory of its own.
        passes = max(1, min(PASSES_AT_ONCE, available_cores() // threads))
        model = with_outputs(path, inner) if inner else path
        self._compiled = core.compile_model(
            core.read_model(model),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": self.precision,
                "NUM_STREAMS": passes,
                "INFERENCE_NUM_THREADS": passes * threads,
                # The cores are shared with a decoder and an encoder.
                "ENABLE_CPU_PINNING": False,
            },
        )
        self._half = signature.half
        self._requests: SimpleQueue[Any] = SimpleQueue()
        for _ in range(passes):
            self._requests.put(self._compiled.create_infer_request())

    def run(
        self, L: NDArray[np.float32], outputs: Sequence[str]
    ) -> tuple[NDArray[np.float32], ...]:
        """Return the outputs of these names for one picture (1, 1, h, w)."""
        picture = L.astype(np.float16) if self._half else L
        request = self._requests.get()  # callers that are too many take turns
        try:
            request.infer([picture])
            return tuple(
                np.array(request.get_tensor(self._compiled.output(name)).data, np.float32)
                for name in outputs
            )
        finally:
            self._requests.put(request)
