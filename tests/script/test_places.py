"""Each place of a picture is found in another one that shows it too, and is only believed there."""

from __future__ import annotations

import numpy as np
import pytest

from filmcolor.script.places import FeatureScale, match_places

COARSE, FINE = (6, 8, 96), (12, 16, 64)
Features = tuple[np.ndarray, np.ndarray]


def keyframe(seed: int) -> Features:
    rng = np.random.default_rng(seed)
    fine = rng.normal(0, 1, FINE).astype(np.float32)
    return rng.normal(0, 1, COARSE).astype(np.float32), fine


def changed(features: Features, *, shift: int = 0, noise: float = 0.3) -> Features:
    """The same place, `shift` coarse cells further right, with noise."""
    rng = np.random.default_rng(9)
    coarse, fine = (
        np.roll(grid, steps, axis=1) + rng.normal(0, noise, grid.shape)
        for grid, steps in zip(features, (shift, 2 * shift), strict=True)
    )
    return coarse.astype(np.float32), fine.astype(np.float32)


def scale_of(*keyframes: Features) -> FeatureScale:
    return FeatureScale.of([*keyframes, *(keyframe(seed) for seed in range(50, 56))])


def own_places() -> np.ndarray:
    y, x = np.mgrid[: FINE[0], : FINE[1]]
    return np.stack([(x + 0.5) / FINE[1], (y + 0.5) / FINE[0]], axis=2)


def test_a_place_is_where_it_was() -> None:
    here = keyframe(1)
    there = changed(here)
    found = match_places(here, there, scale_of(here, there))
    assert found.coordinates.shape == (*FINE[:2], 2)
    assert found.confidence.shape == FINE[:2]
    assert found.coordinates.dtype == found.confidence.dtype == np.float32
    np.testing.assert_allclose(found.coordinates, own_places(), atol=1e-6)
    assert found.confidence.mean() > 0.9


def test_what_has_moved_is_found_where_it_is() -> None:
    here = keyframe(1)
    there = changed(here, shift=2)
    found = match_places(here, there, scale_of(here, there))
    inside = np.s_[:, :12]  # the rest has left the picture (the grids are rolled)
    expected = own_places() + np.array([0.25, 0])
    np.testing.assert_allclose(found.coordinates[inside], expected[inside], atol=1e-6)
    assert found.confidence[inside].mean() > 0.9


def test_another_place_is_not_believed() -> None:
    here, there = keyframe(1), keyframe(2)
    found = match_places(here, there, scale_of(here, there))
    assert found.confidence.mean() < 0.1
    assert found.confidence.min() >= 0
    half = changed(here)
    for grid, other in zip(half, there, strict=True):
        grid[: grid.shape[0] // 2] = other[: grid.shape[0] // 2]
    found = match_places(here, half, scale_of(here, half))
    assert found.confidence[:5].mean() < 0.15
    assert found.confidence[7:].mean() > 0.85


def test_among_alike_places_the_nearest_one_is_taken() -> None:
    tile = np.random.default_rng(3).normal(0, 1, (6, 2, 96))
    coarse = np.tile(tile, (1, 4, 1)).astype(np.float32)
    here: tuple[np.ndarray, ...] = (coarse,)
    scale = FeatureScale.of([here, (np.random.default_rng(4).normal(0, 1, COARSE),)])
    found = match_places(here, here, scale)
    x = np.mgrid[:6, :8][1]
    np.testing.assert_allclose(found.coordinates[..., 0], (x + 0.5) / 8, atol=1e-6)
    free = match_places(here, here, scale, position_prior=0)
    assert np.abs(free.coordinates[..., 0] - (x + 0.5) / 8).max() > 0.2


def test_keyframes_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match="same channels"):
        FeatureScale.of([keyframe(1), (np.zeros((2, 2, 5), np.float32),)])
    with pytest.raises(ValueError, match="no features"):
        FeatureScale.of([])
