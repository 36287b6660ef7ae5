"""ONNX Runtime, the default engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.networks.onnx.inner import with_outputs
from filmcolor.networks.onnx.signature import Signature
from filmcolor.system.environment import variable
from filmcolor.system.memory_settings import give_memory_back

# Those that someone installs on purpose, for a graphics card. CoreML is in every macOS package of
# ONNX Runtime and compiles a network again for each input size, so it is not chosen by itself.
_GPU_PROVIDERS = ("CUDAExecutionProvider", "ROCMExecutionProvider", "DmlExecutionProvider")
_CPU_PROVIDER = "CPUExecutionProvider"
_ERRORS_ONLY = 3


def onnx_runtime() -> Any:
    """Return the module `onnxruntime`, which is to tell nobody of what is done with it.

    From 1.32 on it would write events into the user's cache and send them to its makers, as soon
    as it is imported.
    """
    with variable("ORT_DISABLE_TELEMETRY", "1"):
        import onnxruntime
    onnxruntime.disable_telemetry_events()  # for a program that has imported it before
    return onnxruntime


class OnnxRuntimeEngine:
    """Runs on a graphics card where ONNX Runtime finds one that works, else on the processor."""

    name = "onnxruntime"

    def __init__(
        self, path: Path, signature: Signature, threads: int, inner: Sequence[str] = ()
    ) -> None:
        """Load an ONNX file; see `open_engine`."""
        onnxruntime = onnx_runtime()
        model = with_outputs(path, inner) if inner else path
        available = onnxruntime.get_available_providers()
        providers = [provider for provider in _GPU_PROVIDERS if provider in available]
        self._session: Any = None
        for provider in providers:
            options = self._options(threads)
            if provider == "DmlExecutionProvider":
                options.enable_mem_pattern = False  # DirectML asks for this
            try:
                self._session = onnxruntime.InferenceSession(
                    model, options, providers=[provider, _CPU_PROVIDER]
                )
                break
            except Exception:  # a driver that is missing or too old: the processor still works
                continue
        if self._session is None:
            self._session = onnxruntime.InferenceSession(
                model, self._options(threads), providers=[_CPU_PROVIDER]
            )
        if inner:
            # It keeps a whole file's bytes, to change providers later, which nobody does.
            self._session._model_bytes = None
        give_memory_back()  # what was needed to load it is nearly half of what it needs
        self._signature = signature
        self.precision = "f16" if signature.half else "f32"

    @staticmethod
    def _options(threads: int) -> Any:
        options = onnx_runtime().SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # What a pass needs goes back to the system after it: 35 MB less for a film, at no cost in
        # time that can be measured.
        options.enable_cpu_mem_arena = False
        # Idle threads would spin and take the processor from the decoder and the encoder.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return options

    def run(
        self, L: NDArray[np.float32], outputs: Sequence[str]
    ) -> tuple[NDArray[np.float32], ...]:
        """Return the outputs of these names for one picture (1, 1, h, w)."""
        signature = self._signature
        picture = L.astype(np.float16) if signature.half else L
        values = self._session.run(list(outputs), {signature.input_name: picture})
        return tuple(np.asarray(value, np.float32) for value in values)
