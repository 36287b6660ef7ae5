"""Strokes of colour on a transparent picture."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import UsageError
from filmcolor.script.hints import rgb_of
from filmcolor.viewing.viewed import Stroke

Layer = NDArray[np.uint8]
"""R', G', B' and opacity, shape (height, width, 4)."""

_NEUTRAL = (128, 128, 128)
_SHIFT = 4
"""Bits behind the point of OpenCV's coordinates."""
_MOST_POINTS = 100_000
_MOST_COVERED = 0.98
"""Share of a picture: what is painted all over leaves nothing over which it could spread."""


def drawn(layer: Layer, strokes: Iterable[Stroke]) -> Layer:
    """Return a picture of strokes with more of them, in order.

    Raises `UsageError` for strokes that will not do.
    """
    layer = layer.copy()
    for stroke in strokes:
        mask = _mask(stroke, layer.shape[0], layer.shape[1])
        if stroke.color is None:
            left = layer[..., 3].astype(np.uint16) * (255 - mask.astype(np.uint16))
            layer[..., 3] = (left + 127) // 255
            continue
        color = _NEUTRAL if stroke.color == "neutral" else rgb_of(stroke.color)
        covered = mask > 0
        layer[..., :3][covered] = color
        layer[..., 3] = np.maximum(layer[..., 3], mask)
    if np.mean(layer[..., 3] >= 128) > _MOST_COVERED:
        raise UsageError(
            "strokes cover all of the picture; leave most of it free, colours spread by themselves."
        )
    return layer


def _mask(stroke: Stroke, height: int, width: int) -> NDArray[np.uint8]:
    """Return where a stroke covers a picture, and how much; uint8, shape (height, width)."""
    points = np.asarray(list(stroke.points), np.float64).reshape(-1, 2)
    far = 4 * max(height, width)
    if not len(points) or len(points) > _MOST_POINTS or not np.isfinite(points).all():
        raise UsageError(f"a stroke has from 1 to {_MOST_POINTS} points, each x and y in pixels.")
    if not (isfinite(stroke.radius) and 0 < stroke.radius <= far):
        raise UsageError(f"the radius of a stroke is from 0 to {far} pixels, not {stroke.radius}.")
    # OpenCV's pixels have their middles at whole numbers.
    places = np.rint((np.clip(points, -far, far) - 0.5) * (1 << _SHIFT)).astype(np.int32)
    mask = np.zeros((height, width), np.uint8)
    thickness = max(1, round(2 * stroke.radius))
    if len(places) > 1:
        cv2.polylines(mask, [places], False, 255, thickness, cv2.LINE_AA, _SHIFT)
    for x, y in places[:: max(1, len(places) - 1)]:
        radius = max(1, round(stroke.radius * (1 << _SHIFT)))
        cv2.circle(mask, (int(x), int(y)), radius, 255, cv2.FILLED, cv2.LINE_AA, _SHIFT)
    return mask
