"""The network whose encoder comes from ImageNet, and its way into a file."""

# ruff: noqa: E402 - what follows cannot be imported without PyTorch

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import onnx
import onnxruntime
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch")
pytest.importorskip("matplotlib", reason="training draws curves with Matplotlib")

from typer.testing import CliRunner

from filmcolor.cli.app import app
from filmcolor.networks import installed_engines, load_network
from filmcolor.networks.bins import ab_bins
from filmcolor.networks.onnx.signature import read_signature
from filmcolor.training.architectures import ARCHITECTURES, build_network
from filmcolor.training.config import ArchName
from filmcolor.training.efficientnet import (
    EfficientNetColor,
    EfficientNetLite,
    SamePadded,
    scaled_stages,
)
from tests.networks.reference import convolution


def export(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["train", "export", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


def lively(network: torch.nn.Module) -> torch.nn.Module:
    """Give a network statistics and weights that make its output depend on all of it."""
    torch.manual_seed(0)
    with torch.no_grad():
        network.bins.weight.normal_(std=0.02)
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.weight.uniform_(0.5, 1.0)
                layer.bias.uniform_(-0.2, 0.5)
                layer.momentum = 1.0
        pictures = torch.nn.functional.interpolate(torch.rand(16, 1, 4, 4), (64, 64))
        network.train()(100 * pictures)
    return network.eval()


def test_every_name_has_a_network() -> None:
    assert set(ARCHITECTURES) == set(get_args(ArchName))


def test_lite2_is_scaled_as_published() -> None:
    channels = [(stage.channels, stage.repeats) for stage in scaled_stages(1.1, 1.2)]
    assert channels == [(16, 1), (24, 3), (48, 3), (88, 4), (120, 4), (208, 5), (352, 1)]
    encoder = sum(weights.numel() for weights in EfficientNetLite().parameters())
    color_in_stem = 2 * 32 * 3 * 3
    head = 352 * 1280 + 2 * 1280 + 1280 * 1000 + 1000
    assert round((encoder + color_in_stem + head) / 1e6, 1) == 6.1  # as its authors give it


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (5, 1), (3, 2), (5, 2)])
def test_padding_is_tensorflows(kernel: int, stride: int) -> None:
    layer = SamePadded(2, 3, kernel, stride=stride)
    x = np.random.default_rng(0).normal(size=(2, 12, 8))
    total = max(kernel - stride, 0)  # of "SAME" where the stride divides the size
    padded = np.pad(x, ((0, 0), *[(total // 2, total - total // 2)] * 2))
    expected = convolution(padded, layer.weight.detach().numpy(), stride=stride)
    found = layer(torch.from_numpy(x.astype(np.float32))[None])[0].detach().numpy()
    assert found.shape == (3, 12 // stride, 8 // stride)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_encoder_sees_the_picture_at_four_sizes() -> None:
    encoder = EfficientNetLite(0.25, 0.4).eval()
    features = list(encoder(torch.rand(1, 1, 64, 96)))
    sizes = [(16, 24), (8, 12), (4, 6), (2, 3)]
    assert [tuple(f.shape) for f in features] == [
        (1, channels, *size) for channels, size in zip(encoder.skips, sizes, strict=True)
    ]


def test_parts_are_left_out_in_training_alone() -> None:
    torch.manual_seed(0)
    narrow = {"encoder_width": 0.25, "encoder_depth": 0.7}
    network = lively(EfficientNetColor((16, 16, 8, 8), **narrow, stochastic_depth=0.9))
    L = 100 * torch.rand(2, 1, 32, 32)
    with torch.inference_mode():
        assert torch.equal(network(L), network(L))
        network.apply(lambda layer: layer.train(not isinstance(layer, torch.nn.BatchNorm2d)))
        assert not torch.allclose(network(L), network(L))


@pytest.mark.usefixtures("small_efficientnet")
def test_weights_in_a_file_become_a_network_for_all_engines(tmp_path: Path) -> None:
    network = lively(build_network("efficientnet-lite2"))
    weights, file = tmp_path / "weights.pt", tmp_path / "mine.onnx"
    state = network.state_dict().items()
    torch.save({name: v.half() for name, v in state if "num_batches" not in name}, weights)
    how = ("--arch", "efficientnet-lite2", "--short-side", "64", "--cast-limit", "18")
    assert "float16" in export(weights, "-o", file, *how)
    metadata = read_signature(file).metadata
    assert metadata["filmcolor.arch"] == metadata["filmcolor.name"] == "efficientnet-lite2"
    assert metadata["filmcolor.short_side"] == "64"
    assert metadata["filmcolor.cast_limit"] == "18.0"
    operators = {node.op_type for node in onnx.load(file).graph.node}
    assert "Conv" in operators and "Pad" not in operators

    blocks = np.random.default_rng(0).uniform(0, 100, (1, 4, 6)).astype(np.float32)
    L = blocks.repeat(16, 1).repeat(16, 2)
    expected = load_network(file, engine="onnxruntime").predict(L)
    assert expected.shape == (1, 16, 24, 2)
    assert np.ptp(expected) > 0.5
    for engine in installed_engines():
        found = load_network(file, engine=engine)
        tolerance = 0.1 if found.precision == "bf16" else 1e-3
        assert np.abs(found.predict(L) - expected).mean() < tolerance, engine


@pytest.mark.usefixtures("small_efficientnet")
def test_confidence_is_a_second_output_that_engines_leave_alone(tmp_path: Path) -> None:
    network = lively(build_network("efficientnet-lite2"))
    weights, plain, file = (tmp_path / name for name in ("weights.pt", "plain.onnx", "mine.onnx"))
    torch.save(network.state_dict(), weights)
    how = ("--arch", "efficientnet-lite2", "--short-side", "64", "--saturation", "1.5")
    export(weights, "-o", plain, *how)
    export(weights, "-o", file, *how, "--confidence")
    assert read_signature(file).output_name == "ab"

    L = np.random.default_rng(0).uniform(0, 100, (1, 64, 96)).astype(np.float32)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (confidence,) = session.run(["confidence"], {"L": L[None]})
    assert confidence.shape == (1, 1, 16, 24)
    with torch.inference_mode():
        shares = torch.softmax(network(torch.from_numpy(L)[None]) / 0.38, dim=1)[0].numpy()
    away = ab_bins() - np.einsum("qhw,qc->hwc", shares, ab_bins())[:, :, None]
    variance = np.einsum("qhw,hwqc->hw", shares, away**2)
    assert np.allclose(confidence[0, 0], 1 / (1 + variance / 15**2), atol=0.02)
    for engine in installed_engines():
        without, found = (load_network(path, engine=engine).predict(L) for path in (plain, file))
        assert np.allclose(without, found, atol=1e-4), engine


@pytest.mark.usefixtures("small_efficientnet")
def test_colours_become_livelier_as_the_file_says(tmp_path: Path) -> None:
    weights, plain, file, how = (tmp_path / name for name in ("w.pt", "p.onnx", "m.onnx", "how"))
    torch.save(lively(build_network("efficientnet-lite2")).state_dict(), weights)
    how.write_text(
        '{"matrix": [[2.5, 0.2], [0.5, 2]], "mean": 0.2, "picture": -0.3, "lightness": [0.3, -0.5]}'
    )
    common = ("--arch", "efficientnet-lite2", "--short-side", "64", "--chroma-limit", "1e4")
    export(weights, "-o", plain, *common)
    export(weights, "-o", file, *common, "--liveliness", how)
    assert '"mean":0.2' in read_signature(file).metadata["filmcolor.liveliness"]

    L = np.random.default_rng(0).uniform(0, 100, (1, 64, 96)).astype(np.float32)
    x = load_network(plain, engine="onnxruntime").predict(L)[0] @ np.array([[2.5, 0.5], [0.2, 2]])
    x -= 0.2 * x.mean(axis=(0, 1))
    light = L.reshape(16, 4, 24, 4).mean(axis=(1, 3))[..., None] / 50 - 1
    rms = np.sqrt((x**2).sum(axis=-1).mean() + 4)
    expected = x * (rms / 10) ** -0.3 * np.exp(0.3 * light - 0.5 * light**2)
    assert np.ptp(expected) > 0.5
    for engine in installed_engines():
        found = load_network(file, engine=engine)
        tolerance = 0.3 if found.precision == "bf16" else 0.01
        assert np.abs(found.predict(L)[0] - expected).mean() < tolerance, engine


@pytest.mark.parametrize(("text", "says"), [("{", "json"), ('{"matrix": [[1, 0]]}', "matrix")])
def test_a_liveliness_that_makes_no_sense_is_refused(tmp_path: Path, text: str, says: str) -> None:
    weights, file, how = tmp_path / "weights.pt", tmp_path / "mine.onnx", tmp_path / "how.json"
    torch.save(build_network("source-cnn").state_dict(), weights)
    how.write_text(text)
    output = export(weights, "-o", file, "--arch", "source-cnn", "--liveliness", how, code=2)
    assert says in output.lower() and not file.exists()


def test_a_network_that_gives_one_colour_tells_no_confidence(tmp_path: Path) -> None:
    weights, file = tmp_path / "weights.pt", tmp_path / "mine.onnx"
    torch.save(build_network("source-cnn").state_dict(), weights)
    how = ("--arch", "source-cnn", "--confidence")
    assert "--confidence" in export(weights, "-o", file, *how, code=2)
    assert not file.exists()


@pytest.mark.usefixtures("small_efficientnet")
@pytest.mark.parametrize("problem", ["other", "incomplete", "no weights", "no architecture"])
def test_weights_that_do_not_fit_are_named(problem: str, tmp_path: Path) -> None:
    weights, file = tmp_path / "weights.pt", tmp_path / "mine.onnx"
    state = build_network("efficientnet-lite2").state_dict()
    if problem == "incomplete":
        state.pop("bins.bias")
    torch.save([1, 2] if problem == "no weights" else state, weights)
    arch = {"other": "lite", "no architecture": "vgg"}.get(problem, "efficientnet-lite2")
    says = export(
        weights, "-o", file, "--arch", arch, code=2 if problem == "no architecture" else 1
    )
    assert "--arch" in says if problem == "no architecture" else "weights.pt" in says
    if problem == "incomplete":
        assert "bins.bias" in says
    assert not file.exists()
