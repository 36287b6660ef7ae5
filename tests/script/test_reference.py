from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filmcolor.color.colorspace import Floats
from filmcolor.errors import UsageError
from filmcolor.script.reference import MOST_CHROMA, Reference, lab_of_reference, lend_colors

SEEDS = st.integers(0, 10**6)


def picture(seed: int, size: tuple[int, int] = (24, 32), spread: float = 25) -> Reference:
    """Colours that vary smoothly, and more in one direction than in the other."""
    draw = np.random.default_rng(seed)
    L = draw.uniform(5, 95, size).astype(np.float32)
    ab = draw.normal(0, 1, (*size, 2)) @ draw.normal(0, spread, (2, 2)) + draw.normal(0, 20, 2)
    return Reference(L, np.clip(ab, -100, 100).astype(np.float32))


def places(kinds: np.ndarray) -> tuple[Floats, Floats]:
    """Features that tell kinds of things apart: two grids, one coarser."""
    draw = np.random.default_rng(9)
    names = draw.normal(size=(8, 12)).astype(np.float32)
    fine = names[kinds] + draw.normal(0, 0.05, (*kinds.shape, 12)).astype(np.float32)
    return fine[::2, ::2].copy(), fine


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.floats(0, 1))
def test_a_picture_lends_itself_what_it_has(seed: int, strength: float) -> None:
    one = picture(seed)
    lent = lend_colors(one.L, one.ab, [one], strength=strength)
    assert np.abs(lent - one.ab).max() < 0.01


@settings(max_examples=20, deadline=None)
@given(SEEDS, SEEDS)
def test_no_strength_and_no_reference_change_nothing(seed: int, other: int) -> None:
    one, two = picture(seed), picture(other)
    assert np.array_equal(lend_colors(one.L, one.ab, [two], strength=0), one.ab)
    assert np.array_equal(lend_colors(one.L, one.ab, []), one.ab)


@settings(max_examples=40, deadline=None)
@given(
    SEEDS,
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.sampled_from([0, 1, 60]),
    st.booleans(),
)
def test_any_pictures_give_colours_that_exist(
    seed: int, size: tuple[int, int], other: tuple[int, int], spread: float, seen: bool
) -> None:
    """Other aspects, single pixels, flat pictures (singular covariances), extreme palettes."""
    key, reference = picture(seed, size, spread), picture(seed + 1, other, 60 - spread)
    draw = np.random.default_rng(seed)
    grids = [
        [draw.normal(size=(h, w, 5)).astype(np.float32) for h, w in ((1, 2), (3, 4))]
        for _ in range(2)
    ]
    reference = Reference(reference.L, reference.ab, grids[0] if seen else ())
    lent = lend_colors(key.L, key.ab, [reference], features=grids[1])
    assert lent.shape == key.ab.shape
    assert lent.dtype == np.float32
    assert np.abs(lent).max() <= MOST_CHROMA


def test_a_lively_palette_does_not_leave_what_can_be_shown() -> None:
    L = np.full((20, 20), 50, np.float32)
    ab = np.random.default_rng(0).normal(0, 20, (20, 20, 2)).astype(np.float32)
    ab[3, 3] = 100
    theirs = np.where(np.arange(20)[:, None, None] % 2, 0, np.full((20, 20, 2), 110))
    lent = lend_colors(L, ab, [Reference(L, theirs.astype(np.float32))])
    assert lent[3, 3] == pytest.approx((MOST_CHROMA, MOST_CHROMA))


def test_the_palette_comes_nearer_to_the_photographs() -> None:
    key, reference = picture(1, spread=8), picture(2, spread=8)
    lent = lend_colors(key.L, key.ab, [reference])

    def distance(ab: Floats) -> float:
        return float(np.abs(ab.mean((0, 1)) - reference.ab.mean((0, 1))).max())

    assert distance(lent) < 0.6 * distance(key.ab)
    half = lend_colors(key.L, key.ab, [reference], strength=0.5)
    assert half == pytest.approx((lent + key.ab) / 2, abs=0.01)


