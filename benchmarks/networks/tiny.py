"""The smallest networks that filmcolor takes: one as ONNX, one as Caffe files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from filmcolor.networks.cost import COST_KEY


def write_network(path: Path) -> Path:
    """Write a tiny colour network: ab = (L / 5, L / 4) of squares of 8x8 pixels."""
    kernel = np.array([0.2, 0.25], np.float32).reshape(2, 1, 1, 1)
    pool = helper.make_node("AveragePool", ["L"], ["s"], kernel_shape=[8, 8], strides=[8, 8])
    graph = helper.make_graph(
        [pool, helper.make_node("Conv", ["s", "kernel"], ["ab"])],
        "tiny",
        [helper.make_tensor_value_info("L", TensorProto.FLOAT, [1, 1, None, None])],
        [helper.make_tensor_value_info("ab", TensorProto.FLOAT, [1, 2, None, None])],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    size = {"filmcolor.short_side": "32", "filmcolor.multiple": "16"}
    helper.set_model_props(model, size | {COST_KEY: str(2 / 64)})
    onnx.save(model, path)
    return path


def write_edge_network(path: Path) -> Path:
    """Write a network of one layer: colours that follow the lightness and its edges."""
    weights = np.random.default_rng(4).normal(0, 0.4, (2, 1, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["L", "weights"], ["slopes"], pads=[1, 1, 1, 1]),
            helper.make_node("Tanh", ["slopes"], ["sharp"]),
            helper.make_node("Mul", ["sharp", "size"], ["ab"]),
        ],
        "small",
        [helper.make_tensor_value_info("L", TensorProto.FLOAT, [1, 1, 16, 24])],
        [helper.make_tensor_value_info("ab", TensorProto.FLOAT, [1, 2, 16, 24])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array(50, np.float32), "size"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {COST_KEY: "18"})
    onnx.save(model, path)
    return path


_PROTOTXT = """name: "tiny"  # a network as Caffe describes it
layer { name: "data_l" type: "Input" top: "data_l"
  input_param { shape { dim: 1 dim: 1 dim: 32 dim: 32 } } }
layer { name: "conv1" type: "Convolution" bottom: "data_l" top: "conv1"
  convolution_param { num_output: 4 kernel_size: 3 pad: 1 stride: 2 dilation: 1 } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "norm1" type: "BatchNorm" bottom: "conv1" top: "norm1"
  batch_norm_param { eps: 1e-5 } }
layer { name: "pool1" type: "Pooling" bottom: "norm1" top: "pool1"
  pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
layer { name: "scale1" type: "Scale" bottom: "pool1" top: "scale1"
  scale_param { filler { value: 2.6 } } }
layer { name: "ab" type: "Convolution" bottom: "scale1" top: "ab"
  convolution_param { num_output: 2 kernel_size: 1 } }
"""


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _caffe_layer(name: str, *shapes: tuple[int, ...]) -> bytes:
    content = _field(1, name.encode())
    for shape in shapes:
        values = np.linspace(0.1, 0.3, int(np.prod(shape)), dtype="<f4").tobytes()
        blob = _field(7, _field(1, b"".join(map(_varint, shape)))) + _field(5, values)
        content += _field(7, blob)
    return _field(100, content)


def write_caffe(folder: Path) -> tuple[Path, Path]:
    """Write a tiny Caffe colour network: `tiny.caffemodel` and `tiny.prototxt`."""
    weights, description = folder / "tiny.caffemodel", folder / "tiny.prototxt"
    weights.write_bytes(
        _caffe_layer("conv1", (4, 1, 3, 3), (4,))
        + _caffe_layer("norm1", (4,), (4,), (1,))
        + _caffe_layer("ab", (2, 4, 1, 1), (2,))
    )
    description.write_text(_PROTOTXT, encoding="utf-8")
    return weights, description
