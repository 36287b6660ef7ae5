"""Converts a Caffe colour network (`.prototxt` + `.caffemodel`) to ONNX.

OpenCV 5 can no longer read Caffe files and Caffe itself is hard to install, so filmcolor reads
them on its own. What the conversion adds to the layers for a colour network:

- The ONNX input `L` is lightness in 0..100; Caffe colour networks want L - 50 (Zhang et al. 2016,
  release code), so a Sub node comes first. Batch, height and width stay free.
- The weights file does not hold `class8_ab`, the 1x1 convolution that turns the probabilities of
  the 313 colour bins into their mean (section 2.3 of the paper: the annealed mean; the
  temperature 0.38 is `conv8_313_rh`'s factor 2.606 = 1 / 0.38). Its kernel is the bins themselves.

Measured: random weights in the exact layout of release v2 (32.2 million parameters, 224x224 input,
outputs up to 19.3) through OpenCV 4.14's own Caffe importer, with the bins set by hand, and through
the converted model in ONNX Runtime 1.32 differ by at most 2.1e-4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import NetworkError
from filmcolor.networks.bins import BIN_COUNT, ab_bins
from filmcolor.networks.caffe.caffemodel import read_caffemodel
from filmcolor.networks.caffe.description import CaffeLayer, CaffeNetwork
from filmcolor.networks.caffe.graph import Graph, Shape, Weights
from filmcolor.networks.caffe.layers import TRANSLATORS
from filmcolor.networks.cost import COST_KEY, multiply_adds_per_pixel
from filmcolor.networks.onnx.writer import OPSET, write_model

_L_CENTRE = 50.0
_SMALL = 64


def translate_layers(network: CaffeNetwork, graph: Graph) -> list[str]:
    """Add all layers to a graph whose inputs are bound.

    Returns:
        The blobs that no later layer reads, in order of writing: the network's outputs.

    Raises:
        NetworkError: a layer is of an unknown type or does not fit its inputs or weights.
    """
    open_blobs: dict[str, None] = {}
    for layer in network.layers:
        translate = TRANSLATORS.get(layer.type)
        if translate is None:
            raise NetworkError(
                f"layer '{layer.name}' is of the type '{layer.type}', which cannot be converted "
                f"(known types: {', '.join(sorted(TRANSLATORS))})"
            )
        translate(graph, layer)
        if layer.type == "Silence":
            continue
        for blob in layer.bottoms:
            open_blobs.pop(blob, None)
        for blob in layer.tops:
            open_blobs[blob] = None
    return list(open_blobs)


def convert_color_network(
    network: CaffeNetwork, weights_path: Path, out: Path, *, metadata: Mapping[str, str]
) -> None:
    """Write a colour network as ONNX: input `L` (n, 1, h, w) in 0..100, output `ab` (n, 2, ., .).

    Args:
        network: a description with one input of one channel and one output of two.
        weights_path: the `.caffemodel`.
        out: the file to write.
        metadata: further `metadata_props`; `filmcolor.input_size` and the cost are added.

    Raises:
        NetworkError: the weights are damaged or do not fit the description.
        OSError: `out` cannot be written.
    """
    graph = Graph(Weights(read_caffemodel(weights_path), missing=_decoding_weights))
    height, width = _bind_lightness(network, graph)
    candidates = [graph.tensor_of(blob) for blob in translate_layers(network, graph)]
    results = [tensor for tensor in candidates if graph.channels[tensor] == 2]
    if not results:
        raise NetworkError("the network has no output of 2 channels (a and b)")
    graph.rename(results[-1], "ab")
    metadata = {**metadata, "filmcolor.input_size": f"{height}x{width}"}
    metadata[COST_KEY] = f"{_multiply_adds_per_pixel(graph, height, width):.0f}"
    write_model(
        out,
        nodes=graph.nodes,
        constants=graph.constants,
        inputs={"L": ["n", 1, "h", "w"]},
        outputs={"ab": ["n", 2, "ab_h", "ab_w"]},
        name="caffe",
        metadata=metadata,
    )


def _multiply_adds_per_pixel(graph: Graph, height: int, width: int) -> float:
    from onnx import TensorProto, helper, numpy_helper

    constants = [
        numpy_helper.from_array(values, name)
        if values.size <= _SMALL
        # The values of large ones say nothing of the cost.
        else TensorProto(name=name, dims=values.shape, data_type=TensorProto.FLOAT)
        for name, values in graph.constants.items()
    ]
    size = [1, 1, height, width]
    inputs = [helper.make_tensor_value_info("L", TensorProto.FLOAT, size)]
    outputs = [helper.make_tensor_value_info("ab", TensorProto.FLOAT, None)]
    content = helper.make_graph(list(graph.nodes), "caffe", inputs, outputs, constants)
    opset = helper.make_opsetid("", OPSET)
    return multiply_adds_per_pixel(helper.make_model(content, opset_imports=[opset]), "L")


def _bind_lightness(network: CaffeNetwork, graph: Graph) -> tuple[int, int]:
    shapes = [shape for _, shape in network.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][1] != 1 or min(shapes[0]) < 1:
        raise NetworkError(
            f"a colour network reads one blob of shape (1, 1, height, width), this one {shapes}"
        )
    lightness = graph.add_input("L", 1)
    centre = graph.constant("L.centre", np.array(_L_CENTRE, np.float32))
    graph.bind(network.inputs[0][0], graph.node("Sub", [lightness, centre], "centred", channels=1))
    return shapes[0][2], shapes[0][3]


def _decoding_weights(
    layer: CaffeLayer, shapes: Sequence[Shape]
) -> list[NDArray[np.float32]] | None:
    """The bins as a kernel, for a layer that turns 313 probabilities into a and b."""
    if layer.type != "Convolution" or shapes[0] != (2, BIN_COUNT, 1, 1):
        return None
    kernel = np.ascontiguousarray(ab_bins().T).reshape(2, BIN_COUNT, 1, 1)
    return [kernel, np.zeros(2, np.float32)][: len(shapes)]
