"""Which place of one picture is which place of another, to a network's eye.

A network's features of alike places are alike once what they all have in common is taken off: each
channel gets mean 0 and deviation 1 over the whole film, each place's vector unit length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.floating]
"""One feature vector a cell, (h, w, c), in single or half precision."""
Features = Sequence[Grid]
"""Of one keyframe, coarse to fine, as in `filmcolor.networks.Look`."""

POSITION_PRIOR = 0.15
_LEAST_DEVIATION = 1e-6
_CHANNELS_AT_ONCE = 64  # cv2.resize takes no more than a few hundred
_FAR = 1.2
"""Cells between a place and where it comes back to, there and back, at which confidence is 1/e."""
_NO_LIKENESS, _FULL_LIKENESS = 0.2, 0.6


@dataclass(frozen=True)
class FeatureScale:
    """Mean and deviation of each channel of each of a film's feature grids."""

    levels: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]
    """Mean and deviation (c_i,) of each grid, coarse to fine."""

    @classmethod
    def of(cls, keyframes: Iterable[Features]) -> FeatureScale:
        """Measure those of a film's keyframes, at least one; they may be given one by one.

        Raises `ValueError` when there are none or their channels differ.
        """
        sums: list[tuple[int, NDArray[np.float64], NDArray[np.float64]]] = []
        for features in keyframes:
            grids = [np.reshape(grid, (-1, grid.shape[-1])).astype(np.float64) for grid in features]
            if not sums:
                sums = [(0, np.zeros(x.shape[1]), np.zeros(x.shape[1])) for x in grids]
            if [x.shape[1] for x in grids] != [total.size for _, total, _ in sums]:
                raise ValueError("Features of one film must have the same channels.")
            sums = [
                (count + len(x), total + x.sum(0), squares + np.einsum("ij,ij->j", x, x))
                for x, (count, total, squares) in zip(grids, sums, strict=True)
            ]
        if not sums:
            raise ValueError("There are no features to measure.")
        levels = []
        for count, total, squares in sums:
            mean = total / count
            deviation = np.sqrt(np.maximum(squares / count - mean**2, 0)) + _LEAST_DEVIATION
            levels.append((mean.astype(np.float32), deviation.astype(np.float32)))
        return cls(tuple(levels))

    def unit(self, grid: Grid, level: int = 0) -> Grid:
        """Return a grid of one level with vectors of unit length, float32 (h, w, c)."""
        mean, deviation = self.levels[level]
        scaled = (grid - mean) / deviation
        length = np.sqrt(np.einsum("ijk,ijk->ij", scaled, scaled))[..., None]
        return np.asarray(scaled / np.maximum(length, _LEAST_DEVIATION), np.float32)

    def vectors(self, features: Features) -> Grid:
        """Return all levels together at the size of the finest, unit vectors (h, w, c)."""
        size = features[-1].shape[:2]
        parts = [_resized(self.unit(grid, level), size) for level, grid in enumerate(features)]
        together = np.concatenate(parts, axis=2)
        return np.asarray(together / np.sqrt(np.float32(len(parts))), np.float32)


@dataclass(frozen=True)
class PlaceMatch:
    """Where the places of one picture are in another; see `match_places`."""

    coordinates: NDArray[np.float32]
    """x and y in the other picture as shares of its width and height, 0..1, (h, w, 2)."""
    confidence: NDArray[np.float32]
    """0..1, (h, w)."""


def match_places(
    here: Features,
    there: Features,
    scale: FeatureScale,
    *,
    position_prior: float = POSITION_PRIOR,
) -> PlaceMatch:
    """Find each cell of one keyframe's finest grid in another keyframe.

    A cell is believed where it is alike and where the way back leads near to where it began.

    Args:
        here: features of the keyframe whose cells are looked for.
        there: those of the keyframe in which they are found, of the same network.
        scale: that of the film.
        position_prior: what a cell's likeness (1 at most) loses for lying elsewhere, times the
            square of the distance in shares of width and height; 0 for none.
    """
    a, b = scale.vectors(here), scale.vectors(there)
    place_a, place_b = _centres(a), _centres(b)
    likeness = a.reshape(-1, a.shape[2]) @ b.reshape(-1, b.shape[2]).T
    score = likeness
    if position_prior:
        rows, columns = (_distances(a.shape[axis], b.shape[axis]) for axis in (0, 1))
        far = rows[:, None, :, None] + columns[None, :, None, :]
        score = likeness - np.float32(position_prior) * far.reshape(likeness.shape)
    forth, back = score.argmax(1), score.argmax(0)
    returned = place_a[back[forth]]
    cells = (returned - place_a) * np.array([a.shape[1], a.shape[0]], np.float32)
    near = np.exp(-((cells**2).sum(1)) / _FAR**2)
    best = np.take_along_axis(likeness, forth[:, None], axis=1)[:, 0]
    alike = np.clip((best - _NO_LIKENESS) / (_FULL_LIKENESS - _NO_LIKENESS), 0, 1)
    shape = a.shape[:2]
    return PlaceMatch(
        place_b[forth].reshape(*shape, 2), (near * alike).astype(np.float32).reshape(shape)
    )


def _distances(count: int, other: int) -> NDArray[np.float32]:
    """Return squared distances of the middles of two grids' rows, in shares of the height."""
    here, there = ((np.arange(n, dtype=np.float32) + 0.5) / n for n in (count, other))
    return np.asarray((here[:, None] - there[None]) ** 2, np.float32)


def _centres(grid: Grid) -> NDArray[np.float32]:
    """Return x and y of each cell's middle as shares of width and height, (h * w, 2)."""
    height, width = grid.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([(x.ravel() + 0.5) / width, (y.ravel() + 0.5) / height], axis=1)


def _resized(grid: Grid, size: tuple[int, ...]) -> Grid:
    if grid.shape[:2] == size:
        return grid
    parts = [
        cv2.resize(
            np.ascontiguousarray(grid[..., first : first + _CHANNELS_AT_ONCE]),
            size[::-1],
            interpolation=cv2.INTER_LINEAR,
        ).reshape(*size, -1)
        for first in range(0, grid.shape[2], _CHANNELS_AT_ONCE)
    ]
    return np.concatenate(parts, axis=2)
