"""Values of a picture's places on grids of other sizes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats

EDGE_OF_L = 6.0
"""Difference of lightness between neighbours that counts as an edge."""
LEAK = 2e-4
"""What goes over any edge: no place is quite without a colour."""


def affinity(difference_of_L: Floats) -> Floats:
    """Return how much two neighbours belong together, 0..1, by their difference in L."""
    alike = np.exp(-((difference_of_L / np.float32(EDGE_OF_L)) ** 2))
    return np.asarray(alike + np.float32(LEAK), np.float32)


def resized(values: Floats, size: tuple[int, ...]) -> Floats:
    """Return a picture, float32 (h, w) or (h, w, c), at another size (height, width)."""
    if values.shape[:2] == size:
        return values
    how = cv2.INTER_AREA if size[0] < values.shape[0] else cv2.INTER_CUBIC
    smaller = cv2.resize(values, size[::-1], interpolation=how)
    return np.asarray(smaller.reshape(*size, *values.shape[2:]), np.float32)


def averaged(values: Floats, size: tuple[int, ...]) -> Floats:
    """Return a picture, float32 (h, w) or (h, w, c), at another size (height, width).

    Means of areas where it gets smaller, straight lines between its values where it grows: nothing
    lies outside of what there was.
    """
    if values.shape[:2] == tuple(size):
        return values
    how = cv2.INTER_AREA if size[0] < values.shape[0] else cv2.INTER_LINEAR
    changed = cv2.resize(values, (size[1], size[0]), interpolation=how)
    return np.asarray(changed, np.float32).reshape(*size, *values.shape[2:])


def upsampled(values: Floats, small: Floats, large: Floats) -> Floats:
    """Return values of cells at a larger size, each pixel from those cells around that it is like.

    Kopf, Cohen, Lischinski and Uyttendaele, "Joint Bilateral Upsampling" (2007).

    Args:
        values: float32 (h, w, c).
        small: lightness of the cells, 0..100, float32 (h, w).
        large: lightness of the pixels, float32 (H, W).
    """
    if small.shape == large.shape:
        return values
    rows, columns = (_places(n, m) for n, m in zip(large.shape, small.shape, strict=True))
    total = np.zeros((*large.shape, 1), np.float32)
    result = np.zeros((*large.shape, values.shape[2]), np.float32)
    for above, share_of_row in rows:
        for left, share_of_column in columns:
            weight = affinity(large - small[above][:, left])
            weight *= np.outer(share_of_row, share_of_column)
            total += weight[..., None]
            result += weight[..., None] * values[above][:, left]
    return np.asarray(result / total, np.float32)


def _places(count: int, cells: int) -> list[tuple[NDArray[np.intp], Floats]]:
    """Return for each of `count` pixels in a line the cells before and after, and their shares."""
    places = np.clip((np.arange(count) + 0.5) * (cells / count) - 0.5, 0, cells - 1)
    before = places.astype(np.intp)
    share = (places - before).astype(np.float32)
    return [(before, 1 - share), (np.minimum(before + 1, cells - 1), share)]
