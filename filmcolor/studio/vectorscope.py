"""The vectorscope: which colours a picture has, as a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.lab import lab_from_rgb

SIDE = 192
_REACH = 80.0
"""Of a and b, from the middle to the edge."""
_BINS = 96
_RINGS = (20, 40, 60)
_SKIN = 58.0
"""Degrees, from a to b: about where all skin lies, the light and the dark."""


def vectorscope(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return how often each a and b comes in a picture, uint8 (192, 192, 3); b points up.

    `rgb`: sRGB, uint8 (h, w, 3). Each place has its own colour, the brighter the more often it
    comes; rings stand at chroma 20, 40 and 60, a line where skin lies.
    """
    lab = lab_from_rgb(rgb).reshape(-1, 3)
    edges = np.linspace(-_REACH, _REACH, _BINS + 1)
    inside = np.clip(lab[:, 1:], -_REACH + 0.01, _REACH - 0.01)
    counts, _, _ = np.histogram2d(inside[:, 1], inside[:, 0], bins=(edges, edges))
    shown = np.log1p(counts) / np.log1p(max(20.0, counts.max()))
    shown = cv2.resize(shown[::-1].astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(
        np.rint(_graticule() * (1 - shown[..., None]) + _wheel() * shown[..., None]), np.uint8
    )


def _wheel() -> NDArray[np.float32]:
    b, a = np.meshgrid(
        np.linspace(_REACH, -_REACH, SIDE), np.linspace(-_REACH, _REACH, SIDE), indexing="ij"
    )
    chroma = np.maximum(np.hypot(a, b), 1e-6)
    livelier = np.maximum(1, 24 / chroma)  # near the middle all would be grey
    lab = np.dstack([np.full_like(a, 70), a * livelier, b * livelier]).astype(np.float32)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB) * 255, np.float32)


def _graticule() -> NDArray[np.float32]:
    ground = np.full((SIDE, SIDE, 3), 24, np.uint8)
    middle, line = (SIDE // 2, SIDE // 2), (74, 74, 74)
    for ring in _RINGS:
        radius = round(ring / _REACH * SIDE / 2)
        cv2.circle(ground, middle, radius, line, 1, cv2.LINE_AA)
    cv2.line(ground, (middle[0], 0), (middle[0], SIDE), line, 1)
    cv2.line(ground, (0, middle[1]), (SIDE, middle[1]), line, 1)
    angle = np.deg2rad(_SKIN)
    end = (round(middle[0] + np.cos(angle) * SIDE / 2), round(middle[1] - np.sin(angle) * SIDE / 2))
    cv2.line(ground, middle, end, (120, 104, 92), 1, cv2.LINE_AA)
    return ground.astype(np.float32)
