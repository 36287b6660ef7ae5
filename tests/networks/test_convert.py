from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from benchmarks.networks.caffe_files import legacy_blob, write_caffemodel, zhang_blobs
from filmcolor.errors import NetworkError
from filmcolor.networks.bins import ab_bins
from filmcolor.networks.caffe.cache import converted
from filmcolor.networks.caffe.convert import translate_layers
from filmcolor.networks.caffe.description import parse_network
from filmcolor.networks.caffe.graph import Graph, Weights
from filmcolor.networks.onnx.writer import write_model
from filmcolor.networks.weights.folders import cache_folder, package_data
from filmcolor.networks.weights.weights_file import sha256_of
from tests.networks import reference
from tests.networks.conftest import SMALL

RNG = np.random.default_rng(5)


def run(model: Path, **inputs: np.ndarray) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(model).run(None, inputs)


def convert(weights: Path) -> Path:
    return converted(weights, sha256_of(weights), name="test", licence="none")


def run_layers(tmp_path: Path, layers: str, blobs, x: np.ndarray) -> list[np.ndarray]:
    """Convert a little network with the input x (1, c, h, w), check it, and run it."""
    shape = " ".join(f"dim: {n}" for n in x.shape)
    network = parse_network(f'input: "x" input_shape {{ {shape} }}\n{layers}')
    out = tmp_path / "net.onnx"
    graph = Graph(Weights(blobs))
    graph.bind("x", graph.add_input("x", x.shape[1]))
    results = [graph.tensor_of(blob) for blob in translate_layers(network, graph)]
    write_model(
        out,
        nodes=graph.nodes,
        constants=graph.constants,
        inputs={"x": ["n", x.shape[1], "h", "w"]},
        outputs={name: ["n", graph.channels[name], f"{name}.h", f"{name}.w"] for name in results},
        name="layers",
        metadata={},
    )
    onnx.checker.check_model(onnx.load(out), full_check=True)
    return run(out, x=x)


