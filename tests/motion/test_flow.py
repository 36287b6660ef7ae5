"""Motion between frames, chained into tracks, and how much confidence it deserves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from filmcolor.color.colorspace import Floats
from filmcolor.motion.flow import FlowPicture, MotionEstimator, grid
from filmcolor.motion.tracks import Track, backward, forward, still_track, track_confidence
from tests.coloring.films import texture

SIZE = (96, 128)
WIDE = texture((192, 256), 5)
ESTIMATOR = MotionEstimator(*SIZE)
SCALE = SIZE[1] / ESTIMATOR.size[1]
"""Pixels of the film in one of the flows."""


def view(x: int, y: int) -> np.ndarray:
    """What a camera sees that has turned by x and y pixels."""
    top, left = 48 + y, 64 + x
    return WIDE[top : top + SIZE[0], left : left + SIZE[1]]


def picture(luma: np.ndarray) -> FlowPicture:
    return ESTIMATOR.picture(np.ascontiguousarray(luma), 8)


def inside(values: Floats, margin: int = 28) -> Floats:
    """Without what lies within `margin` pixels of the film from the edges."""
    cut = round(margin / SCALE)
    return values[cut:-cut, cut:-cut]


def step_confidence(before: np.ndarray, now: np.ndarray) -> Floats:
    """Confidence that a frame shows what the frame before it does."""
    one, other = picture(before), picture(now)
    track = forward(still_track(ESTIMATOR.size), ESTIMATOR.motion(one, other))
    return track_confidence(track, other, one)


MOVES = [(0, 0), (1, 0), (3, -2), (6, 4), (-10, 0)]


@pytest.mark.parametrize(("x", "y"), MOVES)
def test_a_moved_picture_gives_its_motion(x: int, y: int) -> None:
    motion = ESTIMATOR.motion(picture(view(0, 0)), picture(view(x, y)))

    for flow, sign in ((motion.to_before, 1), (motion.from_before, -1)):
        assert flow.dtype == np.float32
        assert flow.shape == (*ESTIMATOR.size, 2)
        error = np.abs(inside(flow) * SCALE - sign * np.array([x, y])).max(-1)
        assert np.median(error) < 0.3
        assert np.percentile(error, 95) < 1.0
    for consistency in (motion.to_before_consistency, motion.from_before_consistency):
        assert consistency.dtype == np.float32
        assert consistency.shape == ESTIMATOR.size
        assert consistency.min() >= 0
        assert consistency.max() <= 1
        assert inside(consistency).mean() > 0.9


@pytest.mark.parametrize(("x", "y"), MOVES)
def test_a_moved_picture_has_confidence(x: int, y: int) -> None:
    assert inside(step_confidence(view(0, 0), view(x, y))).mean() > 0.8


def test_another_picture_has_no_confidence() -> None:
    assert step_confidence(view(0, 0), texture(SIZE, seed=77)).mean() < 0.15


def test_where_something_new_appears_confidence_is_low() -> None:
    changed = view(0, 0).copy()
    changed[24:72, 40:96] = texture((48, 56), seed=9)
    found = step_confidence(view(0, 0), changed)
    patch = tuple(
        slice(round((start + 8) / SCALE), round((end - 8) / SCALE))
        for start, end in ((24, 72), (40, 96))
    )
    new = found[patch].mean()
    found[: round(84 / SCALE), round(28 / SCALE) : round(108 / SCALE)] = np.nan
    assert new < 0.25
    assert np.nanmean(found) > 0.8


@pytest.mark.parametrize(
    ("gain", "offset"), [(0.8, 0), (1.2, 0), (1, 20), (1, -15), (0.85, 12), (0.6, 30)]
)
def test_flicker_of_the_light_hardly_matters(gain: float, offset: float) -> None:
    steady = inside(step_confidence(view(0, 0), view(2, 1))).mean()
    other_light = np.rint(np.clip(view(2, 1) * float(gain) + offset, 0, 255)).astype(np.uint8)
    assert inside(step_confidence(view(0, 0), other_light)).mean() > steady - 0.1


def test_grain_hardly_matters() -> None:
    rng = np.random.default_rng(3)
    grainy = [
        np.clip(view(2 * n, n) + rng.normal(0, 4, SIZE), 0, 255).astype(np.uint8) for n in range(2)
    ]
    assert inside(step_confidence(*grainy)).mean() > 0.7


def test_a_clear_sky_is_not_forgotten() -> None:
    """Nothing in it tells how it moves, but neither does it matter."""
    rng = np.random.default_rng(4)
    scene = np.vstack([np.full((60, SIZE[1]), 150.0), view(0, 0)[60:].astype(float)])
    frames = [
        picture(np.clip(scene + rng.normal(0, 4, SIZE), 0, 255).astype(np.uint8)) for _ in range(9)
    ]
    track = still_track(ESTIMATOR.size)
    for before, now in pairwise(frames):
        track = forward(track, ESTIMATOR.motion(before, now))
    sky = slice(round(4 / SCALE), round(48 / SCALE))
    assert track_confidence(track, frames[-1], frames[0])[sky].mean() > 0.4


def chain(count: int = 10, x: int = 2, y: int = 1) -> tuple[Track, Track]:
    """Tracks over `count` steps: of the last frame to the first one, and the other way round."""
    pictures = [picture(view(x * n, y * n)) for n in range(count + 1)]
    motions = [ESTIMATOR.motion(*pair) for pair in pairwise(pictures)]
    there = back = still_track(ESTIMATOR.size)
    for motion in motions:
        there = forward(there, motion)
    for motion in reversed(motions):
        back = backward(back, motion)
    return there, back


def test_chained_tracks_lead_to_the_right_place() -> None:
    there, back = chain()
    for track, sign in ((there, 1), (back, -1)):
        moved = (track.places - grid(*ESTIMATOR.size)) * SCALE
        error = np.abs(inside(moved, 32) - sign * np.array([20, 10])).max(-1)
        assert np.median(error) < 0.8
        assert np.percentile(error, 95) < 2.0
        assert inside(track.consistency, 32).mean() > 0.75


def test_what_was_not_yet_or_is_no_longer_in_the_picture_has_no_consistency() -> None:
    there, back = chain()
    outside = slice(-round(14 / SCALE), None)
    assert there.consistency[:, outside].mean() < 0.1
    assert back.consistency[:, : round(14 / SCALE)].mean() < 0.1


def test_a_still_track_leads_nowhere_and_is_consistent() -> None:
    track = still_track((5, 7))
    np.testing.assert_array_equal(track.places[3, 6], [6, 3])
    assert (track.consistency == 1).all()


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (13, 17), (8, 300), (300, 8), (480, 640)])
@pytest.mark.parametrize("depth", [8, 10])
def test_any_size_and_depth_has_motion(size: tuple[int, int], depth: int) -> None:
    estimator = MotionEstimator(*size)
    luma = (texture(size).astype(np.uint16) << (depth - 8)).astype("u1" if depth == 8 else "u2")
    one = estimator.picture(luma, depth)
    assert one.dtype == np.uint8
    motion = estimator.motion(one, one)
    assert motion.to_before.shape == (*estimator.size, 2)
    assert np.abs(motion.to_before).max() < 0.5
    assert motion.to_before_consistency.mean() > 0.9


@pytest.mark.parametrize("depth", [10, 12, 16])
def test_depth_does_not_matter(depth: int) -> None:
    luma = view(0, 0)
    deep = luma.astype(np.uint16) << (depth - 8)
    difference = picture(luma).astype(int) - ESTIMATOR.picture(deep, depth)
    assert np.abs(difference).max() <= 3


def test_flat_pictures_have_motion_without_faults() -> None:
    flat = picture(np.full(SIZE, 100, np.uint8))
    motion = ESTIMATOR.motion(flat, flat)
    assert np.isfinite(motion.to_before).all()
    assert np.isfinite(motion.to_before_consistency).all()
