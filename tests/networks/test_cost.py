"""What a pass costs, told by the graph or by the file's own metadata."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from filmcolor.networks import is_large_network
from filmcolor.networks.cost import COST_KEY, cost_of_pass, multiply_adds_per_pixel
from filmcolor.networks.onnx.signature import read_signature


def network(
    path: Path,
    channels: Sequence[int],
    *,
    kernel: int = 3,
    metadata: dict[str, str] | None = None,
    unused: int = 0,
    half: bool = False,
) -> Path:
    """Convolutions with stride 1 of so many channels, from 1 on; the last ones make ab."""
    kind = np.float16 if half else np.float32
    nodes, weights, tensor, inputs = [], [], "L", 1
    for number, outputs in enumerate((*channels, 2)):
        values = np.zeros((outputs, inputs, kernel, kernel), kind)
        weights.append(numpy_helper.from_array(values, f"w{number}"))
        used = f"w{number}"
        if half:
            nodes.append(helper.make_node("Cast", [used], [f"f{number}"], to=TensorProto.FLOAT))
            used = f"f{number}"
        pads = [kernel // 2] * 4
        nodes.append(helper.make_node("Conv", [tensor, used], [f"x{number}"], pads=pads))
        tensor, inputs = f"x{number}", outputs
    nodes.append(helper.make_node("Identity", [tensor], ["ab"]))
    weights.append(numpy_helper.from_array(np.zeros(unused, np.float32), "unused"))
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("L", TensorProto.FLOAT, ["n", 1, "h", "w"])],
        [helper.make_tensor_value_info("ab", TensorProto.FLOAT, ["n", 2, "h", "w"])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, path)
    return path


def cost(path: Path) -> float:
    return cost_of_pass(path, read_signature(path))


@pytest.mark.parametrize("half", [False, True])
def test_convolutions_are_counted(tmp_path: Path, half: bool) -> None:
    sized = {"filmcolor.short_side": "96"}
    path = network(tmp_path / "x.onnx", (8, 24), metadata=sized, half=half)
    assert cost(path) == 9 * (8 + 8 * 24 + 24 * 2) * 96 * 128


def test_matrices_strides_and_deconvolutions_are_counted() -> None:
    zeros = {"c": (8, 1, 2, 2), "d": (8, 4, 2, 2), "m": (4, 4, 1, 1), "g": (64, 100)}
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["L", "c"], ["small"], strides=[2, 2]),
            helper.make_node("ConvTranspose", ["small", "d"], ["large"], strides=[2, 2]),
            helper.make_node("Conv", ["large", "m"], ["deep"], group=1),
            helper.make_node("GlobalAveragePool", ["deep"], ["mean"]),
            helper.make_node("Flatten", ["g"], ["flat"]),
            helper.make_node("Gemm", ["flat", "g"], ["product"], transB=1),
        ],
        "test",
        [helper.make_tensor_value_info("L", TensorProto.FLOAT, [1, 1, 16, 16])],
        [helper.make_tensor_value_info("deep", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.zeros(v, np.float32), k) for k, v in zeros.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    expected = 64 * 8 * 4 + 64 * 8 * 4 * 4 + 256 * 4 * 4 + 64 * 64 * 100
    assert multiply_adds_per_pixel(model, "L") == expected / 256


def test_the_file_s_own_word_is_taken_where_it_makes_sense(tmp_path: Path) -> None:
    sized = {"filmcolor.short_side": "32", "filmcolor.multiple": "8"}
    for word, each in (("1000", 1000), ("nan", 18), ("-5", 18), ("many", 18), ("inf", 18)):
        path = network(tmp_path / "x.onnx", (), metadata={COST_KEY: word, **sized})
        assert cost(path) == each * 32 * 40


def test_large_is_what_computes_much_not_what_has_many_bytes(tmp_path: Path) -> None:
    sized = {"filmcolor.short_side": "256"}
    dear = network(tmp_path / "dear.onnx", (96, 96), metadata=sized)
    bulky = network(tmp_path / "bulky.onnx", (8,), metadata=sized, unused=16_000_000)
    assert dear.stat().st_size < 1_000_000 < 60_000_000 < bulky.stat().st_size
    assert is_large_network(dear)
    assert is_large_network(str(dear))
    assert not is_large_network(bulky)
    assert not is_large_network("lite")
    assert not is_large_network(tmp_path / "missing.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    assert not is_large_network(tmp_path / "broken.onnx")


def test_a_converted_caffe_network_says_what_it_costs(small_zhang: Path) -> None:
    from filmcolor.networks.caffe.cache import converted

    path = converted(small_zhang, "0" * 64, name="small", licence="none")
    signature = read_signature(path)
    words = float(signature.metadata[COST_KEY])
    assert words == pytest.approx(multiply_adds_per_pixel(onnx.load(path), "L"), abs=0.5)
    assert words * 224 * 224 == cost(path) > 1e6
    assert not is_large_network(small_zhang)
