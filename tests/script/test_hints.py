from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filmcolor.color.colorspace import Floats
from filmcolor.color.lab import lab_from_rgb
from filmcolor.errors import UsageError
from filmcolor.script.hints import HintPoint, Hints, ab_of, apply_hints, hints_from_points

SIZE = 60, 80


def two_halves() -> Floats:
    """Lightness of two things side by side, 30 and 70, with a little grain."""
    L = np.full(SIZE, 30, np.float32)
    L[:, 40:] = 70
    return L + np.random.default_rng(1).normal(0, 0.5, SIZE).astype(np.float32)


def brownish(L: Floats) -> Floats:
    """What a network might say, at a quarter of the size."""
    return np.full((L.shape[0] // 4, L.shape[1] // 4, 2), (8, 12), np.float32)


def point(x: float, y: float, color: str) -> HintPoint:
    return HintPoint(x, y, color)


def random_features(seed: int) -> tuple[Floats, Floats]:
    draw = np.random.default_rng(seed)
    return (
        draw.normal(size=(4, 5, 9)).astype(np.float32),
        draw.normal(size=(8, 10, 6)).astype(np.float32),
    )


def test_colours_without_weight_are_not_looked_at() -> None:
    L = two_halves()
    hints = hints_from_points([point(15, 20, "#3040c0")], L)
    holes = Hints(np.where(hints.weight[..., None] > 0, hints.ab, np.nan), hints.weight)
    one, other = (apply_hints(L, brownish(L), each) for each in (hints, holes))
    assert np.array_equal(one.ab, other.ab)


def test_a_hint_colours_its_thing_and_leaves_the_next_one() -> None:
    L = two_halves()
    hinted = apply_hints(L, brownish(L), hints_from_points([point(15, 20, "#3040c0")], L))
    blue = np.array(ab_of("#3040c0"))
    # far corner of the same thing, and its edge
    assert np.abs(hinted.ab[55, 5] - blue).max() < 8
    assert np.abs(hinted.ab[30, 38] - blue).max() < 8
    assert np.abs(hinted.ab[:, 44:] - (8, 12)).max() < 3
    assert hinted.influence[55, 5] > 0.9
    assert hinted.influence[:, 44:].max() < 0.1


def test_neighbours_with_hints_of_their_own_stay_apart() -> None:
    L = two_halves()
    points = [point(20, 30, "#3040c0"), point(60, 30, "#c03030")]
    hinted = apply_hints(L, brownish(L), hints_from_points(points, L))
    blue, red = (np.array(ab_of(each.color)) for each in points)
    assert np.abs(hinted.ab[:, :38] - blue).max() < 10
    assert np.abs(hinted.ab[:, 42:] - red).max() < 10


def test_grey_takes_the_colour_away() -> None:
    L = two_halves()
    hinted = apply_hints(L, brownish(L), hints_from_points([point(20, 30, "#808080")], L))
    assert np.abs(hinted.ab[:, :38]).max() < 3
    assert np.abs(hinted.ab[:, 44:] - (8, 12)).max() < 3


def test_lightness_of_a_hint_is_not_used() -> None:
    L = two_halves()
    dark, light = (
        apply_hints(L, brownish(L), hints_from_points([point(20, 30, grey)], L))
        for grey in ("#202020", "#e0e0e0")
    )
    assert np.abs(dark.ab - light.ab).max() < 0.1


def test_without_hints_the_colours_are_the_networks() -> None:
    L = two_halves()
    ab = np.random.default_rng(2).normal(0, 20, (*SIZE, 2)).astype(np.float32)
    nothing = Hints(np.full((*SIZE, 2), np.nan, np.float32), np.zeros(SIZE, np.float32))
    for hints in (nothing, hints_from_points([], L)):
        hinted = apply_hints(L, ab, hints)
        assert np.array_equal(hinted.ab, ab)
        assert not hinted.influence.any()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.tuples(st.integers(1, 40), st.integers(1, 40)), st.booleans())
def test_hints_on_all_pixels_are_the_colours(seed: int, size: tuple[int, int], seen: bool) -> None:
    draw = np.random.default_rng(seed)
    L = draw.uniform(0, 100, size).astype(np.float32)
    wanted = draw.uniform(-80, 80, (*size, 2)).astype(np.float32)
    ab = draw.uniform(-80, 80, (6, 5, 2)).astype(np.float32)
    features = random_features(seed) if seen else ()
    hinted = apply_hints(L, ab, Hints(wanted, np.ones(size, np.float32)), features)
    assert np.abs(hinted.ab - wanted).max() < 1e-4
    assert (hinted.influence == 1).all()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["red", "#00f", "#8b8"])),
        min_size=3,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_hints_does_not_matter(places: list[tuple[int, int, str]], draw) -> None:
    L = np.random.default_rng(3).uniform(45, 55, (480, 640)).astype(np.float32)
    points = [point(*place) for place in places]
    others = points.copy()
    draw.shuffle(others)
    one, other = (hints_from_points(each, L) for each in (points, others))
    assert np.array_equal(one.ab, other.ab)
    assert np.array_equal(one.weight, other.weight)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_contradicting_strokes_stay_between_their_colours(seed: int, seen: bool) -> None:
    draw = np.random.default_rng(seed)
    L = draw.uniform(0, 100, (24, 32)).astype(np.float32)
    ab = np.zeros((24, 32, 2), np.float32)
    colors = draw.choice(np.array([-90, 90], np.float32), (24, 32, 2))
    weight = draw.uniform(0, 1, (24, 32)).astype(np.float32) * (draw.random((24, 32)) < 0.2)
    hinted = apply_hints(L, ab, Hints(colors, weight), random_features(seed) if seen else ())
    # With features a place may go once more as far as from the network to the hint.
    assert np.abs(hinted.ab).max() <= (180.01 if seen else 90.01)
    assert hinted.influence.min() >= 0
    assert hinted.influence.max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 3), (300, 400)])
