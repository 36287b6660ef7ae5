"""From YUV codes back to R'G'B' and Lab, written from the standards and with scikit-image."""

from __future__ import annotations

from typing import Any

import numpy as np
from skimage.color import rgb2lab

from filmcolor.color.colorspace import YUVEncoding


def rgb_of_differences(y: Any, cb: Any, cr: Any, kr: float, kb: float) -> np.ndarray:
    """R'G'B', not clipped, of Y' in 0..1 and Cb, Cr in -0.5..0.5 (BT.709 section 3.3)."""
    red = y + 2 * (1 - kr) * cr
    blue = y + 2 * (1 - kb) * cb
    green = (y - kr * red - kb * blue) / (1 - kr - kb)
    return np.stack([red, green, blue], axis=-1)


def rgb_of_codes(luma: Any, u: Any, v: Any, encoding: YUVEncoding) -> np.ndarray:
    """R'G'B', not clipped, of what lies in the planes (BT.709 section 3.4 and 4.6)."""
    scale = 1 << (encoding.depth - 8)
    top = (1 << encoding.depth) - 1
    black, luma_span, chroma_span = (
        (0, top, top) if encoding.full_range else (16 * scale, 219 * scale, 224 * scale)
    )
    y = (np.asarray(luma, np.float64) - black) / luma_span
    cb = (np.asarray(u, np.float64) - 128 * scale) / chroma_span
    cr = (np.asarray(v, np.float64) - 128 * scale) / chroma_span
    return rgb_of_differences(y, cb, cr, encoding.matrix.kr, encoding.matrix.kb)


def ab_of_rgb(rgb: np.ndarray) -> np.ndarray:
    """CIE a and b of R'G'B' colours, clipped to 0..1 before."""
    return rgb2lab(np.clip(rgb, 0, 1))[..., 1:]


def hue_angle(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The angle between the hues of two ab arrays, in degrees."""
    turn = np.arctan2(one[..., 1], one[..., 0]) - np.arctan2(other[..., 1], other[..., 0])
    return np.degrees(np.abs(np.angle(np.exp(1j * turn))))