def floats(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def test_zhangs_network_matches_an_independent_evaluation(small_zhang: Path) -> None:
    L = RNG.uniform(0, 100, (48, 64)).astype(np.float32)
    (ab,) = run(convert(small_zhang), L=L[None, None])
    expected = reference.zhang(L, zhang_blobs(divide=SMALL), ab_bins())
    assert ab.shape == (1, 2, 12, 16)
    assert np.abs(expected).max() > 3
    assert np.abs(ab[0] - expected).max() < 1e-3


@pytest.mark.slow
def test_the_full_layout_matches_an_independent_evaluation(tmp_path: Path) -> None:
    blobs = zhang_blobs()
    assert sum(array.size for arrays in blobs.values() for array in arrays) > 32_200_000
    weights = write_caffemodel(tmp_path / "full.caffemodel", blobs)
    model = convert(weights)
    L = RNG.uniform(0, 100, (32, 40)).astype(np.float32)
    (ab,) = run(model, L=L[None, None])
    assert np.abs(ab[0] - reference.zhang(L, blobs, ab_bins())).max() < 1e-3
    (ab,) = run(model, L=RNG.uniform(0, 100, (1, 1, 224, 224)).astype(np.float32))
    assert ab.shape == (1, 2, 56, 56)


def test_the_converted_model_is_valid_and_says_what_it_is(small_zhang: Path) -> None:
    model = onnx.load(convert(small_zhang))
    onnx.checker.check_model(model, full_check=True)
    assert model.opset_import[0].version == 17
    assert [value.name for value in model.graph.input] == ["L"]
    assert [value.name for value in model.graph.output] == ["ab"]
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert metadata == {
        "filmcolor.name": "test",
        "filmcolor.licence": "none",
        "filmcolor.sha256": sha256_of(small_zhang),
        "filmcolor.input_size": "224x224",
        "filmcolor.multiply_adds_per_pixel": "2856",
    }


def test_weights_in_the_old_form_give_the_same_network(small_zhang: Path, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old = write_caffemodel(
        tmp_path / "old" / "small.caffemodel",
        zhang_blobs(divide=SMALL),
        blob=legacy_blob,
        old_layers=True,
    )
    old.with_suffix(".prototxt").write_text(small_zhang.with_suffix(".prototxt").read_text())
    L = RNG.uniform(0, 100, (1, 1, 32, 32)).astype(np.float32)
    np.testing.assert_array_equal(run(convert(old), L=L)[0], run(convert(small_zhang), L=L)[0])


def test_a_bare_file_is_taken_for_zhangs_release(tmp_path: Path) -> None:
    weights = write_caffemodel(tmp_path / "narrow.caffemodel", zhang_blobs(divide=SMALL))
    with pytest.raises(NetworkError) as caught:
        convert(weights)
    message = str(caught.value)
    assert "zhang2016.prototxt" in message
    assert "'bw_conv1_1'" in message
    assert "(64, 1, 3, 3)" in message  # expected
    assert "(4, 1, 3, 3)" in message  # found
    assert "narrow.prototxt" in message  # what to do


def test_stored_bins_are_used_unless_they_are_blank(small_zhang: Path) -> None:
    L = RNG.uniform(0, 100, (1, 1, 32, 32)).astype(np.float32)
    (expected,) = run(convert(small_zhang), L=L)
    blobs = zhang_blobs(divide=SMALL)
    kernel = np.ascontiguousarray(ab_bins().T.reshape(2, 313, 1, 1))
    for stored, factor in ((kernel * 0, 1), (kernel * 2, 2)):
        blobs["class8_ab"] = [stored, np.zeros(2, np.float32)]
        write_caffemodel(small_zhang, blobs)
        np.testing.assert_allclose(run(convert(small_zhang), L=L)[0], expected * factor, atol=1e-4)


def test_the_conversion_is_done_once_and_again_for_other_weights(small_zhang: Path) -> None:
    first = convert(small_zhang)
    assert first.parent == small_zhang.parent
    stamp = first.stat().st_mtime_ns
    assert convert(small_zhang) == first
    assert first.stat().st_mtime_ns == stamp
    write_caffemodel(small_zhang, zhang_blobs(1, divide=SMALL))
    assert convert(small_zhang) != first
    assert {path.suffix for path in small_zhang.parent.iterdir() if path.is_file()} == {
        ".caffemodel",
        ".prototxt",
        ".onnx",
    }


def test_where_the_folder_cannot_be_written_the_cache_is_used(small_zhang: Path) -> None:
    sha256 = sha256_of(small_zhang)
    blocked = small_zhang  # a file where a folder is needed: nobody can write into it
    model = converted(small_zhang, sha256, name="n", licence="l", folder=blocked / "below")
    assert model.parent == cache_folder()


def test_missing_layers_and_unknown_types_are_named(small_zhang: Path) -> None:
    blobs = zhang_blobs(divide=SMALL)
    del blobs["conv4_2"]
    write_caffemodel(small_zhang, blobs)
    with pytest.raises(NetworkError, match=r"layer 'conv4_2' .*has no weights"):
        convert(small_zhang)

    blobs = zhang_blobs(divide=SMALL)
    del blobs["conv5_3norm"][2]
    write_caffemodel(small_zhang, blobs)
    with pytest.raises(NetworkError, match=r"layer 'conv5_3norm' .*needs 3 blobs .*holds 2"):
        convert(small_zhang)

    description = small_zhang.with_suffix(".prototxt")
    description.write_text(description.read_text().replace('"Softmax"', '"Sorcery"'))
    with pytest.raises(NetworkError, match="'class8_313_rh' is of the type 'Sorcery'"):
        write_caffemodel(small_zhang, zhang_blobs(divide=SMALL))
        convert(small_zhang)
    assert not list(small_zhang.parent.glob("*.onnx"))
    assert not list(small_zhang.parent.glob(".converting*"))


def test_a_network_that_is_no_colour_network_is_refused(tmp_path: Path) -> None:
    weights = write_caffemodel(tmp_path / "w.caffemodel", {"c": [floats(2, 3, 1, 1)]})
    convolution = (
        'layer { name: "c" type: "Convolution" bottom: "x" top: "c" '
        "convolution_param { num_output: 2 kernel_size: 1 bias_term: false } }"
    )
    description = weights.with_suffix(".prototxt")
    start = 'input: "x" input_shape { dim: 1 dim: 3 dim: 4 dim: 4 }'
    description.write_text(start + convolution)
    with pytest.raises(NetworkError, match=r"reads one blob of shape \(1, 1, height, width\)"):
        convert(weights)
    write_caffemodel(weights, {"c": [floats(5, 1, 1, 1)]})
    description.write_text(
        (start + convolution).replace("dim: 3", "dim: 1").replace(": 2 ", ": 5 ")
    )
    with pytest.raises(NetworkError, match="no output of 2 channels"):
        convert(weights)


def test_convolutions_with_groups_rectangles_and_without_bias(tmp_path: Path) -> None:
    x = floats(1, 4, 9, 11)
    kernel, bias = floats(6, 2, 3, 3), floats(6)
    plain = floats(2, 4, 1, 3)
    layers = """
    layer { name: "grouped" type: "Convolution" bottom: "x" top: "grouped"
            convolution_param { num_output: 6 kernel_size: 3 group: 2 stride: 2 pad: 1 } }
    layer { name: "flat" type: "Convolution" bottom: "x" top: "flat"
            convolution_param { num_output: 2 kernel_h: 1 kernel_w: 3 bias_term: false } }
    """
    grouped, flat = run_layers(tmp_path, layers, {"grouped": [kernel, bias], "flat": [plain]}, x)
    expected = np.concatenate(
        [
            reference.convolution(x[0, :2], kernel[:3], bias[:3], stride=2, pad=1),
            reference.convolution(x[0, 2:], kernel[3:], bias[3:], stride=2, pad=1),
        ]
    )
    np.testing.assert_allclose(grouped[0], expected, atol=1e-4)
    np.testing.assert_allclose(flat[0], reference.convolution(x[0], plain), atol=1e-4)


def test_batch_norm_that_never_saw_data_and_scale_with_two_blobs(tmp_path: Path) -> None:
    x = floats(1, 3, 4, 5)
    mean, variance, factor = floats(3), floats(3) ** 2, np.zeros(1, np.float32)
    gamma, beta = floats(3), floats(3)
    layers = """
    layer { name: "norm" type: "BatchNorm" bottom: "x" top: "norm" batch_norm_param { eps: 0.01 } }
    layer { name: "scale" type: "Scale" bottom: "norm" top: "norm" scale_param { bias_term: true } }
    layer { name: "filled" type: "Scale" bottom: "norm" top: "filled"
            scale_param { bias_term: true filler { value: 3 } bias_filler { value: -1 } } }
    """
    blobs = {"norm": [mean, variance, factor], "scale": [gamma, beta]}
    (y,) = run_layers(tmp_path, layers, blobs, x)
    expected = reference.batch_norm(x[0], mean, variance, factor, 0.01)
    expected = expected * gamma[:, None, None] + beta[:, None, None]
    np.testing.assert_allclose(y[0], expected * 3 - 1, atol=1e-4)


@pytest.mark.parametrize("maximum", [True, False])
@pytest.mark.parametrize(
    ("kernel", "stride", "pad", "size"),
    [(2, 2, 0, (7, 8)), (3, 2, 0, (8, 6)), (3, 2, 1, (7, 8)), (2, 3, 1, (6, 8)), (3, 1, 1, (5, 5))],
)
def test_pooling_rounds_as_caffe_does(
    tmp_path: Path, maximum: bool, kernel: int, stride: int, pad: int, size: tuple[int, int]
) -> None:
    x = floats(1, 2, *size)
    layers = f"""
    layer {{ name: "p" type: "Pooling" bottom: "x" top: "p" pooling_param {{
      pool: {"MAX" if maximum else "AVE"} kernel_size: {kernel} stride: {stride} pad: {pad} }} }}
    """
    (y,) = run_layers(tmp_path, layers, {}, x)
    expected = reference.pooling(x[0], kernel=kernel, stride=stride, pad=pad, maximum=maximum)
    np.testing.assert_allclose(y[0], expected, atol=1e-6)


def test_in_place_layers_sums_products_and_branches(tmp_path: Path) -> None:
    x = floats(1, 2, 4, 4)
    layers = """
    layer { name: "leaky" type: "ReLU" bottom: "x" top: "a" relu_param { negative_slope: 0.2 } }
    layer { name: "relu" type: "ReLU" bottom: "a" top: "a" }
    layer { name: "drop" type: "Dropout" bottom: "a" top: "a" }
    layer { name: "global" type: "Pooling" bottom: "x" top: "mean"
            pooling_param { pool: AVE global_pooling: true } }
    layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "x" top: "sum"
            eltwise_param { operation: SUM coeff: 2 coeff: -1 } }
    layer { name: "prod" type: "Eltwise" bottom: "a" bottom: "x" top: "prod"
            eltwise_param { operation: PROD } }
    layer { name: "max" type: "Eltwise" bottom: "a" bottom: "x" bottom: "sum" top: "max"
            eltwise_param { operation: MAX } }
    layer { name: "join" type: "Concat" bottom: "max" bottom: "prod" top: "join" }
    layer { name: "soft" type: "Softmax" bottom: "join" top: "soft" softmax_param { axis: 1 } }
    layer { name: "quiet" type: "Silence" bottom: "soft" }
    """
    mean, soft = run_layers(tmp_path, layers, {}, x)
    a = reference.relu(reference.relu(x[0], 0.2))
    joined = np.concatenate([np.maximum(np.maximum(a, x[0]), 2 * a - x[0]), a * x[0]])
    np.testing.assert_allclose(mean[0, :, 0, 0], x[0].mean(axis=(1, 2)), atol=1e-6)
    np.testing.assert_allclose(soft[0], reference.softmax(joined), atol=1e-6)


def test_layers_that_cannot_mean_what_they_say_are_refused(tmp_path: Path) -> None:
    x = floats(1, 2, 4, 4)
    for layer, complaint in (
        ('type: "ReLU" bottom: "nowhere"', "no layer before it writes"),
        ('type: "Convolution" bottom: "x" convolution_param { num_output: 3 }', "kernel_size must"),
        (
            'type: "Convolution" bottom: "x" '
            "convolution_param { num_output: 3 kernel_size: 1 group: 2 }",
            "3 channels out of 2 in 2 groups",
        ),
        ('type: "Concat" bottom: "x" concat_param { axis: 2 }', "another axis"),
        ('type: "Eltwise" bottom: "x"', "two or more blobs"),
        (
            'type: "Pooling" bottom: "x" pooling_param { pool: STOCHASTIC kernel_size: 2 }',
            "neither MAX nor AVE",
        ),
    ):
        with pytest.raises(NetworkError, match=complaint):
            run_layers(tmp_path, f'layer {{ name: "l" top: "l" {layer} }}', {}, x)


def test_the_package_description_is_found() -> None:
    assert package_data("zhang2016.prototxt").is_file()
    with pytest.raises(NetworkError, match="install filmcolor again"):
        package_data("no such file")
