"""Figures over time."""

from __future__ import annotations

import numpy as np
import pytest

from filmcolor.evaluation.lab import lab_from_rgb
from filmcolor.evaluation.pictures import ColorPicture
from filmcolor.evaluation.temporal import TemporalComparison, TemporalFigures
from tests.evaluation.test_optical_flow import texture

Frames = list[np.ndarray]


def tinted(luma: np.ndarray, red: float | np.ndarray, blue: float | np.ndarray) -> np.ndarray:
    grey = luma.astype(np.float32)
    channels = [grey + red, grey, grey + blue]
    return np.clip(np.stack(channels, axis=-1), 0, 255).astype(np.uint8)


def figures(lumas: Frames, result: Frames, truth: Frames) -> TemporalFigures:
    temporal = TemporalComparison()
    for luma, one, other in zip(lumas, result, truth, strict=True):
        temporal.add(ColorPicture(one), ColorPicture(other), luma)
    return temporal.figures()


def pan(count: int) -> tuple[Frames, Frames]:
    """Luma of a pan to the right, 4 pixels a frame, and a red tint that moves along."""
    whole = texture((96, 128 + 4 * count)) // 2 + 40
    tint = texture(whole.shape)[::-1] / 4
    starts = [4 * (count - n) for n in range(count)]
    lumas = [np.ascontiguousarray(whole[:, s : s + 128]) for s in starts]
    return lumas, [tint[:, s : s + 128] for s in starts]


def test_flicker_is_measured_where_nothing_moves() -> None:
    luma = texture() // 2 + 40
    steady = [tinted(luma, 20, -10)] * 6
    flickering = [tinted(luma, 20 + 10 * (n % 2), -10) for n in range(6)]
    ab = [lab_from_rgb(frame)[..., 1:] for frame in flickering[:2]]
    expected = float(np.hypot(*(ab[1] - ab[0]).transpose(2, 0, 1)).mean())

    found = figures([luma] * 6, flickering, steady)
    assert found.flicker_ab == pytest.approx(expected, rel=1e-4)
    assert expected > 2
    assert found.warp_distance_ab == pytest.approx(expected, rel=0.02)
    assert found.warp_error_rgb == pytest.approx((10 / 255) ** 2 / 3, rel=0.02)
    assert (found.flicker_ab_truth, found.warp_distance_ab_truth, found.cdc_truth) == (0, 0, 0)
    assert found.cdc is not None
    assert found.cdc > 0
    assert found.cdc_gap == found.cdc
    assert (found.pairs, found.still_share, found.visible_share) == (5, 1, 1)


def test_colors_that_move_with_the_picture_are_steady() -> None:
    lumas, tints = pan(4)
    moving = [tinted(luma, tint, -10) for luma, tint in zip(lumas, tints, strict=True)]
    resting = [tinted(luma, tints[0], -10) for luma in lumas]
    found = figures(lumas, resting, moving)
    assert found.warp_distance_ab is not None
    assert found.warp_distance_ab_truth is not None
    assert found.warp_distance_ab > 2 * found.warp_distance_ab_truth
    assert found.warp_error_rgb is not None
    assert found.warp_error_rgb_truth is not None
    assert found.warp_error_rgb > found.warp_error_rgb_truth
    assert found.flicker_ab is None  # nothing stands still
    assert found.still_share == 0


def test_cuts_do_not_count() -> None:
    one, other = texture() // 2 + 40, texture()[::-1, ::-1].copy() // 2 + 90
    lumas = [one] * 3 + [other] * 3
    colors = [tinted(luma, 40 if luma is one else -40, 0) for luma in lumas]
    found = figures(lumas, colors, colors)
    assert (found.pairs, found.pairs_left_out) == (4, 1)
    assert (found.warp_distance_ab, found.warp_error_rgb, found.flicker_ab) == (0, 0, 0)
    assert found.cdc is not None
    assert found.cdc > 0.1  # by its definition the cut counts here


def test_one_frame_has_no_time() -> None:
    luma = texture()
    found = figures([luma], [tinted(luma, 9, 0)], [tinted(luma, 9, 0)])
    assert (found.pairs, found.warp_error_rgb, found.cdc, found.flicker_ab) == (0, None, None, None)
