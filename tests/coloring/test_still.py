"""Large pictures are coloured in strips: their height changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filmcolor.color.colorspace import YUVEncoding, default_matrix
from filmcolor.coloring.guided import apply_coefficients, apply_coefficients_in_rows
from filmcolor.coloring.network_colors import FrameColorizer
from filmcolor.coloring.still import color_differences_in_strips
from filmcolor.jobs.picture import colorize_luma
from filmcolor.networks import Network
from filmcolor.settings import Settings

SHAPES = [(700, 500), (61, 47), (3, 900), (900, 2), (1, 1), (2, 33_000)]


def picture(shape: tuple[int, int], dtype: Any) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    noise = np.random.default_rng(1).normal(0, 8, shape)
    values = 128 + 70 * np.sin(x / 40) + 50 * np.cos(y / 23) + noise
    scale = np.iinfo(dtype).max / 255
    return np.rint(np.clip(values, 0, 255) * scale).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", SHAPES)
def test_strips_change_nothing(
    packaged_network: Network, shape: tuple[int, int], dtype: Any
) -> None:
    luma = picture(shape, dtype)
    depth = 8 * luma.dtype.itemsize
    whole = colorize_luma(luma, depth, Settings(), packaged_network, strip_pixels=luma.size)
    for pixels in (1, 7 * shape[1], 100 * shape[1] + 3):
        if luma.size / pixels > 1000:
            continue
        parts = colorize_luma(luma, depth, Settings(), packaged_network, strip_pixels=pixels)
        np.testing.assert_array_equal(parts, whole)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(700, 500), (61, 47)])
def test_colors_are_those_of_a_frame(network: Network, shape: tuple[int, int], dtype: Any) -> None:
    luma = picture(shape, dtype)
    encoding = YUVEncoding(default_matrix(*shape[::-1]), True, 8 * luma.dtype.itemsize)
    colorizer = FrameColorizer(network, Settings(), encoding, shape)
    frame = colorizer.color_differences(luma, colorizer.ab(luma))
    for strip, found in color_differences_in_strips(luma, encoding, Settings(), network):
        assert np.abs(found - frame[strip]).max() < 0.5 / 255


@given(
    small=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    large=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_rows_are_those_of_the_whole(
    small: tuple[int, int], large: tuple[int, int], data: st.DataObject
) -> None:
    rng = np.random.default_rng(0)
    coefficients = rng.normal(0, 30, (*small, 4)).astype(np.float32)
    luma = rng.random(large, np.float32)
    first = data.draw(st.integers(0, large[0] - 1))
    end = data.draw(st.integers(first + 1, large[0]))
    rows = apply_coefficients_in_rows(coefficients, luma[first:end], first, large[0])
    np.testing.assert_allclose(rows, apply_coefficients(coefficients, luma)[first:end], atol=1e-3)


def test_opacity_and_depth(network: Network) -> None:
    luma = picture((40, 30), np.uint16) >> 4
    alpha = np.tile(np.arange(30, dtype=np.uint16) * 141, (40, 1))
    deep = colorize_luma(luma, 12, Settings(strength=0), network, alpha=alpha)
    assert (deep.dtype, deep.shape) == (np.uint16, (40, 30, 4))
    np.testing.assert_allclose(deep[..., 0], luma * (65535 / 4095), atol=1)
    np.testing.assert_allclose(deep[..., 3], alpha * (65535 / 4095), atol=1)
    shallow = colorize_luma(luma, 12, Settings(strength=0), network, alpha=alpha, deep=False)
    assert shallow.dtype == np.uint8
    np.testing.assert_allclose(shallow[..., 0], luma * (255 / 4095), atol=1)
    np.testing.assert_allclose(shallow[..., 3], alpha * (255 / 4095), atol=0.51)
