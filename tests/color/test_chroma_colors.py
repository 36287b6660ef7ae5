"""The colours that the U and V planes hold are the wanted ones, at the film's own luma."""

from __future__ import annotations

import numpy as np
import pytest

from filmcolor.color.chroma import ChromaTable
from filmcolor.color.colorspace import MATRICES, YUVEncoding, lightness_table
from tests.color.decode import ab_of_rgb, hue_angle, rgb_of_codes

LUMINANCE = (0.212671, 0.715160, 0.072169)
ENCODINGS = [
    pytest.param(YUVEncoding(MATRICES[code], full, depth), id=f"{name}-{kind}-{depth}")
    for code, name in ((6, "bt601"), (1, "bt709"), (9, "bt2020"))
    for full, kind in ((False, "limited"), (True, "full"))
    for depth in (8, 10, 12)
]
DARK = 17.0
"""L above which the grid of the look-up is fine enough to be exact."""


def real_colors(encoding: YUVEncoding, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Luma codes and ab of random colours that exist, not too dark; shapes (1, n), (1, n, 2)."""
    rgb = np.random.default_rng(5).uniform(0, 1, (1, 4 * count, 3))
    matrix = encoding.matrix
    y = rgb @ [matrix.kr, 1 - matrix.kr - matrix.kb, matrix.kb]
    luma = np.rint(y * encoding.luma_span + encoding.black).astype(encoding.dtype)
    # What the colour becomes when its luma is rounded to a code: a hair lighter or darker.
    rounded = (luma.astype(float) - encoding.black) / encoding.luma_span
    rgb = np.clip(rgb + (rounded - y)[..., None], 0, 1)
    keep = (rgb.min(-1) > 0.02) & (rgb.max(-1) < 0.98) & (lightness_table(encoding)[luma] > DARK)
    chosen = np.flatnonzero(keep[0])[:count]
    assert len(chosen) > count // 2
    return luma[:, chosen], ab_of_rgb(rgb[:, chosen]).astype(np.float32)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_colors_that_exist_are_met(encoding: YUVEncoding) -> None:
    luma, ab = real_colors(encoding, 4000)

    u, v = ChromaTable(encoding).planes(luma, ab)

    assert u.dtype == v.dtype == encoding.dtype
    assert u.shape == v.shape == luma.shape
    found = ab_of_rgb(rgb_of_codes(luma, u, v, encoding))
    error = np.hypot(*np.moveaxis(found - ab, -1, 0))
    # One 8-bit chroma code is worth up to about 1.5 units of ab.
    assert np.median(error) < (0.6 if encoding.depth == 8 else 0.25)
    assert np.percentile(error, 95) < (1.2 if encoding.depth == 8 else 0.8)
    assert np.percentile(error, 99) < 2.0


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_color_lies_outside_rgb(encoding: YUVEncoding) -> None:
    rng = np.random.default_rng(6)
    top = encoding.black + encoding.luma_span
    luma = rng.integers(encoding.black, top + 1, (1, 20_000)).astype(encoding.dtype)
    ab = rng.uniform(-110, 110, (1, 20_000, 2)).astype(np.float32)

    u, v = ChromaTable(encoding).planes(luma, ab)

    rgb = rgb_of_codes(luma, u, v, encoding)
    # Rounding a chroma code moves blue by up to 1.9 half codes; the rest is the grid's. Where it
    # is dark, the largest chroma changes so fast with luma and hue that the grid misses more.
    dark = lightness_table(encoding)[luma] < 20
    for part, grid_miss in ((rgb[dark], 0.07), (rgb[~dark], 0.025)):
        allowed = grid_miss + 1.0 / encoding.chroma_span
        assert part.min() > -allowed
        assert part.max() < 1 + allowed


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_colors_that_do_not_exist_keep_their_hue_and_lose_chroma(encoding: YUVEncoding) -> None:
    rng = np.random.default_rng(7)
    top = encoding.black + encoding.luma_span
    luma = rng.integers(encoding.black, top + 1, (1, 20_000)).astype(encoding.dtype)
    turn = rng.uniform(0, 2 * np.pi, luma.shape)
    ab = (108 * np.stack([np.cos(turn), np.sin(turn)], -1)).astype(np.float32)

    u, v = ChromaTable(encoding).planes(luma, ab)

    found = ab_of_rgb(rgb_of_codes(luma, u, v, encoding))
    chroma = np.hypot(found[..., 0], found[..., 1])
    # Very weak colours are left out: rounding to codes turns their hue.
    vivid = (lightness_table(encoding)[luma] > DARK) & (chroma > 12)
    assert vivid.mean() > 0.5
    angle = hue_angle(found, ab)[vivid]
    assert np.median(angle) < 0.6
    assert np.percentile(angle, 95) < 2.5
    assert angle.max() < 8.0
    assert chroma.max() < 108 + 4
    assert (chroma[vivid] < 100).mean() > 0.9  # so few colours of chroma 108 exist


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_color_is_exactly_the_neutral_code(encoding: YUVEncoding) -> None:
    luma = np.arange(1 << encoding.depth).astype(encoding.dtype)[None]

    u, v = ChromaTable(encoding).planes(luma, np.zeros((*luma.shape, 2), np.float32))

    assert np.unique(u).tolist() == np.unique(v).tolist() == [1 << (encoding.depth - 1)]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_black_and_white_have_no_chroma(encoding: YUVEncoding) -> None:
    scale = 1 << (encoding.depth - 8)
    white = encoding.black + encoding.luma_span
    edges = [encoding.black, encoding.black + scale, white]
    edges += [] if encoding.full_range else [0, encoding.black - 1, white + 1, 255 * scale]
    luma = np.array([edges], dtype=encoding.dtype)
    luma = np.repeat(luma, 36, axis=0)
    turn = np.linspace(0, 2 * np.pi, 36)[:, None] * np.ones(luma.shape)
    ab = (80 * np.stack([np.cos(turn), np.sin(turn)], -1)).astype(np.float32)

    differences = ChromaTable(encoding).color_differences(luma, ab)

    assert np.abs(differences).max() < 3e-3  # less than a code of 8 bits


def test_chroma_fades_out_towards_black() -> None:
    encoding = YUVEncoding(MATRICES[1], True, 12)
    lightness = lightness_table(encoding)
    luma = np.searchsorted(lightness, [0.2, 1.1, 2.2, 3.3, 4.2, 6.0, 12.0])[None]
    luma = luma.astype(np.uint16)
    ab = np.zeros((*luma.shape, 2), np.float32)
    ab[..., 0] = 8.0

    rgb = rgb_of_codes(luma, *ChromaTable(encoding).planes(luma, ab), encoding)

    a = ab_of_rgb(rgb)[0, :, 0]
    assert abs(a[0]) < 0.1
    assert (np.diff(a[:4]) > 0.5).all()
    np.testing.assert_allclose(a[4:], 8.0, atol=0.5)


def test_subsampled_chroma_takes_the_mean_luma() -> None:
    encoding = YUVEncoding(MATRICES[6], False, 8)
    small = np.array([[60, 120], [180, 200]], np.uint8)
    ab = np.random.default_rng(3).uniform(-40, 40, (2, 2, 2)).astype(np.float32)
    table = ChromaTable(encoding)
    large = np.kron(small, np.ones((2, 2), np.uint8))
    checked = large + np.tile(np.array([[9, 0], [0, 9]], np.uint8) * 2, (2, 2)) - 9

    u, v = table.planes(small, ab)

    for luma in (large, checked):
        found_u, found_v = table.planes(luma, ab)
        np.testing.assert_array_equal(found_u, u)
        np.testing.assert_array_equal(found_v, v)


@pytest.mark.parametrize("shape", [(1, 33_000), (33_000, 1)])
def test_very_long_strips_are_colored_as_short_ones(shape: tuple[int, int]) -> None:
    encoding = YUVEncoding(MATRICES[6], True, 8)
    rng = np.random.default_rng(8)
    luma = rng.integers(0, 256, shape).astype(np.uint8)
    ab = rng.uniform(-50, 50, (*shape, 2)).astype(np.float32)
    table = ChromaTable(encoding)

    u, v = table.planes(luma, ab)

    some = (slice(0, 200), slice(0, 200))
    last = (slice(-200, None), slice(-200, None))
    for part in (some, last):
        expected_u, expected_v = table.planes(luma[part], ab[part])
        np.testing.assert_array_equal(u[part], expected_u)
        np.testing.assert_array_equal(v[part], expected_v)
