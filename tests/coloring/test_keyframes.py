"""Where keyframes are placed in a shot: in order, apart, and more where more happens."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from filmcolor.planning.keyframes import (
    LEAST_SECONDS,
    MOST_SECONDS,
    ContentChange,
    place_keyframes,
)
from tests.coloring.films import texture

RATE = 25


def times_of(count: int, rate: Fraction | int = RATE) -> list[Fraction]:
    return [number / Fraction(rate) for number in range(count)]


@st.composite
def shots(draw: st.DrawFn) -> tuple[list[Fraction], list[float], int, int]:
    """Times and changes of the frames of a shot, and how many lie in its transitions."""
    gaps = draw(st.lists(st.integers(1, 300), min_size=1, max_size=80))
    start = draw(st.integers(-(10**6), 10**6))
    times = [Fraction(start + int(ticks), 1000) for ticks in np.cumsum(gaps)]
    changes = draw(
        st.lists(st.floats(0, 1), min_size=len(times), max_size=len(times))
        | st.sampled_from([0.0, 0.02, 0.3, 1.0]).map(lambda value: [value] * len(times))
    )
    opening, closing = (draw(st.integers(0, len(times))) for _ in range(2))
    return times, changes, opening, closing


@settings(max_examples=120, deadline=None)
@given(shot=shots())
def test_keyframes_are_frames_of_the_shot_in_order(
    shot: tuple[list[Fraction], list[float], int, int],
) -> None:
    times, changes, opening, closing = shot
    found = place_keyframes(times, changes, opening, closing)
    assert len(found) >= 1
    assert found == sorted(set(found))
    assert found[0] >= 0
    assert found[-1] < len(times)
    assert all(isinstance(position, int) for position in found)


@settings(max_examples=120, deadline=None)
@given(shot=shots())
def test_no_keyframe_lies_in_a_transition_if_others_are_left(
    shot: tuple[list[Fraction], list[float], int, int],
) -> None:
    times, changes, opening, closing = shot
    found = place_keyframes(times, changes, opening, closing)
    if opening + closing < len(times):
        assert found[0] >= opening
        assert found[-1] < len(times) - closing


@settings(max_examples=120, deadline=None)
@given(shot=shots())
def test_number_of_keyframes_is_bounded_by_the_time(
    shot: tuple[list[Fraction], list[float], int, int],
) -> None:
    times, changes, _, _ = shot
    lasts = float(times[-1] - times[0])
    count = len(place_keyframes(times, changes))
    assert count <= max(1, round(lasts / LEAST_SECONDS))
    # Several that fall on the same frame, because it lasts long, are one.
    longest = max((float(b - a) for a, b in pairwise(times)), default=0.0)
    if longest < LEAST_SECONDS:
        assert count >= max(1, int(lasts / MOST_SECONDS))


@settings(max_examples=120, deadline=None)
@given(shot=shots(), most=st.integers(1, 30), spacing=st.floats(1, 3))
def test_frames_between_keyframes_can_wait(
    shot: tuple[list[Fraction], list[float], int, int], most: int, spacing: float
) -> None:
    times, changes, opening, closing = shot
    found = place_keyframes(times, changes, opening, closing, spacing, most)
    free = place_keyframes(times, changes, opening, closing, spacing)
    assert max((b - a for a, b in pairwise(found)), default=0) <= most
    if opening + closing < len(times) and opening <= most:
        assert found[0] <= most
    if max((b - a for a, b in pairwise([0, *free])), default=0) <= most:
        assert found == free


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 400), still=st.floats(0, 0.01), more=st.floats(1, 100))
def test_more_change_never_means_fewer_keyframes(count: int, still: float, more: float) -> None:
    times = times_of(count)
    few = place_keyframes(times, [still] * count)
    many = place_keyframes(times, [min(1.0, still * more)] * count)
    assert len(few) <= len(many)


def test_a_still_film_gets_few_and_a_lively_one_many() -> None:
    times = times_of(250)
    still, lively = (len(place_keyframes(times, [change] * 250)) for change in (0.0, 1.0))
    assert still == pytest.approx(10 / MOST_SECONDS, abs=1)
    assert lively == pytest.approx(10 / LEAST_SECONDS, abs=1)


def test_keyframes_stand_where_the_change_is() -> None:
    changes = [0.0] * 100 + [0.3] * 100
    found = place_keyframes(times_of(200), changes)
    quiet = [position for position in found if position < 100]
    assert len(found) - len(quiet) >= 3 * len(quiet)


def test_the_first_change_is_that_at_the_cut_and_does_not_count() -> None:
    changes = [0.05] * 60
    assert place_keyframes(times_of(60), changes) == place_keyframes(
        times_of(60), [1.0, *changes[1:]]
    )


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_very_short_shots_have_one_keyframe(count: int) -> None:
    assert len(place_keyframes(times_of(count), [1.0] * count)) == 1


def test_the_keyframe_of_a_short_still_shot_stands_in_its_middle() -> None:
    assert place_keyframes(times_of(21), [0.0] * 21) == [10]


def test_equal_time_not_equal_numbers_of_frames() -> None:
    gaps = [Fraction(1, 10)] * 50 + [Fraction(1, 50)] * 250  # 5 seconds each
    times = [sum(gaps[:number], Fraction(0)) for number in range(300)]
    found = place_keyframes(times, [0.0] * 300)
    early = [position for position in found if position < 50]
    assert len(early) == pytest.approx(len(found) / 2, abs=1)


def second_change(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    changes = ContentChange()
    assert changes.of(first) == 0
    return changes.of(second)


@pytest.mark.parametrize("size", [(72, 96), (54, 96), (2, 2), (17, 13)])
def test_content_change_of_a_still_picture_is_none(size: tuple[int, int]) -> None:
    picture = texture(size)
    assert second_change(picture, picture) < 0.05


def test_content_change_grows_with_what_is_new() -> None:
    wide = texture((72, 200), seed=3)
    first = wide[:, :96]
    slow, fast = (second_change(first, wide[:, by : by + 96]) for by in (2, 16))
    other = second_change(first, texture((72, 96), seed=50))
    assert 0 <= slow < 0.25
    assert slow < fast < other
    assert 0.8 < other <= 1
