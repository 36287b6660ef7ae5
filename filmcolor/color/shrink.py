"""A luma plane made smaller, quickly."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Plane


def shrink(luma: Plane, depth: int, height: int, width: int) -> NDArray[np.uint8]:
    """Return a luma plane at a smaller size and 8 bits; uint8, shape (height, width).

    `luma`: uint8 or uint16 with `depth` bits a sample; it is not changed and need not be
    contiguous.
    """
    # Halving is the one ratio for which OpenCV has a fast path: 50 times faster than at once.
    while min(luma.shape[0] // height, luma.shape[1] // width) >= 2:
        rows, columns = luma.shape[0] // 2, luma.shape[1] // 2
        luma = cv2.resize(
            luma[: 2 * rows, : 2 * columns], (columns, rows), interpolation=cv2.INTER_AREA
        )
    if luma.shape != (height, width):
        luma = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    # A copy where nothing was resized: the decoder may use the frame's memory again.
    return np.array(luma >> (depth - 8) if depth > 8 else luma, dtype=np.uint8)
