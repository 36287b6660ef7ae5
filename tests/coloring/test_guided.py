"""ab at full size: colours end where the luma does, and flat colour stays flat."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filmcolor.coloring.guided import resize_ab, upsample_ab

LEFT, RIGHT = (-10.0, 20.0), (40.0, -20.0)
SIZE = (48, 96)
sides = st.integers(1, 40)


def two_tones(edge: int) -> np.ndarray:
    """Luma with an edge to the left of this column."""
    guide = np.full(SIZE, 0.3, np.float32)
    guide[:, edge:] = 0.7
    return guide


def two_colors(scale: int) -> np.ndarray:
    """ab with an edge in the middle, so many times smaller."""
    height, width = SIZE[0] // scale, SIZE[1] // scale
    ab = np.full((height, width, 2), LEFT, np.float32)
    ab[:, width // 2 :] = RIGHT
    return ab


def faults(ab: np.ndarray, edge: int) -> np.ndarray:
    """Distance of each pixel of a middle row from the colour of its side of the edge."""
    wanted = np.where(np.arange(SIZE[1])[:, None] < edge, LEFT, RIGHT)
    a, b = (ab[SIZE[0] // 2] - wanted).T
    return np.asarray(np.hypot(a, b))


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize("off", [0.0, 0.5])
def test_colors_end_at_the_edges_of_the_luma(scale: int, off: float) -> None:
    edge = SIZE[1] // 2 + round(off * scale)  # of the luma; that of ab is so far off
    guide, ab = two_tones(edge), two_colors(scale)

    guided = upsample_ab(ab, guide)
    plain = resize_ab(ab, *SIZE)

    assert guided.dtype == np.float32
    assert guided.shape == (*SIZE, 2)
    step = np.hypot(*np.subtract(LEFT, RIGHT))
    wrong = faults(guided, edge)
    assert wrong.sum() < 0.8 * faults(plain, edge).sum()
    # On either side of the edge the colours are nearer to those of their own side.
    assert wrong.max() < 0.5 * step
    far = np.abs(np.arange(SIZE[1]) - edge) > 3 * scale
    assert wrong[far].max() < 0.01 * step


def test_an_edge_of_colors_in_flat_luma_is_kept() -> None:
    found = upsample_ab(two_colors(4), np.full(SIZE, 0.5, np.float32))
    np.testing.assert_allclose(found[:, :30], np.broadcast_to(LEFT, (48, 30, 2)), atol=0.1)
    np.testing.assert_allclose(found[:, -30:], np.broadcast_to(RIGHT, (48, 30, 2)), atol=0.1)


@settings(max_examples=60, deadline=None)
@given(
    small=st.tuples(sides, sides),
    large=st.tuples(st.integers(1, 130), st.integers(1, 130)),
    color=st.tuples(st.floats(-100, 100), st.floats(-100, 100)),
    seed=st.integers(0, 100),
)
def test_flat_color_stays_flat(
    small: tuple[int, int], large: tuple[int, int], color: tuple[float, float], seed: int
) -> None:
    guide = np.random.default_rng(seed).random(large, np.float32)
    ab = np.full((*small, 2), color, np.float32)

    found = upsample_ab(ab, guide)

    assert found.shape == (*large, 2)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.broadcast_to(color, found.shape), atol=0.01)


@settings(max_examples=40, deadline=None)
@given(large=st.tuples(sides, sides), times=st.floats(0.7, 3), seed=st.integers(0, 100))
def test_ab_that_is_hardly_smaller_is_just_resized(
    large: tuple[int, int], times: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    small = tuple(max(1, round(side * times)) for side in large)
    if min(side / of for side, of in zip(large, small, strict=True)) >= 1.5:
        small = large
    ab = rng.normal(0, 30, (*small, 2)).astype(np.float32)
    guide = rng.random(large, np.float32)
    np.testing.assert_array_equal(upsample_ab(ab, guide), resize_ab(ab, *large))


def test_ab_of_the_right_size_is_left_as_it_is() -> None:
    ab = np.random.default_rng(1).normal(0, 30, (20, 30, 2)).astype(np.float32)
    np.testing.assert_array_equal(upsample_ab(ab, np.zeros((20, 30), np.float32)), ab)


@pytest.mark.parametrize("size", [(40, 56), (80, 112), (13, 20), (1, 1), (300, 20)])
def test_resizing_keeps_flat_color_and_mean(size: tuple[int, int]) -> None:
    flat = np.full((40, 56, 2), (12.5, -30.0), np.float32)
    assert resize_ab(flat, *size).shape == (*size, 2)
    expected = np.full((*size, 2), (12.5, -30.0))
    np.testing.assert_allclose(resize_ab(flat, *size), expected, rtol=1e-5)

    rough = np.random.default_rng(2).normal(5, 4, (40, 56, 2)).astype(np.float32)
    np.testing.assert_allclose(resize_ab(rough, *size).mean((0, 1)), rough.mean((0, 1)), atol=1.0)
