"""What an ONNX colour network takes and gives, read without loading its weights."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filmcolor.errors import NetworkError
from filmcolor.networks.onnx_external import external_entries
from filmcolor.networks.onnx_operators import refused_operators
from filmcolor.networks.weights_file import GET_AGAIN, refuse_wrong_file
from filmcolor.networks.wire import LENGTH_DELIMITED, WireError, read_fields

if TYPE_CHECKING:
    from onnx import ValueInfoProto

_MODEL_GRAPH, _MODEL_METADATA = 7, 14
_GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT, _TENSOR_NAME = 5, 11, 12, 8
_FLOAT, _FLOAT16 = 1, 10  # TensorProto.DataType

Dims = tuple["int | None", ...]


@dataclass(frozen=True)
class Signature:
    """The input for L, the output for ab, and the model's metadata.

    `input_dims` is (n, 1, h, w) with None where a size is free. `half` says that the input is
    float16 instead of float32.
    """

    input_name: str
    input_dims: Dims
    half: bool
    output_name: str
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
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as buffer,
        ):
            try:
                inputs, outputs, metadata = _read_model(buffer)
                elsewhere = any(True for _ in external_entries(buffer))
                refused = next(refused_operators(buffer), None)
            except WireError as error:  # raised on below: its traceback holds views of the file
                problem = str(error)
    except OSError as error:
        raise NetworkError(f"Cannot read {path}: {error.strerror or error}.") from error
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
        return Signature(name, dims, half, _colour_output(outputs), metadata)
    except NetworkError as error:
        raise NetworkError(
            f"{path} is no colour network: {error}. "
            "It must take L (n, 1, h, w) and give ab (n, 2, h', w')."
        ) from None


def _read_model(
    buffer: memoryview,
) -> tuple[list[ValueInfoProto], list[ValueInfoProto], dict[str, str]]:
    from onnx import StringStringEntryProto, ValueInfoProto

    values: dict[int, list[ValueInfoProto]] = {_GRAPH_INPUT: [], _GRAPH_OUTPUT: []}
    constants: set[str] = set()
    metadata: dict[str, str] = {}
    has_graph = False
    try:
        for number, wire_type, _, payload in read_fields(buffer):
            if number == _MODEL_METADATA and wire_type == LENGTH_DELIMITED:
                entry = StringStringEntryProto.FromString(bytes(payload))
                metadata[entry.key] = entry.value
            if number != _MODEL_GRAPH or wire_type != LENGTH_DELIMITED:
                continue
            has_graph = True
            for part, part_type, _, content in read_fields(payload):
                if part in values and part_type == LENGTH_DELIMITED:
                    values[part].append(ValueInfoProto.FromString(bytes(content)))
                elif part == _GRAPH_INITIALIZER and part_type == LENGTH_DELIMITED:
                    constants.add(_tensor_name(content))
    except WireError:
        raise
    except Exception as error:  # protobuf's DecodeError, whose package has no types
        raise WireError(str(error)) from error
    if not has_graph:
        raise WireError("it holds no graph")
    # Before IR version 4 constants were listed among the inputs.
    inputs = [value for value in values[_GRAPH_INPUT] if value.name not in constants]
    return inputs, values[_GRAPH_OUTPUT], metadata


def _tensor_name(tensor: memoryview) -> str:
    for number, wire_type, _, payload in read_fields(tensor):
        if number == _TENSOR_NAME and wire_type == LENGTH_DELIMITED:
            return bytes(payload).decode("utf-8", "replace")
    return ""


def _dims(value: ValueInfoProto) -> Dims:
    shape = value.type.tensor_type.shape
    return tuple(dim.dim_value if dim.dim_value > 0 else None for dim in shape.dim)


def _lightness_input(inputs: list[ValueInfoProto]) -> tuple[str, Dims, bool]:
    if len(inputs) != 1:
        names = ", ".join(value.name for value in inputs) or "none"
        raise NetworkError(f"it has {len(inputs)} inputs ({names}), not one")
    dims = _dims(inputs[0])
    kind = inputs[0].type.tensor_type.elem_type
    if kind not in (_FLOAT, _FLOAT16):
        raise NetworkError(f"its input '{inputs[0].name}' holds neither float32 nor float16 values")
    if len(dims) != 4 or dims[1] not in (1, None):
        raise NetworkError(f"its input '{inputs[0].name}' has the shape {dims}")
    if dims[0] not in (1, None):
        raise NetworkError(f"it wants {dims[0]} pictures at a time, filmcolor gives one")
    if (dims[2] is None) != (dims[3] is None):
        raise NetworkError("only one of its input's height and width is fixed")
    return inputs[0].name, dims, kind == _FLOAT16


def _colour_output(outputs: list[ValueInfoProto]) -> str:
    shapes = {value.name: _dims(value) for value in outputs}
    for name, dims in shapes.items():
        if len(dims) == 4 and dims[1] == 2:
            return name
    # Some exporters leave shapes of outputs out; the shape is then checked when it has run.
    if len(shapes) == 1:
        (name, dims) = next(iter(shapes.items()))
        if not dims or (len(dims) == 4 and dims[1] is None):
            return name
    raise NetworkError(f"no output has 2 channels ({shapes})")