def test_each_third_of_the_luma_has_its_palette() -> None:
    L = np.tile(np.linspace(0, 100, 90, dtype=np.float32), (20, 1))
    ab = np.zeros((20, 90, 2), np.float32)
    theirs = ab.copy()
    theirs[:, :30], theirs[:, 60:] = (0, -40), (20, 40)
    lent = lend_colors(L, ab, [Reference(L, theirs)])
    assert (lent[:, :10, 1] < -10).all()
    assert (lent[:, 80:, 1] > 10).all()
    # no steps between them
    assert np.abs(np.diff(lent, axis=1)).max() < 3


def test_exposure_of_the_photograph_does_not_matter() -> None:
    L = np.tile(np.linspace(0, 100, 90, dtype=np.float32), (20, 1))
    theirs = np.dstack([L - 50, 50 - L])
    ab = np.zeros_like(theirs)
    bright, dark = (lend_colors(L, ab, [Reference(x, theirs)]) for x in (L, L * 0.4))
    assert dark == pytest.approx(bright, abs=1e-3)


@pytest.mark.parametrize("chroma", [0, 1.0])
def test_a_photograph_without_colours_lends_nothing(chroma: float) -> None:
    key, colored = picture(3), picture(4)
    grey = Reference(colored.L, np.full_like(colored.ab, chroma))
    assert np.array_equal(lend_colors(key.L, key.ab, [grey]), key.ab)
    both = lend_colors(key.L, key.ab, [grey, colored])
    assert np.array_equal(both, lend_colors(key.L, key.ab, [colored]))


def content() -> tuple[np.ndarray, Reference]:
    """Kinds of things in a keyframe, and a photograph that shows two of them elsewhere."""
    kinds = np.zeros((12, 16), int)
    kinds[:, 6:] = 1
    kinds[8:, :] = 2
    theirs = np.full((12, 16), 1)
    theirs[:, 9:] = 0
    ab = np.array([(40, 10), (-30, 30)], np.float32)[theirs]
    L = np.full((12, 16), 50, np.float32)
    return kinds, Reference(L, ab, places(theirs))


def test_things_that_are_found_again_take_their_colour() -> None:
    kinds, reference = content()
    L, ab = np.full((24, 32), 50, np.float32), np.zeros((24, 32, 2), np.float32)
    lent = lend_colors(L, ab, [reference], features=places(kinds))
    assert np.abs(lent[4, 4] - (40, 10)).max() < 6
    assert np.abs(lent[4, 28] - (-30, 30)).max() < 6
    # What the photograph does not show has its palette alone, whose mean is about (9, 19).
    plain = lend_colors(L, ab, [Reference(reference.L, reference.ab)])
    assert np.abs(lent[22, 16] - ab[22, 16]).max() < 25
    assert np.abs(plain[4, 4] - (40, 10)).max() > 15


def test_of_two_photographs_each_place_takes_the_better_match() -> None:
    kinds, _ = content()
    L, ab = np.full((12, 16), 50, np.float32), np.zeros((12, 16, 2), np.float32)
    features = places(kinds)
    first, second = (
        Reference(L, np.full((12, 16, 2), color, np.float32), places(shown))
        for color, shown in (
            ((40, 0), np.where(kinds == 0, 0, 5)),
            ((-40, 0), np.where(kinds == 1, 1, 6)),
        )
    )
    for lent in ([first, second], [second, first]):
        result = lend_colors(L, ab, lent, features=features)
        assert result[3, 2, 0] > 30
        assert result[3, 13, 0] < -30


def test_a_photograph_is_read_and_shrunk() -> None:
    rgb = np.zeros((3000, 300, 3), np.uint8)
    rgb[...] = (255, 0, 0)
    L, ab = lab_of_reference(rgb)
    assert L.shape == (1024, 102)
    assert L[5, 5] == pytest.approx(53.2, abs=0.1)
    assert ab[5, 5] == pytest.approx((80.1, 67.2), abs=0.1)
    assert lab_of_reference(rgb[:1, :1])[0].shape == (1, 1)


@pytest.mark.parametrize(
    "rgb",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
    ids=["grey", "alpha", "float", "empty"],
)
def test_what_is_no_photograph_is_refused(rgb: np.ndarray) -> None:
    with pytest.raises(UsageError, match="8 bits"):
        lab_of_reference(rgb)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_that_is_none_is_refused(strength: float) -> None:
    one = picture(1)
    with pytest.raises(UsageError, match="strength"):
        lend_colors(one.L, one.ab, [one], strength=strength)
