"""Inner tensors of a network, given out beside its colours without a changed file.

Which: what the network enlarges again on its way back to a picture, as decoders do. There it knows
both what is where and what that is, at sizes that are small enough to be compared cell by cell.

How: a protocol buffers message may be continued by appended bytes. A second `graph` that holds
nothing but outputs adds these to the first one.

Field numbers: onnx.proto3 (ModelProto, GraphProto, NodeProto, ValueInfoProto).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from filmcolor.networks.onnx.wire import (
    LENGTH_DELIMITED,
    encode_tag,
    encode_varint,
    read_messages,
)

_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_OUTPUT = 1, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATOR = 1, 2, 4
_VALUE_NAME = 1
_ENLARGING = frozenset({b"Resize", b"Upsample", b"ConvTranspose", b"DepthToSpace"})


def enlarged_tensors(path: Path) -> tuple[str, ...]:
    """Return the names of the tensors that a network enlarges, in the order of its nodes.

    Only what its own nodes give counts: not its input, not its constants, and nothing that is an
    output already.

    Args:
        path: an ONNX file that `read_signature` has accepted.

    Raises:
        OSError: the file cannot be read.
        WireError: it is not whole.
    """
    given: set[bytes] = set()
    enlarged: dict[bytes, None] = {}
    outputs: set[bytes] = set()
    for number, graph in read_messages(memoryview(path.read_bytes())):
        if number != _MODEL_GRAPH:
            continue
        for part, content in read_messages(graph):
            if part == _GRAPH_OUTPUT:
                outputs |= {bytes(x) for field, x in read_messages(content) if field == _VALUE_NAME}
            elif part == _GRAPH_NODE:
                fields = [(field, bytes(x)) for field, x in read_messages(content)]
                inputs = [x for field, x in fields if field == _NODE_INPUT]
                if inputs and any(f == _NODE_OPERATOR and x in _ENLARGING for f, x in fields):
                    enlarged[inputs[0]] = None
                given |= {x for field, x in fields if field == _NODE_OUTPUT}
    return tuple(name.decode() for name in enlarged if name in given and name not in outputs)


def with_outputs(path: Path, names: Iterable[str]) -> bytes:
    """Return an ONNX file's content with more tensors among its outputs, of types not said.

    Raises `OSError` when the file cannot be read.
    """
    values = (_message(_VALUE_NAME, name.encode()) for name in names)
    graph = b"".join(_message(_GRAPH_OUTPUT, value) for value in values)
    return path.read_bytes() + _message(_MODEL_GRAPH, graph)


def _message(number: int, content: bytes) -> bytes:
    return encode_tag(number, LENGTH_DELIMITED) + encode_varint(len(content)) + content
