"""How each kind of Caffe layer is written in ONNX.

The meaning of the parameters and their defaults is that of caffe.proto and Caffe's layer
catalogue; each function reads one layer and adds its nodes to the graph.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from filmcolor.errors import NetworkError
from filmcolor.networks.caffe.description import CaffeLayer
from filmcolor.networks.caffe.graph import Graph
from filmcolor.networks.caffe.prototxt import Message
from filmcolor.networks.caffe.window import Window, read_window

_BATCH_NORM_EPS = 1e-5


def _only_bottom(graph: Graph, layer: CaffeLayer) -> str:
    if len(layer.bottoms) != 1:
        raise NetworkError(
            f"layer '{layer.name}' ({layer.type}) must read one blob, not {len(layer.bottoms)}"
        )
    return graph.tensor(layer, layer.bottoms[0])


def _require_channel_axis(layer: CaffeLayer, parameters: Message) -> None:
    if parameters.integer("axis", 1) not in (1, -3):
        raise NetworkError(f"layer '{layer.name}' ({layer.type}) works on another axis than 1")


def _convolution(graph: Graph, layer: CaffeLayer) -> None:
    _convolve(graph, layer, transposed=False)


def _deconvolution(graph: Graph, layer: CaffeLayer) -> None:
    _convolve(graph, layer, transposed=True)


def _convolve(graph: Graph, layer: CaffeLayer, *, transposed: bool) -> None:
    parameters = layer.parameters.message("convolution_param")
    _require_channel_axis(layer, parameters)
    source = _only_bottom(graph, layer)
    channels_in = graph.channels[source]
    channels_out = parameters.integer("num_output", 0)
    group = parameters.integer("group", 1)
    if channels_out < 1 or group < 1 or channels_in % group or channels_out % group:
        raise NetworkError(
            f"layer '{layer.name}' ({layer.type}) cannot make {channels_out} channels out of "
            f"{channels_in} in {group} groups"
        )
    window = read_window(layer, parameters)
    if transposed:
        kernel_shape = (channels_in, channels_out // group, *window.kernel)
    else:
        kernel_shape = (channels_out, channels_in // group, *window.kernel)
    shapes: list[tuple[int, ...]] = [kernel_shape]
    if parameters.flag("bias_term", True):
        shapes.append((channels_out,))
    blobs = graph.weights.take(layer, shapes)
    inputs = [source]
    inputs += [
        graph.constant(f"{layer.name}.{kind}", blob)
        for kind, blob in zip(("kernel", "bias"), blobs, strict=False)
    ]
    output = graph.node(
        "ConvTranspose" if transposed else "Conv",
        inputs,
        layer.name,
        channels=channels_out,
        kernel_shape=window.kernel,
        strides=window.stride,
        pads=window.pads,
        dilations=window.dilation,
        group=group,
    )
    graph.write(layer, output)


def _batch_norm(graph: Graph, layer: CaffeLayer) -> None:
    """BatchNorm with stored statistics: (x - mean / f) / sqrt(variance / f + eps).

    The third blob is f, by which Caffe's running sums must be divided; f = 0 (a network that
    never saw data) makes both statistics 0.
    """
    parameters = layer.parameters.message("batch_norm_param")
    if not parameters.flag("use_global_stats", True):
        raise NetworkError(f"layer '{layer.name}' (BatchNorm) has no stored statistics to use")
    source = _only_bottom(graph, layer)
    channels = graph.channels[source]
    mean, variance, factor = graph.weights.take(layer, [(channels,), (channels,), (1,)])
    scale = np.float32(0 if factor[0] == 0 else 1 / factor[0])
    constants = {
        "gamma": np.ones(channels, np.float32),
        "beta": np.zeros(channels, np.float32),
        "mean": mean * scale,
        "variance": variance * scale,
    }
    inputs = [graph.constant(f"{layer.name}.{key}", value) for key, value in constants.items()]
    output = graph.node(
        "BatchNormalization",
        [source, *inputs],
        layer.name,
        channels=channels,
        epsilon=parameters.number("eps", _BATCH_NORM_EPS),
    )
    graph.write(layer, output)


def _scale(graph: Graph, layer: CaffeLayer) -> None:
    parameters = layer.parameters.message("scale_param")
    _require_channel_axis(layer, parameters)
    if parameters.integer("num_axes", 1) != 1:
        raise NetworkError(f"layer '{layer.name}' (Scale) scales more than the channels")
    source = _only_bottom(graph, layer)
    channels = graph.channels[source]
    has_bias = parameters.flag("bias_term", False)
    if graph.weights.holds(layer):
        shapes = [(channels,)] * (2 if has_bias else 1)
        blobs = graph.weights.take(layer, shapes)
    else:
        blobs = [np.full(channels, _filler_value(layer, parameters, "filler", 1.0), np.float32)]
        if has_bias:
            value = _filler_value(layer, parameters, "bias_filler", 0.0)
            blobs.append(np.full(channels, value, np.float32))
    factors = graph.constant(f"{layer.name}.factors", blobs[0].reshape(1, channels, 1, 1))
    output = graph.node("Mul", [source, factors], layer.name, channels=channels)
    if has_bias:
        offsets = graph.constant(f"{layer.name}.offsets", blobs[1].reshape(1, channels, 1, 1))
        output = graph.node("Add", [output, offsets], f"{layer.name}.sum", channels=channels)
    graph.write(layer, output)


def _filler_value(layer: CaffeLayer, parameters: Message, name: str, default: float) -> float:
    if name not in parameters.fields:
        return default
    filler = parameters.message(name)
    if filler.text("type", "constant") != "constant":
        raise NetworkError(
            f"layer '{layer.name}' (Scale) has no weights in the file and no constant {name}"
        )
    return filler.number("value", 0.0)


def _relu(graph: Graph, layer: CaffeLayer) -> None:
    source = _only_bottom(graph, layer)
    slope = layer.parameters.message("relu_param").number("negative_slope", 0.0)
    channels = graph.channels[source]
    if slope == 0:
        output = graph.node("Relu", [source], layer.name, channels=channels)
    else:
        output = graph.node("LeakyRelu", [source], layer.name, channels=channels, alpha=slope)
    graph.write(layer, output)


def _eltwise(graph: Graph, layer: CaffeLayer) -> None:
    parameters = layer.parameters.message("eltwise_param")
    sources = [graph.tensor(layer, blob) for blob in layer.bottoms]
    counts = {graph.channels[source] for source in sources}
    if len(sources) < 2 or len(counts) != 1:
        raise NetworkError(
            f"layer '{layer.name}' (Eltwise) needs two or more blobs of equally many channels, "
            f"it reads {len(sources)} with {sorted(counts)}"
        )
    channels = counts.pop()
    operation = parameters.text("operation", "SUM")
    coefficients = parameters.numbers("coeff")
    if coefficients and (operation not in ("SUM", "1") or len(coefficients) != len(sources)):
        raise NetworkError(f"layer '{layer.name}' (Eltwise) has coefficients that fit no sum")
    ops = {"PROD": "Mul", "0": "Mul", "SUM": "Add", "1": "Add", "MAX": "Max", "2": "Max"}
    if operation not in ops:
        raise NetworkError(f"layer '{layer.name}' (Eltwise) has the unknown operation {operation}")
    for i, coefficient in enumerate(coefficients):
        if coefficient != 1:
            factor = graph.constant(f"{layer.name}.coeff{i}", np.array(coefficient, np.float32))
            name = f"{layer.name}.term{i}"
            sources[i] = graph.node("Mul", [sources[i], factor], name, channels=channels)
    output = sources[0]
    for source in sources[1:]:
        output = graph.node(ops[operation], [output, source], layer.name, channels=channels)
    graph.write(layer, output)


def _concat(graph: Graph, layer: CaffeLayer) -> None:
    parameters = layer.parameters.message("concat_param")
    if parameters.integer("axis", parameters.integer("concat_dim", 1)) not in (1, -3):
        raise NetworkError(f"layer '{layer.name}' (Concat) joins along another axis than channels")
    sources = [graph.tensor(layer, blob) for blob in layer.bottoms]
    channels = sum(graph.channels[source] for source in sources)
    graph.write(layer, graph.node("Concat", sources, layer.name, channels=channels, axis=1))


def _pooling(graph: Graph, layer: CaffeLayer) -> None:
    parameters = layer.parameters.message("pooling_param")
    source = _only_bottom(graph, layer)
    channels = graph.channels[source]
    kind = {"MAX": "Max", "0": "Max", "AVE": "Average", "1": "Average"}.get(
        parameters.text("pool", "MAX")
    )
    if kind is None:
        raise NetworkError(f"layer '{layer.name}' (Pooling) is neither MAX nor AVE")
    if parameters.flag("global_pooling", False):
        output = graph.node(f"Global{kind}Pool", [source], layer.name, channels=channels)
        graph.write(layer, output)
        return
    window = read_window(layer, parameters)
    if any(pad >= size for pad, size in zip(window.pads, window.kernel * 2, strict=True)):
        raise NetworkError(f"layer '{layer.name}' (Pooling) pads more than its window covers")
    attributes: dict[str, object] = {
        "kernel_shape": window.kernel,
        "strides": window.stride,
        "pads": window.pads,
        "ceil_mode": int(parameters.text("round_mode", "CEIL") in ("CEIL", "0")),
    }
    if kind == "Average":
        output = _average_pool(graph, layer, source, window, attributes)
    else:
        output = graph.node("MaxPool", [source], layer.name, channels=channels, **attributes)
    graph.write(layer, output)


def _average_pool(
    graph: Graph, layer: CaffeLayer, source: str, window: Window, attributes: dict[str, object]
) -> str:
    """Average as Caffe does: divided by the part of the window that lies within the padding.

    ONNX Runtime has divided windows that hang over the edge in different ways over the years. The
    quotient of the averages of the picture and of a mask of ones is right with all of them.
    """
    name, channels = layer.name, graph.channels[source]
    # One stride less a step more at the end: rounding down then gives what rounding up gave.
    tail = [stride - 1 if attributes["ceil_mode"] else 0 for stride in window.stride]
    borders = (
        graph.constant(f"{name}.border", np.array([0, 0, *window.pad] * 2, np.int64)),
        graph.constant(f"{name}.tail", np.array([0] * 6 + tail, np.int64)),
    )
    zero, one = (graph.constant(f"{name}.{v}", np.array(v, np.float32)) for v in (0, 1))
    nothing = graph.node("Mul", [source, zero], f"{name}.nothing", channels=channels)
    ones = graph.node("Add", [nothing, one], f"{name}.ones", channels=channels)
    padded = []
    for kind, tensor, fill in (("mask", ones, one), ("picture", source, zero)):
        for border, value in zip(borders, (fill, zero), strict=True):
            tensor = graph.node(
                "Pad", [tensor, border, value], f"{name}.{kind}.padded", channels=channels
            )
        padded.append(tensor)
    averages = []
    for kind, tensor in (("picture", padded[1]), ("mask", padded[0])):
        # The product changes nothing, but keeps engines from merging padding and pooling.
        masked = graph.node("Mul", [tensor, padded[0]], f"{name}.{kind}.masked", channels=channels)
        averages.append(
            graph.node(
                "AveragePool",
                [masked],
                f"{name}.{kind}",
                channels=channels,
                kernel_shape=window.kernel,
                strides=window.stride,
            )
        )
    quotient = graph.node("Div", averages, f"{name}.all", channels=channels)
    # Caffe leaves out a last window that would begin in the padding; maximum pooling does too.
    like = graph.node("MaxPool", [source], f"{name}.like", channels=channels, **attributes)
    shape = graph.node("Shape", [like], f"{name}.shape", channels=channels)
    begin = graph.constant(f"{name}.begin", np.zeros(4, np.int64))
    return graph.node("Slice", [quotient, begin, shape], name, channels=channels)


def _softmax(graph: Graph, layer: CaffeLayer) -> None:
    source = _only_bottom(graph, layer)
    axis = layer.parameters.message("softmax_param").integer("axis", 1)
    channels = graph.channels[source]
    graph.write(layer, graph.node("Softmax", [source], layer.name, channels=channels, axis=axis))


def _pass_on(graph: Graph, layer: CaffeLayer) -> None:
    graph.write(layer, _only_bottom(graph, layer))


def _silence(graph: Graph, layer: CaffeLayer) -> None:
    """Silence only keeps Caffe from printing a blob."""


TRANSLATORS: dict[str, Callable[[Graph, CaffeLayer], None]] = {
    "Convolution": _convolution,
    "Deconvolution": _deconvolution,
    "BatchNorm": _batch_norm,
    "Scale": _scale,
    "ReLU": _relu,
    "Eltwise": _eltwise,
    "Concat": _concat,
    "Pooling": _pooling,
    "Softmax": _softmax,
    "Dropout": _pass_on,  # does nothing once training is over
    "Silence": _silence,
}
