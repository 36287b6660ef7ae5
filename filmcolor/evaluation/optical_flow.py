"""How the picture moves from one frame to the next, and where that is known.

The flow is OpenCV's DIS (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV
2016), preset medium, on the luma. It is worked out from the luma alone, so that it is the same
whatever the colours are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats, Plane

Mask = NDArray[np.bool_]

_GRAIN_BLUR = 1.0
"""Standard deviation in pixels of the Gaussian that takes grain out before lumas are compared."""
_STILL_CODES = 2.0
"""Change of the blurred luma, in 8-bit codes, from which a pixel does not stand still."""
_STILL_AROUND = 9
"""Pixels: side of the square around a pixel that must stand still with it."""
_STILL_FLOW = 0.5
"""Flow in pixels from which a pixel moves."""


@dataclass(frozen=True)
class ReferenceMotion:
    """What happens between frame t and frame t+1, seen from frame t."""

    flow: Floats
    """To where each pixel goes: x and y in pixels; float32, shape (height, width, 2)."""
    visible: Mask
    """Where the pixel of frame t can be found in frame t+1."""
    still: Mask
    """Where nothing moves and the luma does not change, all around."""


class ReferenceMotionEstimator:
    """Finds the motion between two frames of a film."""

    def __init__(self) -> None:
        """Prepare DIS."""
        # OpenCV's types do not know that the third argument of `calc` may be None.
        self._dis: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def between(self, first: Plane, second: Plane) -> ReferenceMotion:
        """Return the motion from `first` to `second`: uint8 luma, shape (height, width).

        Each side must have at least 16 pixels.
        """
        # calc may reuse the array that it returned before.
        forward: Floats = np.array(self._dis.calc(first, second, None), dtype=np.float32)
        backward: Floats = np.array(self._dis.calc(second, first, None), dtype=np.float32)
        return ReferenceMotion(
            forward, ~occluded(forward, backward), _still(first, second, forward)
        )


def warp(picture: Floats, flow: Floats) -> Floats:
    """Return the samples of `picture` (frame t+1) at the places to which pixels of frame t go.

    float32, shape (height, width) or (height, width, channels); bilinear between pixels, and the
    nearest pixel beyond the picture's edge.
    """
    x, y = _grid(*flow.shape[:2])
    columns, rows = x + flow[..., 0], y + flow[..., 1]
    moved = cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.float32)


def occluded(forward: Floats, backward: Floats) -> Mask:
    """Return where pixels of frame t are not to be found in frame t+1; shape (height, width).

    Lai et al., "Learning Blind Video Temporal Consistency" (ECCV 2018), after Ruder et al. (2016):
    where there and back do not agree, see `lost`, and at edges of the motion,
    |grad u|^2 + |grad v|^2 > 0.01 |F|^2 + 0.002.
    """
    gradient = np.zeros(forward.shape[:2], dtype=np.float32)
    gradient[:, :-1] += _squared(np.diff(forward, axis=1))
    gradient[:-1] += _squared(np.diff(forward, axis=0))
    return lost(forward, backward) | (gradient > 0.01 * _squared(forward) + 0.002)


def lost(forward: Floats, backward: Floats, allowed: float = 0.5) -> Mask:
    """Return where there and back do not agree; shape (height, width).

    The first of the two tests of `occluded`: B' being the backward flow at the place to which a
    pixel goes, |B' + F|^2 > 0.01 (|B'|^2 + |F|^2) + `allowed` (pixels squared). Also where F leads
    out of the picture.
    """
    height, width = forward.shape[:2]
    back = warp(backward, forward)
    x, y = _grid(height, width)
    columns, rows = x + forward[..., 0], y + forward[..., 1]
    outside = (columns < 0) | (columns > width - 1) | (rows < 0) | (rows > height - 1)
    bound = 0.01 * (_squared(back) + _squared(forward)) + allowed
    return np.asarray(outside | (_squared(back + forward) > bound), dtype=np.bool_)


def _still(first: Plane, second: Plane, flow: Floats) -> Mask:
    """Return where the flow is short and the luma does not change, all around."""
    before, after = (
        cv2.GaussianBlur(luma.astype(np.float32), (0, 0), _GRAIN_BLUR) for luma in (first, second)
    )
    around = np.ones((_STILL_AROUND, _STILL_AROUND), np.uint8)
    change = cv2.dilate(cv2.absdiff(before, after), around)
    return np.asarray((change < _STILL_CODES) & (_squared(flow) < _STILL_FLOW**2), dtype=np.bool_)


def _squared(vectors: Floats) -> Floats:
    return np.asarray(vectors[..., 0] ** 2 + vectors[..., 1] ** 2, dtype=np.float32)


@lru_cache(maxsize=2)
def _grid(height: int, width: int) -> tuple[Floats, Floats]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.ascontiguousarray(x), np.ascontiguousarray(y)
