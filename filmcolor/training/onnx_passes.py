"""What is changed in a graph that PyTorch has exported, before filmcolor's engines get it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

_SMALL = 256


def fold_pads(model: ModelProto) -> None:
    """Let convolutions pad their inputs themselves where a Pad node with zeros stands before them.

    Engines copy a whole tensor for a Pad, for a convolution's own padding they need no copy.
    """
    graph = model.graph
    constants = _constants(model)
    pads = {node.output[0]: node for node in graph.node if node.op_type == "Pad"}
    for node in graph.node:
        pad = pads.get(node.input[0]) if node.op_type == "Conv" else None
        amounts = None if pad is None else _zeros_around(pad, constants)
        if pad is None or amounts is None:
            continue
        own = next((a for a in node.attribute if a.name == "pads"), None)
        if own is None:
            own = node.attribute.add()
            own.CopyFrom(helper.make_attribute("pads", [0, 0, 0, 0]))
        own.ints[:] = [a + b for a, b in zip(own.ints, amounts, strict=True)]
        node.input[0] = pad.input[0]
    _remove_unused(model)


def _constants(model: ModelProto) -> dict[str, NDArray[Any]]:
    """Return all tensors that do not depend on the input; PyTorch computes amounts of padding."""
    known: dict[str, NDArray[Any]] = {
        tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer
    }
    for node in model.graph.node:
        if all(name in known for name in node.input if name):
            inputs = {name: known[name] for name in node.input if name}
            outputs = ReferenceEvaluator(node).run(None, inputs)
            known |= dict(zip(node.output, map(np.asarray, outputs), strict=True))
    return known


def _zeros_around(pad: NodeProto, constants: dict[str, NDArray[Any]]) -> list[int] | None:
    """Return top, left, bottom, right of a Pad node that a convolution can stand in for."""
    names = list(pad.input)
    mode = next((helper.get_attribute_value(a) for a in pad.attribute if a.name == "mode"), b"")
    amounts = constants.get(names[1]) if len(names) > 1 else None
    value = constants.get(names[2]) if len(names) > 2 and names[2] else np.zeros(1)
    if mode not in (b"", b"constant") or amounts is None or value is None or np.any(value):
        return None
    if len(amounts) != 8 or any(amounts[[0, 1, 4, 5]]) or any(amounts < 0):
        return None
    return [int(amounts[axis]) for axis in (2, 3, 6, 7)]


def _remove_unused(model: ModelProto) -> None:
    """Remove nodes whose outputs nothing takes."""
    graph = model.graph
    used = {value.name for value in graph.output}
    for node in reversed(list(graph.node)):
        if used.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            used.update(node.input)


def store_as_float16(model: ModelProto) -> None:
    """Store weights as float16, cast to float32 when the file is loaded: half the bytes."""
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _SMALL:
            continue
        stored = f"{tensor.name}.f16"
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)
