"""Finds the other files that an ONNX model wants to have read for it.

ONNX lets tensors lie outside the model ("external data"), at any path. A colour network is one
file; a model that names others is not opened at all.

Field numbers: onnx.proto3 (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from filmcolor.networks.onnx.wire import LENGTH_DELIMITED, WireError, read_fields

_TENSOR_EXTERNAL_DATA = 13
_MOST_DEPTH = 50

_INSIDE: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
"""Which messages lie in which field of which message, as far as tensors can lie in them."""


def external_entries(
    message: memoryview, kind: str = "model", depth: int = 0
) -> Iterator[memoryview]:
    """Yield the entries (StringStringEntryProto) of all tensors that lie in other files.

    Raises `WireError` where the message is damaged or nested too deeply.
    """
    if depth > _MOST_DEPTH:
        raise WireError("its graphs are nested too deeply")
    for number, wire_type, _, payload in read_fields(message):
        if wire_type != LENGTH_DELIMITED:
            continue
        if kind == "tensor":
            if number == _TENSOR_EXTERNAL_DATA:
                yield payload
        elif (inner := _INSIDE[kind].get(number)) is not None:
            yield from external_entries(payload, inner, depth + 1)
