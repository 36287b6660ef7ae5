"""Colour measures, targets, and the look of film."""

# ruff: noqa: E402 - what follows cannot be imported without PyTorch

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="training needs PyTorch")

from filmcolor.color.colorspace import BT601, YUVEncoding, lightness_table
from filmcolor.media.pictures.picture import luma_of_rgb
from filmcolor.networks.bins import BIN_COUNT, ab_bins
from filmcolor.training.color_tensors import (
    ciede2000,
    colorfulness,
    lab_from_linear,
    linear_from_srgb,
    psnr,
    rgb_from_lab,
)
from filmcolor.training.config import FilmLook, TrainConfig
from filmcolor.training.encoding import BinCodec, class_weights, limit_cast, limit_chroma
from filmcolor.training.film_look import film_lightness
from filmcolor.training.losses import BinLoss

CODEC = BinCodec(torch.device("cpu"))
ALWAYS = FilmLook(**dict.fromkeys(FilmLook.model_fields, 1))
NO_FILM_LOOK = FilmLook(**dict.fromkeys(FilmLook.model_fields, 0))
colors = st.tuples(*[st.floats(0, 1, width=32)] * 3)


def random_rgb(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random((*shape, 3)).astype(np.float32)


def lightness_of(rgb: np.ndarray, look: FilmLook, seed: int = 0) -> np.ndarray:
    grain = torch.Generator().manual_seed(seed)
    return film_lightness(torch.from_numpy(rgb), look, np.random.default_rng(seed), grain).numpy()


def test_lab_is_that_of_scikit_image() -> None:
    color = pytest.importorskip("skimage.color")
    rgb = random_rgb(50, 50)
    lab = lab_from_linear(linear_from_srgb(torch.from_numpy(rgb))).numpy()
    assert np.abs(lab - color.rgb2lab(rgb)).max() < 0.01


@given(colors)
def test_rgb_comes_back_from_lab(color: tuple[float, float, float]) -> None:
    rgb = torch.tensor(color)
    assert torch.allclose(rgb_from_lab(lab_from_linear(linear_from_srgb(rgb))), rgb, atol=1e-3)


def test_ciede2000_is_that_of_scikit_image() -> None:
    color = pytest.importorskip("skimage.color")
    choices = np.random.default_rng(0)
    lab = choices.uniform((0, -90, -90), (100, 90, 90), (3000, 3))
    other = lab.copy()
    other[:, 1:] += choices.normal(0, 15, (3000, 2))
    ours = ciede2000(torch.from_numpy(other[:, 1:]), torch.from_numpy(lab[:, 1:])).numpy()
    assert np.abs(ours - color.deltaE_ciede2000(lab, other)).max() < 0.01


@given(colors, colors)
def test_measures_have_finite_gradients(
    color: tuple[float, float, float], truth: tuple[float, float, float]
) -> None:
    lab = lab_from_linear(linear_from_srgb(torch.tensor([[color] * 4, [truth] * 4])))
    ab = lab[:1, :, 1:].clone().requires_grad_()
    rgb = rgb_from_lab(torch.cat([lab[:1, :, :1], ab], dim=-1))
    loss = ciede2000(ab, lab[1:, :, 1:]).mean() + colorfulness(rgb).mean()
    (loss - psnr(rgb, rgb_from_lab(lab[1:])).mean()).backward()
    assert ab.grad is not None
    assert ab.grad.isfinite().all()


def test_grey_has_no_colourfulness_and_paint_has() -> None:
    grey = torch.linspace(0, 1, 30)[:, None].expand(30, 3)
    paint = torch.eye(3).repeat(10, 1)
    assert colorfulness(grey) < 0.1
    assert colorfulness(paint) > 100


@given(st.tuples(st.floats(-90, 90), st.floats(-90, 90)))
def test_targets_lie_around_the_colour(ab: tuple[float, float]) -> None:
    bins, weights = CODEC.targets(torch.tensor(ab))
    assert float(weights.sum()) == pytest.approx(1, abs=1e-5)
    assert (weights[:-1] >= weights[1:]).all()
    distances = np.hypot(*(ab_bins() - np.array(ab, np.float32)).T)
    # The colour is rounded to a grid of spacing 2 first.
    assert distances[bins[0]] <= distances.min() + 2 * np.sqrt(2)


@given(st.integers(0, BIN_COUNT - 1), st.floats(0.1, 1))
def test_a_sure_network_gives_the_colour_of_its_bin(number: int, temperature: float) -> None:
    logits = torch.zeros(BIN_COUNT)
    logits[number] = 100
    assert np.allclose(CODEC.annealed_mean(logits, temperature), ab_bins()[number], atol=1e-2)


@given(st.floats(-90, 90), st.floats(-90, 90), st.floats(5, 100))
def test_limited_chroma_keeps_its_hue_and_order(a: float, b: float, limit: float) -> None:
    ab = torch.tensor([[a, b], [a / 2, b / 2]], dtype=torch.float64)
    limited = limit_chroma(ab, limit)
    chroma, after = ab.norm(dim=1), limited.norm(dim=1)
    assert (after <= torch.minimum(chroma, torch.tensor(limit)) + 1e-9).all()
    assert after[1] <= after[0] + 1e-9
    assert torch.allclose(limited * chroma[:, None], ab * after[:, None])
    assert torch.equal(limit_chroma(ab, None), ab)
    small = ab * (0.2 * limit / chroma.clamp_min(1e-9))[:, None]
    assert torch.allclose(limit_chroma(small, limit), small, rtol=1e-3)


@given(st.floats(-90, 90), st.floats(-90, 90), st.floats(5, 50))
def test_limited_cast_pales_the_whole_picture_alike(a: float, b: float, limit: float) -> None:
    noise = torch.from_numpy(np.random.default_rng(1).normal(0, 20, (2, 2, 6, 8)))
    ab = noise + torch.tensor([[a, b], [0, 0]], dtype=torch.float64)[:, :, None, None]
    limited = limit_cast(ab, limit)
    for before, after in zip(ab, limited, strict=True):
        lean, left = (float(picture.mean(dim=(1, 2)).norm()) for picture in (before, after))
        assert left <= min(lean, limit) + 1e-9
        assert torch.allclose(after * lean, before * left)
        if lean < 0.6 * limit:
            assert torch.allclose(after, before, rtol=5e-3)
    assert torch.equal(limit_cast(ab, None), ab)


def test_colours_are_judged_at_the_luma_that_a_film_keeps() -> None:
    truth = torch.from_numpy(random_rgb(2, 6, 8))
    number = int(np.flatnonzero((ab_bins() == 0).all(axis=1))[0])
    sure = torch.zeros(2, BIN_COUNT, 6, 8)
    sure[:, number] = 100
    loss = BinLoss(TrainConfig(), CODEC, np.ones(BIN_COUNT, np.float32))
    _, parts = loss(sure, lab_from_linear(linear_from_srgb(truth)))
    grey = (truth @ torch.tensor((0.299, 0.587, 0.114)))[..., None].expand_as(truth)
    wanted = psnr(grey.reshape(2, 48, 3), truth.reshape(2, 48, 3)).mean()
    assert float(parts["psnr"]) == pytest.approx(float(wanted), abs=0.01)


def test_rare_bins_weigh_more_and_the_mean_weight_is_one() -> None:
    counts = np.arange(BIN_COUNT, dtype=np.float64) ** 3
    weights = class_weights(counts, 0.6)
    assert (weights[:-1] >= weights[1:]).all()
    assert weights[0] > 2 * weights[-1]
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1, abs=1e-5)
    assert np.allclose(class_weights(counts, 0), 1)


