"""Shots: what joins them is found, and what only looks like it is not."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filmcolor.planning.shots import Join, ShotDetector
from tests.planning.scenes import Frames, blank, dissolve, fade, joins, scene


@pytest.mark.parametrize("rate", [10, 16, 25, 60])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cuts(rate: int, seed: int) -> None:
    frames = scene(seed, rate) + scene(seed + 10, rate // 2) + scene(seed + 20, 2 * rate)
    assert joins(frames, rate) == [Join(rate, "cut"), Join(rate + rate // 2, "cut")]


def test_cuts_between_moving_shots() -> None:
    frames = scene(1, 30, pan=1.5) + scene(2, 30, pan=2) + scene(3, 30, pan=1)
    assert joins(frames) == [Join(30, "cut"), Join(60, "cut")]


def test_a_closer_view_is_a_new_shot() -> None:
    wide = scene(4, 60)
    close = [cv2.resize(frame[10:46, 20:68], frame.shape[::-1]) for frame in wide[30:]]
    assert joins(wide[:30] + close) == [Join(30, "cut")]


def test_a_cut_at_uneven_times() -> None:
    frames = scene(5, 20) + scene(6, 20)
    detector = ShotDetector()
    time = Fraction(0)
    for index, frame in enumerate(frames):
        detector.add(frame, time)
        time += Fraction(1, 2) if index % 7 == 0 else Fraction(1, 30)
    assert detector.joins() == [Join(20, "cut")]


def test_a_cut_with_a_mixed_frame() -> None:
    """As in films brought to another frame rate."""
    frames = dissolve(scene(7, 31), scene(8, 31), 1)
    (join,) = joins(frames)
    assert join.kind == "cut"
    assert join.position in (30, 31)


def _flickering(frames: Frames) -> Frames:
    random = np.random.default_rng(0)
    slope = np.linspace(-1, 1, frames[0].shape[1])
    gains = 1 + 0.12 * random.normal(size=len(frames))[:, None] + 0.1 * random.normal() * slope
    return [np.clip(f * g, 0, 255).astype(np.uint8) for f, g in zip(frames, gains, strict=True)]


def _flashing(frames: Frames, level: int, length: int) -> Frames:
    return [
        (0.15 * f + 0.85 * level).astype(np.uint8) if 20 <= i < 20 + length else f
        for i, f in enumerate(frames)
    ]


def _jumping(frames: Frames, length: int) -> Frames:
    height = frames[0].shape[0]
    return [
        np.roll(f, height // 3, axis=0) if 20 <= i < 20 + length else f
        for i, f in enumerate(frames)
    ]


def _scratched(frames: Frames) -> Frames:
    random = np.random.default_rng(0)
    scratched = [f.copy() for f in frames]
    for frame in scratched:
        frame[:, random.integers(0, 96, 3)] = 240
        for _ in range(4):
            cv2.circle(frame, (int(random.integers(96)), int(random.integers(72))), 1, 10, -1)
    return scratched


@pytest.mark.parametrize(
    "frames",
    [
        scene(1, 60),
        scene(2, 60, pan=3),
        _flickering(scene(3, 60)),
        _flashing(scene(4, 60), 235, 1),
        _flashing(scene(4, 60), 235, 3),
        _flashing(scene(5, 60), 16, 2),
        scene(6, 30) + blank(235, 2) + scene(6, 60)[32:],
        _jumping(scene(7, 60), 1),
        _jumping(scene(7, 60), 5),
        _scratched(scene(8, 60)),
        blank(16, 40),
        blank(120, 40),
        scene(9, 1),
    ],
    ids=[
        "still",
        "pan",
        "flicker",
        "flash",
        "long-flash",
        "dark-flash",
        "white",
        "jump",
        "long-jump",
        "scratches",
        "black",
        "grey",
        "one",
    ],
)
def test_none_of_this_is_a_join(frames: Frames) -> None:
    assert joins(frames) == []


@pytest.mark.parametrize("damage", [lambda f: f, _flickering, _scratched])
def test_cuts_in_old_films(damage: object) -> None:
    assert callable(damage)
    frames = damage(scene(1, 40) + scene(2, 40) + scene(3, 40))
    assert joins(frames) == [Join(40, "cut"), Join(80, "cut")]


def test_a_splice_is_one_cut() -> None:
    """Two shots with a frame of something else between them."""
    found = joins(scene(1, 30) + scene(2, 1) + scene(3, 30))
    assert [join.kind for join in found] == ["cut"]
    assert found[0].position in (30, 31)


def test_a_few_frames_of_another_shot_are_no_shot() -> None:
    shot = scene(1, 60)
    assert joins(shot[:30] + scene(2, 3) + shot[33:]) == []


@pytest.mark.parametrize("length", [8, 16, 36, 60])
@pytest.mark.parametrize("seed", [1, 2])
def test_dissolves(length: int, seed: int) -> None:
    frames = dissolve(scene(seed, 90), scene(seed + 10, 90), length)
    (join,) = joins(frames)
    assert join.kind == "dissolve"
    first, end = join.position - join.before, join.position + join.after
    tolerance = 2 + length // 8  # the ends of a mixture cannot be told from either picture
    assert abs(first - (90 - length)) <= tolerance
    assert abs(end - 90) <= tolerance
    assert abs(join.before - join.after) <= 1


def test_a_dissolve_at_the_end_and_one_at_the_beginning() -> None:
    frames = dissolve(scene(1, 60), scene(2, 60)[:20], 18)
    assert [join.kind for join in joins(frames)] == ["dissolve"]
    assert [join.kind for join in joins(frames[::-1])] == ["dissolve"]


@pytest.mark.parametrize("level", [16, 40, 235])
@pytest.mark.parametrize("black", [1, 6, 30])
def test_fades(level: int, black: int) -> None:
    out = fade(scene(1, 60), 16, level, into=False)
    frames = out + blank(level, black) + fade(scene(2, 60), 12, level, into=True)
    (join,) = joins(frames)
    assert join.kind == "fade"
    # The last and first frames of the ramps are as good as black.
    assert abs(join.position - (60 + black // 2)) <= 2
    assert abs(join.position - join.before - 44) <= 3
    assert abs(join.position + join.after - (72 + black)) <= 3


def test_cuts_from_and_to_black() -> None:
    (join,) = joins(scene(1, 30) + blank(16, 10) + scene(2, 30))
    assert join == Join(35, "fade", before=5, after=5)


def test_a_cut_soon_after_a_fade() -> None:
    shots = [fade(scene(1, 40), 10, 16, into=False), blank(16, 4)]
    shots += [fade(scene(2, 40), 10, 16, into=True), scene(3, 40)]
    found = joins([frame for shot in shots for frame in shot])
    assert [
        (join.kind, abs(join.position - at) <= 1) for join, at in zip(found, (42, 84), strict=True)
    ] == [("fade", True), ("cut", True)]


def test_black_at_the_ends_of_a_film() -> None:
    shot = fade(fade(scene(1, 80), 12, 16, into=True), 20, 16, into=False)
    detector = ShotDetector()
    for index, frame in enumerate(blank(16, 10) + shot + blank(16, 5)):
        detector.add(frame, Fraction(index, 24))
    assert detector.joins() == []
    opening, closing = detector.ends()
    assert abs(opening - 22) <= 2
    assert abs(closing - 25) <= 2


def test_a_cut_to_black_in_a_very_slow_film() -> None:
    pictures = [np.random.default_rng(seed).integers(0, 256, (9, 16)) for seed in (0, 1)]
    pictures += [np.full((9, 16), level) for level in (0, 49)]
    found = joins([picture.astype(np.uint8) for picture in pictures], Fraction(1, 2))
    assert [join.kind for join in found] == ["fade"]
    assert found[0].before >= 0 and found[0].after >= 0


picture = st.one_of(
    st.integers(0, 255).map(lambda level: np.full((9, 16), level, np.uint8)),
    st.integers(0, 5).map(
        lambda seed: np.random.default_rng(seed).integers(0, 256, (9, 16), dtype=np.uint8)
    ),
)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(picture, st.integers(1, 12)), min_size=1, max_size=8),
    st.sampled_from([Fraction(1, 2), Fraction(10), Fraction(24), Fraction(120)]),
)
def test_joins_are_in_order_whatever_is_shown(
    runs: list[tuple[np.ndarray, int]], rate: Fraction
) -> None:
    frames = [frame for frame, length in runs for _ in range(length)]
    found = joins(frames, rate)
    edges = [0]
    for join in found:
        edges += [join.position - join.before, join.position, join.position + join.after]
        assert join.kind != "cut" or join.before == join.after == 0
    edges.append(len(frames))
    assert edges == sorted(edges)
    positions = [0, *(join.position for join in found), len(frames)]
    assert all(one < other for one, other in pairwise(positions))
