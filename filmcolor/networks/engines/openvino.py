"""OpenVINO, the fastest engine on processors, most of all on those with bfloat16 units."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from filmcolor.networks.onnx_signature import Signature


class OpenVinoEngine:
    """Runs on the processor, in bfloat16 where the processor multiplies that natively."""

    name = "openvino"

    def __init__(self, model: Path, signature: Signature, threads: int) -> None:
        """Load an ONNX file; see `open_engine`."""
        import openvino

        core = openvino.Core()
        capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.precision = "bf16" if "BF16" in capabilities else "f32"
        compiled = core.compile_model(
            core.read_model(model),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": self.precision,
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": threads,
            },
        )
        self._request = compiled.create_infer_request()
        self._output = compiled.output(signature.output_name)
        self._half = signature.half
        self._lock = threading.Lock()

    def run(self, L: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the output (1, 2, h', w') for one picture (1, 1, h, w)."""
        picture = L.astype(np.float16) if self._half else L
        # One request uses all threads, so callers at the same time take turns.
        with self._lock:
            self._request.infer([picture])
            return np.array(self._request.get_tensor(self._output).data, np.float32)
