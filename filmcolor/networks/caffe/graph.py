"""The ONNX graph that grows while a Caffe network is walked through, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import NetworkError
from filmcolor.networks.caffe.caffemodel import Array
from filmcolor.networks.caffe.description import CaffeLayer

if TYPE_CHECKING:
    from onnx import NodeProto

Shape = tuple[int, ...]
MissingBlobs = Callable[[CaffeLayer, Sequence[Shape]], "list[NDArray[np.float32]] | None"]


class Weights:
    """The blobs of a weights file, handed out with their shapes checked.

    `missing` may supply the blobs of a layer that the file does not hold, given the layer and
    the shapes that it needs; it returns None where it cannot.
    """

    def __init__(
        self, blobs: Mapping[str, list[Array]], *, missing: MissingBlobs | None = None
    ) -> None:
        """Take the blobs that `read_caffemodel` gives."""
        self._blobs = blobs
        self._missing = missing

    def holds(self, layer: CaffeLayer) -> bool:
        """Say whether the file has weights of the layer."""
        return layer.name in self._blobs

    def take(self, layer: CaffeLayer, shapes: Sequence[Shape]) -> list[NDArray[np.float32]]:
        """Return the layer's blobs as float32, each of the expected shape.

        Raises:
            NetworkError: the layer has no weights, too few blobs, or blobs of other shapes.
        """
        blobs = self._blobs.get(layer.name)
        if self._missing is not None and (blobs is None or not any(b.any() for b in blobs)):
            supplied = self._missing(layer, shapes)
            if supplied is not None:
                return supplied
        if blobs is None:
            raise NetworkError(f"layer '{layer.name}' ({layer.type}) has no weights in the file")
        if len(blobs) < len(shapes):
            raise NetworkError(
                f"layer '{layer.name}' ({layer.type}) needs {len(shapes)} blobs of weights, "
                f"the file holds {len(blobs)}"
            )
        return [_checked(layer, blob, shape) for blob, shape in zip(blobs, shapes, strict=False)]


def _checked(layer: CaffeLayer, blob: Array, shape: Shape) -> NDArray[np.float32]:
    found = blob.shape
    if len(found) > len(shape) and set(found[: len(found) - len(shape)]) == {1}:
        found = found[len(found) - len(shape) :]  # old files write (1, 1, 1, n) for (n,)
    if found != shape:
        raise NetworkError(
            f"layer '{layer.name}' ({layer.type}) needs weights of shape {shape}, "
            f"the file holds {blob.shape}"
        )
    return blob.reshape(shape).astype(np.float32, copy=False)


class Graph:
    """Nodes and constants of the ONNX graph, and which ONNX tensor holds each Caffe blob now.

    Caffe layers may write into the blob that they read; ONNX tensors are written once. So each
    write gets a tensor of its own, and the blob's name then stands for the newest one.
    """

    def __init__(self, weights: Weights) -> None:
        """Start an empty graph."""
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self.channels: dict[str, int] = {}
        self._tensor_of: dict[str, str] = {}
        self._taken: set[str] = set()

    def add_input(self, name: str, channels: int) -> str:
        """Declare an input of the ONNX graph and return its tensor's name."""
        tensor = self._unique(name)
        self.channels[tensor] = channels
        return tensor

    def bind(self, blob: str, tensor: str) -> None:
        """Make an ONNX tensor the present value of a blob."""
        self._tensor_of[blob] = tensor

    def tensor(self, layer: CaffeLayer, blob: str) -> str:
        """Return the ONNX tensor that holds a blob which the layer reads."""
        try:
            return self._tensor_of[blob]
        except KeyError:
            raise NetworkError(
                f"layer '{layer.name}' reads '{blob}', which no layer before it writes"
            ) from None

    def tensor_of(self, blob: str) -> str:
        """Return the ONNX tensor that holds a blob."""
        return self._tensor_of[blob]

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant and return its tensor's name."""
        tensor = self._unique(name)
        self.constants[tensor] = value
        return tensor

    def node(
        self, op: str, inputs: Sequence[str], name: str, *, channels: int, **attributes: Any
    ) -> str:
        """Add a node with one output and return the output's tensor name."""
        from onnx import helper

        output = self._unique(name)
        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        self.channels[output] = channels
        return output

    def write(self, layer: CaffeLayer, tensor: str) -> None:
        """Make the ONNX tensor the present value of the layer's (only) top blob."""
        if len(layer.tops) != 1:
            raise NetworkError(
                f"layer '{layer.name}' ({layer.type}) must write one blob, not {len(layer.tops)}"
            )
        self.bind(layer.tops[0], tensor)

    def rename(self, tensor: str, name: str) -> None:
        """Give an ONNX tensor, and the nodes that use it, a new name that is still free."""
        if tensor == name:
            return
        if self._unique(name) != name:
            raise NetworkError(f"a layer is called '{name}', a name that the result needs")
        for node in self.nodes:
            for names in (node.input, node.output):
                for i, old in enumerate(names):
                    if old == tensor:
                        names[i] = name
        self.channels[name] = self.channels.pop(tensor)

    def _unique(self, name: str) -> str:
        tensor, number = name, 1
        while tensor in self._taken:
            number += 1
            tensor = f"{name}.{number}"
        self._taken.add(tensor)
        return tensor