def test_without_any_trait_the_network_sees_what_it_sees_of_a_film() -> None:
    rgb = random_rgb(2, 16, 20)
    luma = luma_of_rgb((255 * rgb).astype(np.uint8).reshape(2 * 16, 20, 3))
    L = lightness_table(YUVEncoding(BT601, True, 8))[luma].reshape(2, 16, 20)
    rounded = (255 * rgb).astype(np.uint8).astype(np.float32) / 255
    assert np.allclose(lightness_of(rounded, NO_FILM_LOOK)[:, 0], L, atol=0.3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_film_has_a_lightness_in_its_range_and_the_same_for_the_same_seed(seed: int) -> None:
    rgb = random_rgb(3, 24, 32)
    L = lightness_of(rgb, ALWAYS, seed)
    assert L.shape == (3, 1, 24, 32)
    assert L.min() >= 0
    assert L.max() <= 100
    assert np.array_equal(L, lightness_of(rgb, ALWAYS, seed))


@pytest.mark.parametrize("trait", list(FilmLook.model_fields))
def test_each_trait_changes_the_picture(trait: str) -> None:
    rgb = random_rgb(1, 32, 32)
    alone = NO_FILM_LOOK.model_copy(update={trait: 1})
    assert np.abs(lightness_of(rgb, alone) - lightness_of(rgb, NO_FILM_LOOK)).max() > 1


def test_orthochromatic_stock_is_blind_to_red() -> None:
    patches = np.array([(0.8, 0.1, 0.1), (0.1, 0.1, 0.8)], np.float32)
    rgb = np.broadcast_to(patches[:, None, None], (2, 8, 8, 3)).copy()
    plain = lightness_of(rgb, NO_FILM_LOOK).mean(axis=(1, 2, 3))
    old = lightness_of(rgb, NO_FILM_LOOK.model_copy(update={"orthochromatic": 1}))
    assert old[0].mean() < plain[0] - 5
    assert old[1].mean() > plain[1] + 5
