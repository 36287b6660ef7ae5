"""From luma and chroma to R', G' and B', to be looked at."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats, Matrix, Plane, YUVEncoding

_STRIP_PIXELS = 1 << 20


def rgb_from_luma(luma: Plane, encoding: YUVEncoding, differences: Floats) -> Floats:
    """Return R'G'B' in 0..1 of luma codes and Cb, Cr; float32, shape (height, width, 3).

    The inverse of BT.709 section 3.3 for the matrix of `encoding`.
    """
    values = encoding.luma_values().astype(np.float32)
    y = values[luma]
    matrix: Matrix = encoding.matrix
    red = y + 2 * (1 - matrix.kr) * differences[..., 1]
    blue = y + 2 * (1 - matrix.kb) * differences[..., 0]
    green = (y - matrix.kr * red - matrix.kb * blue) / (1 - matrix.kr - matrix.kb)
    rgb: Floats = np.clip(np.stack([red, green, blue], axis=-1), 0, 1).astype(np.float32)
    return rgb


def rgb_of_planes(luma: Plane, u: Plane, v: Plane, encoding: YUVEncoding) -> NDArray[np.uint8]:
    """Return R'G'B' of a frame's planes; uint8, shape (height, width, 3), that of the luma.

    Chroma of a smaller size is interpolated linearly, its samples amid those of the luma.
    """
    height, width = luma.shape
    differences = np.empty((height, width, 2), np.float32)
    for channel, plane in enumerate((u, v)):
        values = (plane.astype(np.float32) - encoding.chroma_zero) / encoding.chroma_span
        differences[..., channel] = cv2.resize(
            values, (width, height), interpolation=cv2.INTER_LINEAR
        )
    rgb = np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIP_PIXELS // width)
    for first in range(0, height, rows):
        strip = slice(first, first + rows)
        rgb[strip] = 255 * rgb_from_luma(luma[strip], encoding, differences[strip]) + 0.5
    return rgb


def grey_rgb(luma: Plane, encoding: YUVEncoding) -> NDArray[np.uint8]:
    """Return R'G'B' of a frame without colour; uint8, shape (height, width, 3)."""
    codes = (255 * encoding.luma_values() + 0.5).astype(np.uint8)
    return np.repeat(codes[luma][..., None], 3, axis=2)
