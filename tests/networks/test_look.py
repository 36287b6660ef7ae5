"""What a network tells of a picture beside its colours: confidence and features."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from filmcolor.errors import UsageError
from filmcolor.networks import Look, installed_engines, load_network

TOLERANCE = 1e-3
BF16_TOLERANCE, BF16_MEAN_TOLERANCE = 5.0, 0.4
CHANNELS = 8


def decoder_model(
    path: Path,
    *,
    strides: tuple[int, ...] = (32, 16, 8, 4),
    sureness: float = 0.01,
    kind: int = TensorProto.FLOAT,
    channels: int = CHANNELS,
    enlarge: str = "Resize",
    skips: str | None = None,
) -> Path:
    """Means of L over squares of each stride, in many channels (the first is the mean itself),
    each enlarged to a quarter of the input; ab is made of their sum, confidence of L * `sureness`.

    With `skips` what is enlarged is joined by that operator with twice the mean at half the stride.
    """
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    nodes, constants = [], {"copies": np.arange(1, channels + 1, dtype=dtype)}
    enlarged = []
    for stride in strides:
        pool = {"kernel_shape": [stride] * 2, "strides": [stride] * 2}
        nodes += [
            helper.make_node("AveragePool", ["L"], [f"mean{stride}"], **pool),
            helper.make_node("Conv", [f"mean{stride}", "copies"], [f"inner{stride}"]),
        ]
        if enlarge == "Resize":
            constants[f"scales{stride}"] = np.array([1, 1, stride / 4, stride / 4], np.float32)
            more = [f"inner{stride}", "", f"scales{stride}"]
            nodes.append(helper.make_node("Resize", more, [f"large{stride}"], mode="nearest"))
        else:
            ones = np.zeros((channels, channels, stride // 4, stride // 4), dtype)
            ones[np.arange(channels), np.arange(channels)] = 1
            constants[f"kernel{stride}"] = ones
            more = [f"inner{stride}", f"kernel{stride}"]
            steps = {"strides": [stride // 4] * 2}
            nodes.append(helper.make_node("ConvTranspose", more, [f"large{stride}"], **steps))
        enlarged.append(f"large{stride}")
        if skips is not None:
            nodes += [
                helper.make_node("Resize", [f"inner{stride}", "", "two"], [f"up{stride}"]),
                helper.make_node("AveragePool", ["L"], [f"half{stride}"], **halved(pool)),
                helper.make_node("Conv", [f"half{stride}", "doubled"], [f"skip{stride}"]),
                helper.make_node(
                    skips,
                    [f"up{stride}", f"skip{stride}"],
                    [f"joined{stride}"],
                    **({"axis": 1} if skips == "Concat" else {}),
                ),
            ]
    kernel = np.zeros((2, channels, 1, 1), dtype)
    kernel[:, 0, 0, 0] = 0.1, -0.1
    constants["colours"] = kernel
    constants["sureness"] = np.full((1, 1, 1, 1), sureness, dtype)
    nodes += [
        helper.make_node("Sum", enlarged, ["sum"]),
        helper.make_node("Conv", ["sum", "colours"], ["ab"]),
        helper.make_node("AveragePool", ["L"], ["small"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Conv", ["small", "sureness"], ["confidence"]),
    ]
    constants["copies"] = constants["copies"].reshape(-1, 1, 1, 1)
    constants["doubled"] = (2 * constants["copies"]).astype(dtype)
    constants["two"] = np.array([1, 1, 2, 2], np.float32)
    graph = helper.make_graph(
        nodes,
        "decoder",
        [helper.make_tensor_value_info("L", kind, [1, 1, "h", "w"])],
        [
            helper.make_tensor_value_info("ab", kind, [1, 2, "y", "x"]),
            helper.make_tensor_value_info("confidence", kind, [1, 1, "y", "x"]),
        ],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"filmcolor.short_side": "64", "filmcolor.multiple": "32"})
    onnx.save(model, path)
    return path


def halved(pool: dict[str, list[int]]) -> dict[str, list[int]]:
    return {key: [size // 2 for size in sizes] for key, sizes in pool.items()}


@pytest.fixture
def picture() -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.uniform(0, 100, (64, 96)).astype(np.float32)


def means(picture: np.ndarray, size: int) -> np.ndarray:
    height, width = picture.shape
    return picture.reshape(height // size, size, width // size, size).mean((1, 3))


@pytest.mark.parametrize("enlarge", ["Resize", "ConvTranspose"])
@pytest.mark.parametrize("engine", installed_engines())
def test_features_are_what_is_enlarged_at_a_16th_and_an_8th(
    tmp_path: Path, engine: str, enlarge: str, picture: np.ndarray
) -> None:
    path = decoder_model(tmp_path / "decoder.onnx", enlarge=enlarge)
    before = path.read_bytes()
    network = load_network(path, engine=engine)
    seen = network.look(picture)
    atol = 0.5 if network.precision == "bf16" else 1e-3
    assert [grid.shape for grid in seen.features] == [(4, 6, CHANNELS), (8, 12, CHANNELS)]
    assert seen.details == ()  # the features are all that there is
    for grid, stride in zip(seen.features, (16, 8), strict=True):
        assert grid.dtype == np.float32
        assert grid.flags.c_contiguous
        np.testing.assert_allclose(grid[..., 0], means(picture, stride), atol=atol)
    assert seen.confidence is not None
    np.testing.assert_allclose(seen.confidence, means(picture, 4) / 100, atol=atol / 50)
    np.testing.assert_allclose(seen.ab, network.predict(picture[None])[0], atol=atol)
    assert path.read_bytes() == before


@pytest.mark.parametrize("operator", ["Concat", "Add"])
def test_what_skips_is_a_better_feature_than_what_is_enlarged(
    tmp_path: Path, operator: str, picture: np.ndarray
) -> None:
    path = decoder_model(tmp_path / "skips.onnx", strides=(32, 16, 8), skips=operator)
    seen = load_network(path, engine="onnxruntime").look(picture)
    for grid, stride in zip(seen.features, (16, 8), strict=True):
        np.testing.assert_allclose(grid[..., 0], 2 * means(picture, stride), atol=1e-3)
    (details,) = seen.details  # what is enlarged at an 8th
    np.testing.assert_allclose(details[..., 0], means(picture, 8), atol=1e-3)


def test_sizes_that_are_far_from_those_are_left_alone(tmp_path: Path, picture: np.ndarray) -> None:
    for strides, shapes in (((32, 8), [(8, 12)]), ((16,), [(4, 6)]), ((32, 4), [])):
        path = decoder_model(tmp_path / f"{len(shapes)}{strides[0]}.onnx", strides=strides)
        seen = load_network(path, engine="onnxruntime").look(picture)
        assert [grid.shape[:2] for grid in seen.features] == shapes
    path = decoder_model(tmp_path / "thin.onnx", channels=3)  # a picture is no feature
    assert load_network(path, engine="onnxruntime").look(picture).features == ()


def test_confidence_of_another_scale_is_none(tmp_path: Path, picture: np.ndarray) -> None:
    path = decoder_model(tmp_path / "percent.onnx", sureness=1.0)
    assert load_network(path, engine="onnxruntime").look(picture).confidence is None


def test_half_precision(tmp_path: Path, picture: np.ndarray) -> None:
    path = decoder_model(tmp_path / "half.onnx", kind=TensorProto.FLOAT16)
    seen = load_network(path, engine="onnxruntime").look(picture)
    assert [grid.dtype for grid in seen.features] == [np.float32] * 2
    np.testing.assert_allclose(seen.features[0][..., 0], means(picture, 16), atol=0.1)


@pytest.mark.parametrize("engine", installed_engines())
def test_engines_agree_on_lite(engine: str, lightness: np.ndarray) -> None:
    picture = lightness[0, :160]
    expected = load_network("lite", engine="onnxruntime").look(picture)
    network = load_network("lite", engine=engine)
    plain = network.predict(picture[None])[0]
    seen = network.look(picture)
    assert seen.confidence is not None
    assert expected.confidence is not None
    assert seen.confidence.shape == seen.ab.shape[:2] == (48, 64)
    assert 0 <= seen.confidence.min() < seen.confidence.max() <= 1
    assert [grid.shape[:2] for grid in seen.features] == [(12, 16), (24, 32)]
    assert [grid.shape[:2] for grid in seen.details] == [(24, 32)]
    half = network.precision == "bf16"
    for found, wanted in zip(_parts(seen), _parts(expected), strict=True):
        difference = np.abs(found - wanted)
        assert difference.max() < (BF16_TOLERANCE if half else TOLERANCE)
        assert difference.mean() < (BF16_MEAN_TOLERANCE if half else TOLERANCE)
    # looking changes nothing for those who want colours
    np.testing.assert_array_equal(seen.ab, network.predict(picture[None])[0])
    if not half:
        np.testing.assert_array_equal(seen.ab, plain)


def _parts(seen: Look) -> list[np.ndarray]:
    assert seen.confidence is not None
    return [seen.ab, seen.confidence, *seen.features, *seen.details]


def test_zhangs_network_has_features_before_it_enlarges(small_zhang: Path) -> None:
    seen = load_network(small_zhang, engine="onnxruntime").look(np.full((30, 50), 40.0))
    assert seen.ab.shape == (56, 56, 2)
    assert seen.confidence is None
    assert [grid.shape[:2] for grid in seen.features] == [(28, 28)]


def test_threads_may_look_for_the_first_time_at_once(tmp_path: Path, picture: np.ndarray) -> None:
    path = decoder_model(tmp_path / "decoder.onnx")
    pictures = [np.roll(picture, i, axis=1) for i in range(8)]
    expected = [load_network(path, engine="onnxruntime").look(other) for other in pictures]
    network = load_network(path, engine="onnxruntime", threads=1)
    with ThreadPoolExecutor(4) as pool:
        for found, wanted in zip(pool.map(network.look, pictures), expected, strict=True):
            for a, b in zip(_parts(found), _parts(wanted), strict=True):
                np.testing.assert_allclose(a, b, atol=1e-4)


def test_a_look_is_at_one_picture() -> None:
    network = load_network("lite", engine="onnxruntime")
    for wrong in (np.zeros((1, 32, 32)), np.zeros((0, 32))):
        with pytest.raises(UsageError, match=r"shape \(height, width\)"):
            network.look(wrong)


def test_looking_needs_no_package_to_read_the_graph() -> None:
    code = (
        "import sys, numpy; from filmcolor.networks import load_network; "
        "seen = load_network('lite', engine='onnxruntime').look(numpy.full((64, 64), 50.0)); "
        "print(len(seen.features), 'onnx' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "2 False", result.stderr
