"""CIE L*a*b* of sRGB colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats

RGB8 = NDArray[np.uint8]
"""R'G'B' pixels, shape (height, width, 3), full range."""


def lab_from_rgb(rgb: RGB8) -> Floats:
    """Return L, a, b of sRGB pixels for D65; float32, the same shape."""
    from skimage.color import rgb2lab  # it brings SciPy, which takes time that few runs need

    return np.asarray(rgb2lab(rgb * np.float32(1 / 255)), dtype=np.float32)
