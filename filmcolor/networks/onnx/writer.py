"""Writes an ONNX model piece by piece.

The `onnx` package would hold every constant twice more, once in the message and once in its
serialised bytes. For a network of 129 MB that is the difference between 30 MB and 300 MB of
memory, so the constants go from where they are (a mapped file) straight into the new file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.networks.onnx.wire import LENGTH_DELIMITED, encode_tag, encode_varint

if TYPE_CHECKING:
    from onnx import NodeProto

OPSET = 17
_IR_VERSION = 8
_MODEL_GRAPH, _GRAPH_INITIALIZER, _TENSOR_RAW_DATA = 7, 5, 9

Dims = Sequence["int | str"]


def write_model(
    path: Path,
    *,
    nodes: Sequence[NodeProto],
    constants: Mapping[str, NDArray[Any]],
    inputs: Mapping[str, Dims],
    outputs: Mapping[str, Dims],
    name: str,
    metadata: Mapping[str, str],
) -> None:
    """Write a model with float32 inputs and outputs, opset 17.

    Args:
        path: the file to write; what it held is lost.
        nodes: in order of execution.
        constants: little-endian arrays by tensor name; contiguous ones are not copied.
        inputs: dimensions by name, a string for a dimension that may vary.
        outputs: the same.
        name: the graph's name.
        metadata: becomes the model's `metadata_props`.

    Raises:
        OSError: the file cannot be written.
    """
    from onnx import ModelProto, TensorProto, helper

    graph = helper.make_graph(
        list(nodes),
        name,
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, d) for key, d in inputs.items()],
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, d) for key, d in outputs.items()],
    ).SerializeToString()
    model = ModelProto(ir_version=_IR_VERSION, producer_name="filmcolor")
    model.opset_import.add(domain="", version=OPSET)
    helper.set_model_props(model, dict(metadata))

    headers = {key: _tensor_header(key, value) for key, value in constants.items()}
    graph_size = len(graph) + sum(
        len(headers[key]) + value.nbytes for key, value in constants.items()
    )
    with path.open("wb") as file:
        file.write(model.SerializeToString())
        file.write(_field_start(_MODEL_GRAPH, graph_size))
        file.write(graph)
        for key, value in constants.items():
            file.write(headers[key])
            file.write(np.ascontiguousarray(value).data)


def _field_start(number: int, length: int) -> bytes:
    return encode_tag(number, LENGTH_DELIMITED) + encode_varint(length)


def _tensor_header(name: str, value: NDArray[Any]) -> bytes:
    """Everything of a graph's constant but its numbers, which must follow directly."""
    from onnx import TensorProto, helper

    tensor: bytes = TensorProto(
        name=name, dims=value.shape, data_type=helper.np_dtype_to_tensor_dtype(value.dtype)
    ).SerializeToString()
    tensor += _field_start(_TENSOR_RAW_DATA, value.nbytes)
    start: bytes = _field_start(_GRAPH_INITIALIZER, len(tensor) + value.nbytes)
    return start + tensor
