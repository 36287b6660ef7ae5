"""The colour difference CIEDE2000 between Lab colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats
from filmcolor.color.lab import RGB8, lab_from_rgb

__all__ = ["RGB8", "ciede2000", "lab_from_rgb"]

_25_TO_7 = np.float32(25.0**7)
_DEGREE = np.float32(np.pi / 180)
_TURN = np.float32(2 * np.pi)


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Return the colour difference CIEDE2000 of each pixel; float32, shape (...).

    `one` and `other`: L, a, b, float32, shape (..., 3). After Sharma, Wu and Dalal, "The CIEDE2000
    Color-Difference Formula: Implementation Notes, Supplementary Test Data, and Mathematical
    Observations" (2005), equations 2 to 22, with kL = kC = kH = 1. In single precision: several
    times as fast as scikit-image's `deltaE_ciede2000`, and the same within 0.001 but where hues
    lie opposite each other (there the formula itself jumps).
    """
    L1, a1, b1 = (one[..., channel] for channel in range(3))
    L2, a2, b2 = (other[..., channel] for channel in range(3))
    stretch = 1.5 - 0.5 * _saturating((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2)
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = _hue(a1, b1), _hue(a2, b2)

    turned = h2 - h1
    turned -= _TURN * np.rint(turned / _TURN)
    # The hue of a grey pixel counts as that of the other one (equations 10 and 14).
    grey = c1 * c2 == 0
    mean_h = np.where(grey, h1 + h2, h1 + turned / 2)
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(turned / 2)

    t = (
        1
        - 0.17 * np.cos(mean_h - 30 * _DEGREE)
        + 0.24 * np.cos(2 * mean_h)
        + 0.32 * np.cos(3 * mean_h + 6 * _DEGREE)
        - 0.20 * np.cos(4 * mean_h - 63 * _DEGREE)
    )
    mean_c = (c1 + c2) / 2
    off_middle = ((L1 + L2) / 2 - 50) ** 2
    lightness = (L2 - L1) / (1 + 0.015 * off_middle / np.sqrt(20 + off_middle))
    chroma = (c2 - c1) / (1 + 0.045 * mean_c)
    hue = d_hue / (1 + 0.015 * mean_c * t)
    off_blue = (np.mod(mean_h, _TURN) / _DEGREE - 275) / 25
    rotation = -2 * _saturating(mean_c) * np.sin(60 * _DEGREE * np.exp(-(off_blue**2)))
    squared = lightness**2 + chroma**2 + hue**2 + rotation * chroma * hue
    return np.asarray(np.sqrt(np.maximum(squared, 0)), dtype=np.float32)


def _hue(a: Floats, b: Floats) -> Floats:
    """Return the hue angle in 0..2 pi; 0 where there is none."""
    hue = np.arctan2(b, a)
    return np.asarray(np.where(hue < 0, hue + _TURN, hue), dtype=np.float32)


def _saturating(chroma: NDArray[Any]) -> Floats:
    """Return sqrt(C^7 / (C^7 + 25^7)), of equations 4 and 17."""
    cubed = chroma * chroma * chroma
    power = cubed * cubed * chroma
    return np.asarray(np.sqrt(power / (power + _25_TO_7)), dtype=np.float32)
