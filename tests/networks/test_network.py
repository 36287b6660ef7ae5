from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from filmcolor.errors import NetworkError, UsageError
from filmcolor.networks import CATALOG, installed_engines, load_network, richer_network_hint

# How far engines may differ from ONNX Runtime, in ab units (these outputs reach 16 to 35). Float32
# engines differ in rounding only: measured 0.00004 (OpenCV 4 and 5). bfloat16 keeps 8 bits of a
# number, and single cells, where two colours are almost as likely, then take another one: measured
# 1.2 at most on lite, but 0.25 on the mean, 2 % of |ab|'s; 0.11 and 0.02 on the small network.
F32_TOLERANCE = 1e-2
BF16_TOLERANCE, BF16_MEAN_TOLERANCE = 5.0, 0.4


def foreign_model(
    path: Path,
    *,
    dims: tuple[object, ...] = ("n", 1, "h", "w"),
    kind: int = TensorProto.FLOAT,
    outputs: int = 2,
    metadata: dict[str, str] | None = None,
    scale: float = 1.0,
) -> Path:
    """An ONNX network of somebody else: ab = (L / 2, -L / 4) * scale at half the size."""
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    kernel = np.array([0.5, -0.25, 0.1][:outputs]).reshape(outputs, 1, 1, 1) * scale
    graph = helper.make_graph(
        [
            helper.make_node(
                "AveragePool", ["grey"], ["small"], kernel_shape=[2, 2], strides=[2, 2]
            ),
            helper.make_node("Conv", ["small", "kernel"], ["colour"]),
            helper.make_node("Relu", ["small"], ["other"]),
        ],
        "foreign",
        [helper.make_tensor_value_info("grey", kind, dims)],
        [
            helper.make_tensor_value_info("other", kind, ["n", 1, None, None]),
            helper.make_tensor_value_info("colour", kind, ["n", outputs, None, None]),
        ],
        [onnx.numpy_helper.from_array(kernel.astype(dtype), "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("shape", [["n", 2, "h", "w"], None])
@pytest.mark.parametrize("engine", installed_engines())
def test_colours_are_the_output_called_ab(
    tmp_path: Path, shape: list[object] | None, engine: str
) -> None:
    if shape is None and engine == "opencv":
        pytest.skip("OpenCV wants to be told the shapes of outputs")
    kernels = {"ab": [0.5, -0.25], "spread": [2.0, 3.0], "confidence": [0.01]}
    path = tmp_path / "three.onnx"
    graph = helper.make_graph(
        [helper.make_node("Conv", ["L", f"{name}.w"], [name]) for name in kernels],
        "three",
        [helper.make_tensor_value_info("L", TensorProto.FLOAT, ["n", 1, "h", "w"])],
        [
            helper.make_tensor_value_info("confidence", TensorProto.FLOAT, ["n", 1, "h", "w"]),
            helper.make_tensor_value_info("spread", TensorProto.FLOAT, ["n", 2, "h", "w"]),
            helper.make_tensor_value_info("ab", TensorProto.FLOAT, shape),
        ],
        [
            onnx.numpy_helper.from_array(np.float32(values).reshape(-1, 1, 1, 1), f"{name}.w")
            for name, values in kernels.items()
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    ab = load_network(path, engine=engine).predict(np.full((1, 256, 256), 40, np.float32))
    assert np.allclose(ab, [20, -10])


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, filmcolor.networks, filmcolor.cli.models; "
        "print([m for m in ('onnx', 'onnxruntime', 'openvino', 'cv2', 'pooch', 'requests')"
        " if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.parametrize("network", ["lite", "small zhang"])
def test_all_engines_agree(network: str, small_zhang: Path, lightness: np.ndarray) -> None:
    name: str | Path = small_zhang if network == "small zhang" else network
    picture = lightness if network == "small zhang" else lightness[:, :160]
    reference = load_network(name, engine="onnxruntime")
    expected = reference.predict(picture)
    assert np.abs(expected).max() > 3
    assert reference.precision == "f32"
    for engine in installed_engines():
        other = load_network(name, engine=engine)
        assert other.engine == engine
        difference = np.abs(other.predict(picture) - expected)
        half = other.precision == "bf16"
        assert difference.max() < (BF16_TOLERANCE if half else F32_TOLERANCE)
        assert difference.mean() < (BF16_MEAN_TOLERANCE if half else F32_TOLERANCE)


@pytest.mark.parametrize("engine", installed_engines())
def test_sizes_may_change_from_call_to_call(engine: str, lightness: np.ndarray) -> None:
    network = load_network("lite", engine=engine)
    wide = network.predict(lightness[:, :160])
    assert wide.shape == (1, 48, 64, 2)
    assert network.predict(lightness[:, :, :160]).shape == (1, 64, 48, 2)
    np.testing.assert_array_equal(network.predict(lightness[:, :160]), wide)


def test_lite_keeps_the_shape_of_the_picture() -> None:
    network = load_network("lite", engine="onnxruntime")
    assert network.input_size(672, 920) == (192, 256)
    assert network.input_size(920, 672) == (256, 192)
    assert network.input_size(100, 100) == (192, 192)
    assert network.input_size(100, 5000) == (192, 768)
    assert network.input_size(*network.input_size(480, 640)) == network.input_size(480, 640)
    with pytest.raises(UsageError, match="0x5"):
        network.input_size(0, 5)


def test_zhangs_network_sees_squares(small_zhang: Path) -> None:
    network = load_network(small_zhang, engine="onnxruntime")
    assert network.input_size(1080, 1920) == (224, 224)
    assert network.predict(np.full((2, 30, 500), 40, np.float32)).shape == (2, 56, 56, 2)
    assert network.name == "small"
    assert network.path == small_zhang
    assert len(network.sha256) == 64


def test_each_picture_gets_its_own_colours(lightness: np.ndarray) -> None:
    network = load_network("lite", engine="onnxruntime")
    pictures = np.concatenate([lightness, lightness[:, ::-1], lightness[:, :, ::-1]])
    together = network.predict(pictures)
    assert together.dtype == np.float32
    assert together.flags.c_contiguous
    for i, picture in enumerate(pictures):
        np.testing.assert_array_equal(network.predict(picture[None])[0], together[i])


def test_no_pictures_give_no_colours() -> None:
    network = load_network("lite", engine="onnxruntime")
    colors = network.predict(np.zeros((0, 480, 640), np.float32))
    assert colors.shape == (0, 48, 64, 2)
    assert colors.dtype == np.float32


@pytest.mark.parametrize(
    ("L", "complaint"),
    [
        (np.zeros((32, 32), np.float32), "shape"),
        (np.zeros((1, 1, 32, 32), np.float32), "shape"),
        (np.zeros((1, 0, 32), np.float32), "shape"),
        (np.full((1, 32, 32), np.nan, np.float32), "finite"),
        (np.full((1, 32, 32), np.inf, np.float32), "finite"),
        (np.full((1, 32, 32), 200.0), r"0\.\.100"),
        (np.full((1, 32, 32), "x"), "numbers"),
    ],
)
def test_what_is_no_lightness_is_refused(L: np.ndarray, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        load_network("lite", engine="onnxruntime").predict(L)


@pytest.mark.parametrize("engine", installed_engines())
def test_threads_may_share_a_network(engine: str, lightness: np.ndarray) -> None:
    network = load_network("lite", engine=engine, threads=1)
    pictures = [np.roll(lightness[:, :160], 17 * i, axis=2) for i in range(8)]
    expected = [network.predict(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        for found, wanted in zip(pool.map(network.predict, pictures), expected, strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_auto_takes_what_is_there(own_folders: Path) -> None:
    network = load_network(engine="onnxruntime")
    assert network.name == "lite"
    assert network.sha256 == CATALOG["lite"].sha256
    hint = richer_network_hint()
    assert hint is not None
    assert "filmcolor models fetch zhang2016" in hint
    assert "\n" not in hint

    own_folders.mkdir()
    (own_folders / CATALOG["zhang2016"].file_name).write_bytes(b"damaged")
    assert richer_network_hint() is None
    with pytest.raises(NetworkError, match=r"not the weights file .*models fetch zhang2016"):
        load_network()


def test_what_is_not_installed_says_how_to_get_it() -> None:
    with pytest.raises(NetworkError) as caught:
        load_network("zhang2016-norebal")
    assert "filmcolor models fetch zhang2016-norebal" in str(caught.value)
    assert "filmcolor models import FILE" in str(caught.value)
    with pytest.raises(NetworkError, match="No network and no file is called 'nonesuch'"):
        load_network("nonesuch")


def test_files_that_are_no_networks(tmp_path: Path) -> None:
    for name, content, complaint in (
        ("a.onnx", b"", "empty"),
        ("b.onnx", b"<html>", "web page"),
        ("c.onnx", bytes(range(256)), "no whole ONNX model"),
        ("d.pth", b"PK\x03\x04", "ZIP"),
        ("e.txt", b"hello", "neither a .caffemodel or .onnx"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(NetworkError, match=complaint) as caught:
            load_network(path)
        assert str(path) in str(caught.value)
    with pytest.raises(NetworkError, match="no weights file"):
        load_network(tmp_path / "none.onnx")
    whole = foreign_model(tmp_path / "whole.onnx")
    whole.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(NetworkError, match="no whole ONNX model"):
        load_network(whole)


def test_engines_and_threads_that_do_not_exist() -> None:
    with pytest.raises(UsageError, match="abacus"):
        load_network("lite", engine="abacus")
    with pytest.raises(UsageError, match="at least one thread"):
        load_network("lite", threads=0)


def test_a_missing_engine_says_how_to_install_it() -> None:
    code = (
        "from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        "PathFinder.find_spec = lambda name, *a: None if name == 'openvino' else find(name, *a)\n"
        "from filmcolor.networks import load_network\n"
        "print(load_network('lite').engine)\n"
        "load_network('lite', engine='openvino')\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "onnxruntime"
    assert "pip install openvino" in result.stderr


@pytest.mark.parametrize("engine", installed_engines())
def test_a_foreign_model_of_free_size(tmp_path: Path, engine: str) -> None:
    path = foreign_model(tmp_path / "foreign.onnx")
    network = load_network(path, engine=engine)
    assert network.name == "foreign"
    assert network.input_size(480, 640) == (256, 352)
    colors = network.predict(np.full((1, 256, 256), 40, np.float32))
    assert colors.shape == (1, 128, 128, 2)
    np.testing.assert_allclose(colors[0, 5, 5], [20, -10], atol=0.1)


def test_sizes_come_from_the_model_or_its_metadata(tmp_path: Path) -> None:
    fixed = foreign_model(tmp_path / "fixed.onnx", dims=(1, 1, 64, 96))
    assert load_network(fixed, engine="onnxruntime").input_size(10, 10) == (64, 96)
    for metadata, size in (
        ({"filmcolor.input_size": "32x48"}, (32, 48)),
        ({"filmcolor.short_side": "100", "filmcolor.multiple": "8"}, (104, 200)),
    ):
        path = foreign_model(tmp_path / "free.onnx", metadata=metadata)
        network = load_network(str(path), engine="onnxruntime")
        assert network.input_size(300, 600) == size
    path = foreign_model(tmp_path / "odd.onnx", metadata={"filmcolor.input_size": "big"})
    with pytest.raises(NetworkError, match="no usable input size"):
        load_network(path)


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_half_precision_models_run(tmp_path: Path, engine: str) -> None:
    if engine not in installed_engines():
        pytest.skip(f"{engine} is not installed")
    path = foreign_model(tmp_path / "half.onnx", kind=TensorProto.FLOAT16)
    colors = load_network(path, engine=engine).predict(np.full((1, 256, 256), 40.0))
    assert colors.dtype == np.float32
    np.testing.assert_allclose(colors[0, 5, 5], [20, -10], atol=0.1)


def test_opencv_refuses_half_precision(tmp_path: Path) -> None:
    path = foreign_model(tmp_path / "half.onnx", kind=TensorProto.FLOAT16)
    with pytest.raises(NetworkError, match="float16"):
        load_network(path, engine="opencv")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"dims": ("n", 3, "h", "w")}, "shape"),
        ({"dims": ("n", 1, 64, "w")}, "only one of"),
        ({"dims": (4, 1, "h", "w")}, "4 pictures at a time"),
        ({"outputs": 3}, "no output has 2 channels"),
        ({"kind": TensorProto.DOUBLE}, "float32"),
    ],
)
def test_foreign_models_that_are_no_colour_networks(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    path = foreign_model(tmp_path / "foreign.onnx", **change)
    with pytest.raises(NetworkError, match=complaint) as caught:
        load_network(path)
    assert str(path) in str(caught.value)


def test_colours_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    path = foreign_model(tmp_path / "broken.onnx", scale=float("nan"))
    with pytest.raises(NetworkError, match="probably damaged"):
        load_network(path, engine="onnxruntime").predict(np.full((1, 64, 64), 50.0))


def test_shrinking_averages_instead_of_picking(tmp_path: Path) -> None:
    path = foreign_model(tmp_path / "fixed.onnx", dims=(1, 1, 32, 32))
    stripes = np.zeros((1, 320, 16), np.float32)
    stripes[:, ::2] = 100
    colors = load_network(path, engine="onnxruntime").predict(stripes)
    np.testing.assert_allclose(colors[..., 0], 25, atol=1e-3)
