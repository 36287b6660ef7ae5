"""How the colours of a shot move is known at some places, and so everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from filmcolor.script.room_colors import ColorChange

HEIGHT, WIDTH = 12, 16


def picture(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    ab = rng.normal(0, 10, (HEIGHT, WIDTH, 2)).astype(np.float32)
    return ab, rng.uniform(0, 100, (HEIGHT, WIDTH)).astype(np.float32)


def known_change(rng: np.random.Generator, count: int, confidence: float = 1.0) -> ColorChange:
    return ColorChange(
        known=rng.normal(0, 2, (count, 3)).astype(np.float32),
        places=rng.uniform(0, 8, (count, 2)).astype(np.float32),
        change=rng.normal(0, 5, (count, 2)).astype(np.float32),
        confidence=np.full(count, confidence, np.float32),
    )


def as_defined(change: ColorChange, ab: np.ndarray, L: np.ndarray) -> np.ndarray:
    """Each place by itself, in double precision: the mean by likeness and nearness."""
    moved = ab.astype(np.float64)
    for y, x in np.ndindex(L.shape):
        own = np.array([L[y, x] / 6, *(ab[y, x] / 5)])
        place = np.array([x, y]) / (HEIGHT * 0.12)
        alike = np.exp(-((change.known - own) ** 2).sum(axis=1))
        near = np.exp(-((change.places - place) ** 2).sum(axis=1))
        say = alike * (0.03 + near) * change.confidence
        moved[y, x] += say @ change.change / (say.sum() + 0.003)
    return moved


@pytest.mark.parametrize("count", [1, 30, 700])
def test_colours_move_as_those_that_are_alike_and_near(count: int) -> None:
    rng = np.random.default_rng(count)
    change, (ab, L) = known_change(rng, count, 0.7), picture(rng)
    moved = change.apply(ab, L)
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, as_defined(change, ab, L), atol=1e-3)


def test_what_is_like_nothing_known_stays() -> None:
    rng = np.random.default_rng(3)
    (ab, L), change = picture(rng), known_change(rng, 50)
    far = ColorChange(change.known + 1000, change.places, change.change, change.confidence)
    np.testing.assert_allclose(far.apply(ab, L), ab, atol=1e-6)
    nothing = known_change(rng, 0)
    assert np.array_equal(nothing.apply(ab, L), ab)
