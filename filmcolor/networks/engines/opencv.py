"""OpenCV's DNN module (versions 4 and 5), for those who have nothing else."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import NetworkError
from filmcolor.networks.onnx.signature import Signature

if TYPE_CHECKING:
    from onnx import ModelProto

_KEPT_NETS = 3


class OpenCVEngine:
    """Runs on the processor. OpenCV wants fixed sizes, so there is one net per input size."""

    name = "opencv"
    precision = "f32"

    def __init__(
        self, path: Path, signature: Signature, threads: int, inner: Sequence[str] = ()
    ) -> None:
        """Load an ONNX file; see `open_engine`."""
        if signature.half:
            raise NetworkError(
                f"{path} takes float16 pictures, which OpenCV cannot; use the engine onnxruntime."
            )
        self._path = path
        self._inner = inner
        self._outputs: list[str] = []
        self._signature = signature
        self._nets: OrderedDict[tuple[int, ...], Any] = OrderedDict()
        self._lock = threading.Lock()

    def run(
        self, L: NDArray[np.float32], outputs: Sequence[str]
    ) -> tuple[NDArray[np.float32], ...]:
        """Return the outputs of these names for one picture (1, 1, h, w)."""
        with self._lock:  # a net holds its input and output: one caller at a time
            net = self._net_for(L.shape)
            net.setInput(L, self._signature.input_name)
            if len(outputs) == 1:
                return (np.array(net.forward(outputs[0]), np.float32),)
            # OpenCV 5 gives one output or all of them.
            values = dict(zip(self._outputs, net.forward(self._outputs), strict=True))
            return tuple(np.array(values[name], np.float32) for name in outputs)

    def _net_for(self, shape: tuple[int, ...]) -> Any:
        net = self._nets.pop(shape, None)
        if net is None:
            import cv2
            import onnx

            model = onnx.load(self._path)
            with_fixed_input(model, self._signature.input_name, shape)
            with_folded_casts(model)
            model.graph.output.extend(
                onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, list("nchw"))
                for name in self._inner
            )
            self._outputs = [value.name for value in model.graph.output]
            content = model.SerializeToString()
            del model
            net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        self._nets[shape] = net
        while len(self._nets) > _KEPT_NETS:
            self._nets.popitem(last=False)
        return net


def with_fixed_input(model: ModelProto, name: str, shape: tuple[int, ...]) -> None:
    """Give the model's input a fixed shape (in place)."""
    for value in model.graph.input:
        if value.name == name:
            for dim, size in zip(value.type.tensor_type.shape.dim, shape, strict=True):
                dim.dim_value = size


def with_folded_casts(model: ModelProto) -> None:
    """Replace constants that a Cast node turns into another type by the result (in place).

    Weights stored as float16 are cast when loaded; OpenCV wants a convolution's weights to be
    constants.
    """
    from onnx import helper, numpy_helper

    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in list(model.graph.node):
        if node.op_type == "Cast" and node.input[0] in constants:
            value = numpy_helper.to_array(constants[node.input[0]])
            kind = helper.tensor_dtype_to_np_dtype(helper.get_node_attr_value(node, "to"))
            folded = numpy_helper.from_array(value.astype(kind), node.output[0])
            model.graph.initializer.append(folded)
            model.graph.node.remove(node)
    used = {name for node in model.graph.node for name in node.input}
    for tensor in constants.values():
        if tensor.name not in used:
            model.graph.initializer.remove(tensor)
