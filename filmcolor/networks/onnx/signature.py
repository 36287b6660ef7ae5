"""What an ONNX colour network takes and gives, read without loading its weights.

Field numbers: onnx.proto3. The package `onnx` would read the few small messages as well, but takes
longer to be imported than the network to be loaded.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from filmcolor.errors import NetworkError
from filmcolor.networks.onnx.external import external_entries
from filmcolor.networks.onnx.operators import refused_operators
from filmcolor.networks.onnx.wire import (
    LENGTH_DELIMITED,
    VARINT,
    WireError,
    read_fields,
    read_messages,
)
from filmcolor.networks.weights.weights_file import GET_AGAIN, refuse_wrong_file
from filmcolor.wording.reasons import reason_of

_MODEL_GRAPH, _MODEL_METADATA = 7, 14
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT, _TENSOR_NAME = 5, 11, 12, 8
_VALUE_NAME, _VALUE_TYPE, _TYPE_TENSOR = 1, 2, 1
_TENSOR_ELEMENT, _TENSOR_SHAPE, _SHAPE_DIM, _DIM_VALUE = 1, 2, 1, 1
_NEGATIVE = 1 << 63
"""Numbers from here on stand for negative ones."""
_FLOAT, _FLOAT16 = 1, 10  # TensorProto.DataType

Dims = tuple["int | None", ...]


@dataclass(frozen=True)
class Signature:
    """The input for L, the outputs for ab and confidence, and the model's metadata.

    `input_dims` is (n, 1, h, w) with None where a size is free. `half` says that the input is
    float16 instead of float32.
    """

    input_name: str
    input_dims: Dims
    half: bool
    output_name: str
    confidence_name: str | None
    metadata: Mapping[str, str]


def read_signature(path: Path) -> Signature:
    """Read the signature of an ONNX file.

    Raises:
        NetworkError: the file is missing, damaged, no ONNX model, keeps weights in other files,
            has loops, functions or operators of others, takes no single picture of one channel,
            or gives no picture of two.
    """
    refuse_wrong_file(path)
    problem: str | None = None
    refused: str | None = None
    elsewhere = False
    try:
        with path.open("rb") as file:
            # Closed when the last view of it is gone. Closing it here would fail where Ctrl-C comes
            # in between: its traceback holds views, and their error would stand in its place.
            buffer = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            try:
                inputs, outputs, metadata = _read_model(buffer)
                elsewhere = any(True for _ in external_entries(buffer))
                refused = next(refused_operators(buffer), None)
            except WireError as error:
                problem = str(error)
            del buffer
    except OSError as error:
        raise NetworkError(f"Cannot read {path}: {reason_of(error)}.") from error
    if problem is not None:
        raise NetworkError(f"{path} is no whole ONNX model: {problem}. {GET_AGAIN}")
    if elsewhere:
        raise NetworkError(
            f"{path} keeps weights in other files, which are not opened; "
            "save it as one file (`onnx.save` does)."
        )
    if refused is not None:
        raise NetworkError(f"{path} is not run: it {refused}.")
    try:
        name, dims, half = _lightness_input(inputs)
        confidence = _confidence_output(outputs)
        return Signature(name, dims, half, _color_output(outputs), confidence, metadata)
    except NetworkError as error:
        raise NetworkError(
            f"{path} is no colour network: {error}. "
            "It must take L (n, 1, h, w) and give ab (n, 2, h', w')."
        ) from None


@dataclass(frozen=True)
class _Value:
    """An input or output, as its ValueInfoProto says."""

    name: str
    element: int
    """Number of the type of its values; 0: not said."""
    dims: Dims
    """None where a size is free."""


def _read_model(buffer: memoryview) -> tuple[list[_Value], list[_Value], dict[str, str]]:
    inputs: list[_Value] = []
    outputs: list[_Value] = []
    constants: set[str] = set()
    metadata: dict[str, str] = {}
    has_graph = False
    for number, content in read_messages(buffer):
        if number == _MODEL_METADATA:
            entry = dict(read_messages(content))
            metadata[_text(entry.get(_ENTRY_KEY))] = _text(entry.get(_ENTRY_VALUE))
        elif number == _MODEL_GRAPH:
            has_graph = True
            for part, value in read_messages(content):
                if part == _GRAPH_INPUT:
                    inputs.append(_read_value(value))
                elif part == _GRAPH_OUTPUT:
                    outputs.append(_read_value(value))
                elif part == _GRAPH_INITIALIZER:
                    constants.add(_tensor_name(value))
    if not has_graph:
        raise WireError("it holds no graph")
    # Before IR version 4 constants were listed among the inputs.
    return [value for value in inputs if value.name not in constants], outputs, metadata


def _read_value(message: memoryview) -> _Value:
    name, element, dims = "", 0, []
    for number, content in read_messages(message):
        if number == _VALUE_NAME:
            name = _text(content)
        if number != _VALUE_TYPE:
            continue
        for kind, tensor in read_messages(content):
            if kind != _TYPE_TENSOR:
                continue
            for part, wire_type, value, payload in read_fields(tensor):
                if part == _TENSOR_ELEMENT and wire_type == VARINT:
                    element = value
                elif part == _TENSOR_SHAPE and wire_type == LENGTH_DELIMITED:
                    dims += [
                        _dim(dim) for axis, dim in read_messages(payload) if axis == _SHAPE_DIM
                    ]
    return _Value(name, element, tuple(dims))


def _dim(message: memoryview) -> int | None:
    size = 0
    for number, wire_type, value, _ in read_fields(message):
        if number == _DIM_VALUE and wire_type == VARINT:
            size = value
    return size if 0 < size < _NEGATIVE else None


def _text(payload: memoryview | None) -> str:
    return "" if payload is None else bytes(payload).decode("utf-8", "replace")


def _tensor_name(tensor: memoryview) -> str:
    return next(
        (_text(part) for number, part in read_messages(tensor) if number == _TENSOR_NAME), ""
    )


def _lightness_input(inputs: list[_Value]) -> tuple[str, Dims, bool]:
    if len(inputs) != 1:
        names = ", ".join(value.name for value in inputs) or "none"
        raise NetworkError(f"it has {len(inputs)} inputs ({names}), not one")
    dims = inputs[0].dims
    kind = inputs[0].element
    if kind not in (_FLOAT, _FLOAT16):
        raise NetworkError(f"its input '{inputs[0].name}' holds neither float32 nor float16 values")
    if len(dims) != 4 or dims[1] not in (1, None):
        raise NetworkError(f"its input '{inputs[0].name}' has the shape {dims}")
    if dims[0] not in (1, None):
        raise NetworkError(f"it wants {dims[0]} pictures at a time, filmcolor gives one")
    if (dims[2] is None) != (dims[3] is None):
        raise NetworkError("only one of its input's height and width is fixed")
    return inputs[0].name, dims, kind == _FLOAT16


def _color_output(outputs: list[_Value]) -> str:
    shapes = {value.name: value.dims for value in outputs}
    if "ab" in shapes and _may_be_colors(shapes["ab"]):
        return "ab"
    for name, dims in shapes.items():
        if len(dims) == 4 and dims[1] == 2:
            return name
    # Some exporters leave shapes of outputs out; the shape is then checked when it has run.
    if len(shapes) == 1:
        (name, dims) = next(iter(shapes.items()))
        if _may_be_colors(dims):
            return name
    raise NetworkError(f"no output has 2 channels ({shapes})")


def _confidence_output(outputs: list[_Value]) -> str | None:
    """Return the name of the output that networks trained here may have, else None."""
    one_channel = (1, None)
    return next(
        (
            value.name
            for value in outputs
            if value.name == "confidence" and len(value.dims) == 4 and value.dims[1] in one_channel
        ),
        None,
    )


def _may_be_colors(dims: Dims) -> bool:
    """Whether a shape, as far as it is said, is that of colours."""
    return not dims or (len(dims) == 4 and dims[1] in (2, None))
