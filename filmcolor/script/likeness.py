"""How alike places of pictures are to a network's eye."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats

_CHANNELS_AT_ONCE = 64  # cv2.resize takes a few hundred at most
_LEAST_DEVIATION = 1e-3


def finest(features: Sequence[Floats]) -> tuple[int, int]:
    """Return (height, width) of the feature grid with the most cells."""
    height, width = max((grid.shape[:2] for grid in features), key=lambda size: size[0] * size[1])
    return height, width


def place_vectors(features: Sequence[Floats], size: tuple[int, int]) -> Floats:
    """Return one vector for each cell of a grid; float32, shape (height * width, channels).

    The product of two of them is how alike their places are, 1 at most: each grid's channels have
    mean 0 and deviation 1 over the picture, each place's vector has unit length, and grids count
    alike.

    Args:
        features: a network's activations, each float32 (h_i, w_i, c_i).
        size: (height, width) of the grid.
    """
    parts = [_unit(_resized(_standardised(grid), size)) for grid in features]
    vectors = np.concatenate(parts, axis=2) / np.sqrt(np.float32(len(parts)))
    return np.ascontiguousarray(vectors.reshape(size[0] * size[1], -1), dtype=np.float32)


def _standardised(grid: Floats) -> Floats:
    centred = grid - grid.mean((0, 1))
    return np.asarray(centred / (grid.std((0, 1)) + _LEAST_DEVIATION), np.float32)


def _unit(grid: Floats) -> Floats:
    length = np.linalg.norm(grid, axis=2, keepdims=True)
    return np.asarray(grid / (length + 1e-6), np.float32)


def _resized(grid: Floats, size: tuple[int, int]) -> Floats:
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
    return np.asarray(np.concatenate(parts, axis=2), np.float32)