@pytest.mark.parametrize("lightness", [0, 50, 100])
def test_flat_pictures_of_any_size(size: tuple[int, int], lightness: int) -> None:
    L = np.full(size, lightness, np.float32)
    ab = np.full((3, 4, 2), 5, np.float32)
    green = (-50, 40)
    hints = Hints(np.zeros((*size, 2), np.float32), np.zeros(size, np.float32))
    y, x = size[0] // 2, size[1] // 2
    hints.ab[y, x], hints.weight[y, x] = green, 1
    hinted = apply_hints(L, ab, hints)
    assert tuple(hinted.ab[y, x]) == green
    # It is all one thing, so one pixel colours it all.
    assert np.abs(hinted.ab - green).max() < 12
    assert hinted.influence.min() > 0.75


def test_of_two_strokes_on_one_thing_the_more_opaque_counts_more() -> None:
    L = np.full(SIZE, 50, np.float32)
    hints = Hints(np.zeros((*SIZE, 2), np.float32), np.zeros(SIZE, np.float32))
    for column, color, alpha in ((20, -40, 0.02), (59, 40, 1.0)):
        hints.ab[30, column], hints.weight[30, column] = color, alpha
    assert apply_hints(L, brownish(L), hints).ab[30, 40, 0] > 10


def test_features_carry_a_hint_to_its_like_beyond_an_edge() -> None:
    L = np.full(SIZE, 50, np.float32)
    L[:, 30:50] = 90  # two like things with something lighter between
    grid = np.zeros((6, 8, 8), np.float32)
    grid[:, :3, :4] = grid[:, 5:, :4] = 1
    grid[:, 3:5, 4:] = 1
    hints = hints_from_points([point(10, 30, "#3040c0")], L)
    plain = apply_hints(L, brownish(L), hints)
    seen = apply_hints(L, brownish(L), hints, (grid,))
    blue = np.array(ab_of("#3040c0"))
    assert np.abs(seen.ab[30, 70] - blue).max() < np.abs(plain.ab[30, 70] - blue).max() / 2
    assert np.abs(seen.ab[30, 40] - (8, 12)).max() < 6
    assert seen.influence[30, 70] > 0.5


def test_points_are_discs_in_proportion_and_end_at_edges() -> None:
    flat = np.full((480, 854), 50, np.float32)
    disc = hints_from_points([point(400, 200, "red")], flat).weight
    assert np.flatnonzero(disc.any(axis=0)).size == 7
    assert np.flatnonzero(disc.any(axis=1)).size == 7
    small = hints_from_points([point(40, 20, "red")], np.full((48, 85), 50, np.float32)).weight
    assert small.sum() == small[20, 40] == 1
    edge = flat.copy()
    edge[:, 401:] = 90
    assert hints_from_points([point(400, 200, "red")], edge).weight[200, 401] < 0.01


@pytest.mark.parametrize("color", ["#ff0000", "#f00", "red", (255, 0, 0)])
def test_ways_to_say_a_colour(color: str | tuple[int, int, int]) -> None:
    true = lab_from_rgb(np.array([[[255, 0, 0]]], np.uint8))[0, 0, 1:]
    assert ab_of(color) == pytest.approx(true)


@pytest.mark.parametrize("color", ["", "#12", "greenish", (1, 2), (0, 0, 256), (-1, 0, 0)])
def test_what_is_no_colour_is_refused(color: str | tuple[int, int, int]) -> None:
    with pytest.raises(UsageError, match="is no colour"):
        ab_of(color)


@pytest.mark.parametrize(("x", "y"), [(-1, 5), (80, 5), (5, 60), (float("nan"), 5)])
def test_a_point_outside_is_refused(x: float, y: float) -> None:
    with pytest.raises(UsageError, match="outside"):
        hints_from_points([point(x, y, "red")], np.zeros(SIZE, np.float32))


def test_hints_of_another_size_are_refused() -> None:
    L = two_halves()
    with pytest.raises(UsageError, match="do not fit"):
        apply_hints(L, brownish(L), Hints(np.zeros((5, 5, 2), np.float32), np.ones((5, 5))))
