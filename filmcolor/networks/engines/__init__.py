"""The programs that run a network: ONNX Runtime, OpenVINO, OpenCV.

All of them take the same ONNX file and one picture at a time; on a processor a batch is no faster
than its pictures one by one, and this way a result never depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, get_args

from filmcolor.errors import NetworkError, UsageError
from filmcolor.networks.engines.engine import Engine
from filmcolor.networks.engines.first_use import FIRST_USE, FirstPassAlone
from filmcolor.networks.engines.onnx_runtime import OnnxRuntimeEngine
from filmcolor.networks.engines.opencv import OpenCVEngine
from filmcolor.networks.engines.openvino import OpenVinoEngine
from filmcolor.networks.onnx.signature import Signature
from filmcolor.settings import EngineName


class _Opening(Protocol):
    def __call__(
        self, path: Path, signature: Signature, threads: int, inner: Sequence[str] = ()
    ) -> Engine: ...


_ENGINES: dict[str, tuple[str, str, _Opening]] = {
    "openvino": ("openvino", "pip install openvino", OpenVinoEngine),
    "onnxruntime": ("onnxruntime", "pip install onnxruntime", OnnxRuntimeEngine),
    "opencv": ("cv2", "pip install opencv-python-headless", OpenCVEngine),
}
ENGINE_NAMES: tuple[str, ...] = get_args(EngineName)


def installed_engines() -> list[str]:
    """Return the names of the engines that can be imported, the preferred one first."""
    return [name for name, (module, _, _) in _ENGINES.items() if _is_installed(module)]


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # another thread is importing it at this moment
        return True


def open_engine(
    name: str, path: Path, signature: Signature, threads: int, inner: Sequence[str] = ()
) -> Engine:
    """Load a network into an engine.

    Args:
        name: one of `ENGINE_NAMES`; "auto" takes OpenVINO where it is installed, else ONNX
            Runtime.
        path: the ONNX file.
        signature: what `read_signature` says of it.
        threads: how many processor threads one pass may use. OpenCV's number is one for the whole
            process and is left alone.
        inner: names of inner tensors that it shall give too.

    Raises:
        UsageError: there is no engine of that name.
        NetworkError: the engine is not installed or cannot load the network.
    """
    if name not in ENGINE_NAMES:
        raise UsageError(f"There is no engine '{name}'; choose one of {', '.join(ENGINE_NAMES)}.")
    if name == "auto":
        name = next(iter(installed_engines()), "onnxruntime")
    module, install, engine = _ENGINES[name]
    if not _is_installed(module):
        raise NetworkError(f"The engine '{name}' is not installed. Install it with `{install}`.")
    try:
        with FIRST_USE:
            return FirstPassAlone(engine(path, signature, threads, inner))
    except NetworkError:
        raise
    except Exception as error:  # each engine has error classes of its own, some undocumented
        raise NetworkError(
            f"The engine '{name}' cannot load {path}. Try another engine, or get the file again."
        ) from error
