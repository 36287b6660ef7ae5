"""What several groups of tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from filmcolor.networks import Network, load_network
from filmcolor.system.cpu import available_cores
from tests.clips import make_clip


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist nobody asks
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait for programs that they started."""
    return available_cores() + 1


@pytest.fixture(scope="session")
def packaged_network() -> Network:
    """The network that comes with the package, loaded once."""
    return load_network("lite", engine="onnxruntime")


@pytest.fixture(scope="session")
def network(packaged_network: Network) -> Network:
    """What tests colour with; rooms where colours do not matter have a quicker one."""
    return packaged_network


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
def quick_network(network_file: Path) -> Network:
    """The same, loaded: where it is of no matter which colours a film gets."""
    return load_network(network_file, engine="onnxruntime")


@pytest.fixture
def grey_clip(tmp_path: Path) -> Path:
    """An MP4 of 12 small frames at 25 a second, without sound."""
    return make_clip(tmp_path / "film.mp4")


@pytest.fixture(scope="session")
def sound_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP4 of 12 small frames with an AAC track; not to be changed."""
    return make_clip(tmp_path_factory.mktemp("clips") / "sound.mp4", audio="aac")


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """The luma (full range, 8 bits, 96x96) of a photograph of a person."""
    data = pytest.importorskip("skimage.data")
    rgb = data.astronaut()[::5, ::5].astype(np.float64)[:96, :96]
    return np.rint(rgb @ [0.299, 0.587, 0.114]).astype(np.uint8)
