"""Where a picture was really repainted, compared with what it was before.

Only hue and saturation count: the luma of the film stays as it is. In more or less light, a and b
of a colour grow with L + 16, or with 3 L where that is less (CIE 15, section 8.2.1); curves of
single channels make them shrink as much. So what has moved along that line, and no farther, was not
repainted.
"""

from __future__ import annotations

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.color.lab import RGB8, lab_from_rgb
from filmcolor.media.pictures.picture import strips
from filmcolor.script.given import GivenColors

_CHANGED = 3.0
"""Distance in ab that is a change: rounding to 8 bits makes at most 2 where something is to be
seen, and less than 2 is hardly seen at all."""
_CHANGED_WITH_NOISE = 6.0
"""The same where the picture was compressed or resized; then of the mean around each place."""
_NOISE = 1.5
"""Pixels over which noise is averaged (standard deviation), at 480 lines."""
_LEAST_SIZE = 3
"""Pixels, at 480 lines: narrower than that, what was compressed shows edges, not paint."""
_MOST_LIGHTER = 4.0
_HOLES = 5
"""Pixels, at 480 lines: up to this size, holes and cracks in what was painted are filled."""
_FEATHER = 1.0
"""Pixels, at 480 lines, over which paint goes over into the network's colours."""


def repainted(painted: RGB8, original: RGB8, *, noisy: bool) -> GivenColors:
    """Return the colours of a picture, and where they were painted.

    Args:
        painted: R'G'B', uint8, shape (h, w, 3).
        original: the same before.
        noisy: whether `painted` was compressed, or had another size.

    Returns:
        Of the same size; the weight is 1 wherever there is paint.

    Example:
        >>> grey = np.full((48, 64, 3), 120, np.uint8)
        >>> green = grey.copy()
        >>> green[10:20, 10:20] = (60, 140, 70)
        >>> float(repainted(green, grey, noisy=False).weight[15, 15])
        1.0
        >>> bool(repainted(grey, grey, noisy=False).weight.any())
        False
    """
    height, width = painted.shape[:2]
    ab = np.empty((height, width, 2), np.float32)
    off = np.empty((height, width, 2), np.float32)
    for strip in strips(height, width):
        now, before = lab_from_rgb(painted[strip]), lab_from_rgb(original[strip])
        ab[strip] = now[..., 1:]
        off[strip] = _off(now, before)
    scale = height / 480
    least = _CHANGED
    if noisy:
        off = np.asarray(cv2.GaussianBlur(off, (0, 0), max(1.0, _NOISE * scale)), np.float32)
        least = _CHANGED_WITH_NOISE
    mask: np.ndarray = (np.hypot(off[..., 0], off[..., 1]) > least).astype(np.uint8)
    if noisy:
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(_LEAST_SIZE * scale))
    if mask.any():
        border = np.pad(mask, (reach := max(2, round(_HOLES * scale))))  # edges close, too
        closed = cv2.morphologyEx(border, cv2.MORPH_CLOSE, _disc(_HOLES * scale))
        mask = closed[reach:-reach, reach:-reach]
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.7, _FEATHER * scale))
    return GivenColors(ab, np.maximum(mask, np.asarray(soft, np.float32)).astype(np.float32))


def _off(now: Floats, before: Floats) -> Floats:
    """Return by how much ab has left what other brightness alone can do; shape (h, w, 2)."""
    lighter = np.minimum(_scale_of_ab(now) / _scale_of_ab(before), _MOST_LIGHTER)
    along = before[..., 1:] * (lighter - 1)
    moved = now[..., 1:] - before[..., 1:]
    length = np.maximum((along**2).sum(axis=2, keepdims=True), np.float32(1e-6))
    share = np.clip((moved * along).sum(axis=2, keepdims=True) / length, -1, 1)
    return np.asarray(moved - share * along, np.float32)


def _scale_of_ab(lab: Floats) -> Floats:
    L = lab[..., :1]
    return np.asarray(np.maximum(np.minimum(L + 16, 3 * L), 1), np.float32)


def _disc(size: float) -> np.ndarray:
    side = max(3, round(size) | 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
