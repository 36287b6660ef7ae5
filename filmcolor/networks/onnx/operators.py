"""Finds operators that no colour network needs, and that could keep an engine busy for ever.

A network without loops, branches and functions is done after as many steps as it has nodes.
Operators outside of ONNX need a library that runs them, which an engine would have to load.

Field numbers: onnx.proto3 (ModelProto, GraphProto, NodeProto, AttributeProto).
"""

from __future__ import annotations

from collections.abc import Iterator

from filmcolor.networks.onnx.wire import read_messages

_MODEL_GRAPH, _MODEL_FUNCTIONS = 7, 25
_GRAPH_NODE = 1
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_GRAPHS = frozenset({6, 11})

_CONTROL_FLOW = frozenset({"If", "Loop", "Scan", "SequenceMap"})
_KNOWN_DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
"""Sets of operators: ONNX's own, and those that ONNX Runtime's optimiser puts in their place."""


def refused_operators(model: memoryview) -> Iterator[str]:
    """Yield, for each thing in a model that is not run, what it is: "has the control flow ...".

    Raises `WireError` where the message is damaged.
    """
    if any(number == _MODEL_FUNCTIONS for number, _ in read_messages(model)):
        yield "defines functions of its own (`onnx.inliner` puts them in their places)"
    for number, payload in read_messages(model):
        if number == _MODEL_GRAPH:
            for part, node in read_messages(payload):
                if part == _GRAPH_NODE:
                    yield from _refused(node)


def _refused(node: memoryview) -> Iterator[str]:
    operator = domain = ""
    has_graph = False
    for number, payload in read_messages(node):
        if number == _NODE_OPERATOR:
            operator = _text(payload)
        elif number == _NODE_DOMAIN:
            domain = _text(payload)
        elif number == _NODE_ATTRIBUTE:
            has_graph |= any(part in _ATTRIBUTE_GRAPHS for part, _ in read_messages(payload))
    if domain not in _KNOWN_DOMAINS:
        yield f"has the operator '{operator}' of '{domain}', which is not part of ONNX"
    elif has_graph or operator in _CONTROL_FLOW:
        yield f"has the control flow operator '{operator}', which no colour network needs"


def _text(payload: memoryview) -> str:
    return "".join(c for c in bytes(payload[:80]).decode("utf-8", "replace") if c.isprintable())
