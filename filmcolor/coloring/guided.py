"""Brings ab from the network's small size to the picture's size, along the edges of the luma.

He, Sun, Tang, "Guided Image Filtering" (TPAMI 2013), in the fast form of He and Sun, "Fast Guided
Filter" (arXiv:1505.00996): around each small pixel, ab is a straight line of the luma; the
lines' coefficients are found at the small size and applied at the large one, so that colour ends
where the luma does.
"""

from __future__ import annotations

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats

_RADIUS = 1
"""Of the windows, in pixels of ab: 3 x 3 of them."""

_EPSILON = 0.05**2
"""What counts as an edge: differences of luma of about 0.05 and less are smoothed over."""

_GUIDED_FROM = 1.5
"""Enlargement from which guidance pays; below it ab has all the detail there is."""


def upsample_ab(ab: Floats, guide: Floats) -> Floats:
    """Return ab at the size of `guide`; float32, shape (height, width, 2).

    `ab`: float32, shape (h, w, 2), any units; `guide`: luma, float32 in 0..1, shape
    (height, width). ab that is larger, or hardly smaller, than the guide is just resized.
    """
    if not is_guided(ab.shape[:2], guide.shape):
        return resize_ab(ab, *guide.shape)
    return apply_coefficients(guided_coefficients(ab, guide), guide)


def is_guided(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Return whether ab of one size (height, width) gains by guidance at another."""
    return min(large[0] / small[0], large[1] / small[1]) >= _GUIDED_FROM


def guided_coefficients(ab: Floats, guide: Floats) -> Floats:
    """Return the coefficients of ab as straight lines of the luma; float32, shape (h, w, 4).

    The last axis holds the slopes of a and b by luma, then the offsets. `ab`: float32, shape
    (h, w, 2); `guide`: luma, float32 in 0..1, at a larger size.
    """
    height, width = ab.shape[:2]
    small: Floats = np.asarray(
        cv2.resize(guide, (width, height), interpolation=cv2.INTER_AREA), np.float32
    )
    mean = _mean(small)
    variance = _mean(small * small) - mean * mean
    mean_ab = _mean(ab)
    covariance = _mean(ab * small[..., None]) - mean_ab * mean[..., None]
    slope = covariance / (np.maximum(variance, 0) + _EPSILON)[..., None]
    return _mean(np.concatenate([slope, mean_ab - slope * mean[..., None]], axis=-1))


def apply_coefficients(coefficients: Floats, luma: Floats) -> Floats:
    """Return ab of luma by `guided_coefficients`; float32, shape (height, width, 2).

    `coefficients` may be of any size; `luma`: float32, shape (height, width), as they expect it.
    In memory a and b are planes: this is done for every frame at its full chroma size.
    """
    height, width = luma.shape
    slopes_and_offsets = cv2.split(coefficients)
    planes = np.empty((2, height, width), np.float32)
    for plane, slope, offset in zip(
        planes, slopes_and_offsets[:2], slopes_and_offsets[2:], strict=True
    ):
        cv2.resize(slope, (width, height), dst=plane, interpolation=cv2.INTER_LINEAR)
        cv2.multiply(plane, luma, dst=plane)
        large = cv2.resize(offset, (width, height), interpolation=cv2.INTER_LINEAR)
        cv2.add(plane, large, dst=plane)
    ab: Floats = planes.transpose(1, 2, 0)
    return ab


def apply_coefficients_in_rows(
    coefficients: Floats, luma: Floats, first: int, height: int
) -> Floats:
    """Return what `apply_coefficients` returns for some rows; float32, shape (rows, width, 2).

    `luma`: float32, shape (rows, width): the rows from `first` on of a picture of `height` rows.
    How many rows are asked for at a time changes nothing about them. Single values may differ from
    `apply_coefficients` by a rounding error.
    """
    rows, width = luma.shape
    # Where cv2.resize looks: pixels are areas, and what is outside is as the edge.
    places = (np.arange(first, first + rows) + 0.5) * (len(coefficients) / height) - 0.5
    places = np.clip(places, 0, len(coefficients) - 1)
    above = places.astype(np.intp)
    below = np.minimum(above + 1, len(coefficients) - 1)
    weight = (places - above).astype(np.float32)[:, None]
    start, end = above[0], below[-1] + 1
    ab = np.empty((rows, width, 2), np.float32)
    for channel in range(2):
        slope, offset = (
            cv2.resize(
                coefficients[start:end, :, at], (width, end - start), interpolation=cv2.INTER_LINEAR
            )
            for at in (channel, channel + 2)
        )
        plane = slope[above - start] * (1 - weight) + slope[below - start] * weight
        plane *= luma
        plane += offset[above - start] * (1 - weight) + offset[below - start] * weight
        ab[..., channel] = plane
    return ab


def _mean(values: Floats) -> Floats:
    side = 2 * _RADIUS + 1
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def resize_ab(ab: Floats, height: int, width: int) -> Floats:
    """Return `ab` (h, w, 2) at another size; float32, shape (height, width, 2)."""
    if ab.shape[:2] == (height, width):
        return ab
    shrinking = height < ab.shape[0]
    how = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(ab, (width, height), interpolation=how), dtype=np.float32)
