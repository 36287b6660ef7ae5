"""A film and a network that are quick to work with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from filmcolor.networks import Network, load_network
from tests.segments.films import SHOTS, film_with_streams


@pytest.fixture(scope="session")
def network_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of one layer: colours that follow the lightness and its edges."""
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
    path = tmp_path_factory.mktemp("network") / "small.onnx"
    onnx.save(model, path)
    return path


@pytest.fixture(scope="session")
def network(network_file: Path) -> Network:
    """The same, loaded."""
    return load_network(network_file, engine="onnxruntime")


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of several shots with two sound tracks, subtitles and chapters."""
    return film_with_streams(tmp_path_factory.mktemp("film"), SHOTS)
