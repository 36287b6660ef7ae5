"""Whether two pictures show the same scene, whatever moved and however the light flickered."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

COARSE = (48, 36)
"""Width and height in pixels; detail beyond that is grain and scratches."""
FINE = (96, 72)

_BLOCK = 12
_REACH = {COARSE: 6, FINE: 8}
"""Pixels by which a block may have moved: an eighth (or a twelfth) of the picture's width, from
one frame to the next, is a fast pan."""
_GRAIN = 2.0
"""Standard deviation in code values below which a block shows nothing but grain and noise."""

SmallPicture = NDArray[np.uint8]
"""uint8, of the size `COARSE` or `FINE`, so of shape (36, 48) or (72, 96)."""


def small_picture(luma: NDArray[np.uint8], size: tuple[int, int]) -> SmallPicture:
    """Return luma, uint8 (height, width), as a smooth picture of a size for comparisons.

    Films of all shapes come out in the same: nothing here needs square pixels.
    """
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (3, 3), 0), dtype=np.uint8)


def similarity(one: SmallPicture, other: SmallPicture) -> float:
    """Return how well each of two pictures can be put together from pieces of the other.

    1 for the same picture, also when it is lighter or darker or when things moved; about 0.6 for
    pictures that have nothing to do with each other. Both are of the same size.
    """
    return min(_found(one, other), _found(other, one))


def _found(pieces: SmallPicture, whole: SmallPicture) -> float:
    """Return the mean normalized cross-correlation of the blocks of one picture with the places
    of the other that they fit best; weighted by the contrast of the blocks."""
    height, width = pieces.shape
    reach = _REACH[(width, height)]
    blocks = pieces.reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    weights = np.maximum(blocks.std(axis=(1, 3)) - _GRAIN, 0)
    if not weights.any():
        return 1.0
    around = cv2.copyMakeBorder(whole, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    size = _BLOCK + 2 * reach
    total = 0.0
    for row, column in zip(*weights.nonzero(), strict=True):
        top, left = row * _BLOCK, column * _BLOCK
        block = pieces[top : top + _BLOCK, left : left + _BLOCK]
        near = around[top : top + size, left : left + size]
        fits = cv2.matchTemplate(near, block, cv2.TM_CCOEFF_NORMED)
        total += float(weights[row, column]) * max(0.0, cv2.minMaxLoc(fits)[1])
    return total / float(weights.sum())
