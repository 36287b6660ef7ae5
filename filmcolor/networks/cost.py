"""What a pass of a network costs, told before it has run.

The unit is a multiplication with its addition, as in convolutions and products of matrices; all
else that networks do takes little time beside those. Measured on two cores, ONNX Runtime's time
follows it well: `lite` at 192x256 2.6 billion, in 3.5 times as long as the 0.8 billion of its
version 6 at 128x160; Zhang's network at 224x224 32 billion.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from filmcolor.networks.input_sizing import sizing_of
from filmcolor.networks.onnx.signature import Signature

if TYPE_CHECKING:
    from onnx import ModelProto

COST_KEY = "filmcolor.multiply_adds_per_pixel"
"""Of a model's metadata: multiply-adds of a pass, divided by the pixels of its input."""

_USUAL_PICTURE = 480, 640
_MEASURED_AT = 256, 256
_SMALL = 64


def cost_of_pass(path: Path, signature: Signature) -> float:
    """Return the multiply-adds of one pass over a picture of 4:3.

    They come from the metadata, or else from the graph, of which is counted what ONNX can tell the
    shapes of. Reading a graph takes a few tenths of a second.

    Args:
        path: an ONNX file.
        signature: what `read_signature` says of it.

    Raises:
        NetworkError: its metadata gives no usable input size.
    """
    height, width = sizing_of(signature).size_for(*_USUAL_PICTURE)
    try:
        each = float(signature.metadata[COST_KEY])
    except (KeyError, ValueError):
        each = math.nan
    if not 0 <= each < math.inf:
        import onnx

        each = multiply_adds_per_pixel(onnx.load(path), signature.input_name)
    return each * height * width


def multiply_adds_per_pixel(model: ModelProto, input_name: str) -> float:
    """Return the multiply-adds of a pass, divided by the pixels of its input.

    0 where nothing can be told.

    Args:
        model: is not changed; its large constants need no values.
        input_name: of the input for L, (1, 1, height, width); other inputs have fixed shapes.
    """
    from onnx import shape_inference

    skeleton = _without_weights(model)
    height, width = _MEASURED_AT
    for value in skeleton.graph.input:
        if value.name == input_name:
            dims = value.type.tensor_type.shape.dim
            for dim, size in zip(dims, (1, 1, height, width), strict=True):
                # A network that has one size only keeps it.
                dim.dim_value = dim.dim_value or size
            height, width = dims[2].dim_value, dims[3].dim_value
    try:
        inferred = shape_inference.infer_shapes(skeleton, data_prop=True).graph
    except Exception:  # whatever is odd about someone's network: an engine has to judge it
        return 0.0
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*inferred.value_info, *inferred.input, *inferred.output)
    }
    shapes |= {tensor.name: list(tensor.dims) for tensor in inferred.initializer}
    total = 0
    for node in inferred.node:
        if node.op_type not in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
            continue
        x, weights = (shapes.get(name, []) for name in node.input[:2])
        output = shapes.get(node.output[0], [])
        if node.op_type == "Conv":
            each, places = weights[1:], output
        elif node.op_type == "ConvTranspose":
            each, places = weights[1:], x
        else:
            first = any(a.name == "transA" and a.i for a in node.attribute)
            each, places = x[:1] if first else x[-1:], output
        if each and places:
            total += math.prod(each) * math.prod(places)
    return total / (height * width)


def _without_weights(model: ModelProto) -> ModelProto:
    """Return a model with large constants as inputs of their shape: there is no need to copy them.

    Small ones stay, since shapes are computed from some of them.
    """
    from onnx import helper

    graph = model.graph
    skeleton: ModelProto = helper.make_model(
        helper.make_graph(graph.node, "skeleton", graph.input, graph.output),
        opset_imports=model.opset_import,
    )
    known = {value.name for value in graph.input}
    for tensor in graph.initializer:
        if math.prod(tensor.dims) <= _SMALL:
            skeleton.graph.initializer.append(tensor)
        elif tensor.name not in known:
            shape = helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            skeleton.graph.input.append(shape)
    return skeleton
