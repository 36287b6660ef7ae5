"""How the picture moves from one frame to the next, and where there and back agree on that.

The flow is OpenCV's DIS (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV
2016) on small pictures of the luma. Its patches are compared without their means, and pictures
are brought to one brightness and contrast first, so that the flicker of old film does not count;
shrinking and a light blur take the grain away.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats, Plane
from filmcolor.color.shrink import shrink

LONG_SIDE = 128
"""Of the pictures that DIS compares, in pixels; it works at this size and below."""

_SMOOTHED_AT = 2
"""Times this size, pictures lose their grain."""

_PATCH_STRIDES = (6, 5)
"""Pixels from one patch of DIS to the next, at full and at half size; patches have 8."""

_LEAST_SIDE = 16
"""DIS needs room for its patches of 8 pixels at several sizes."""

_LEAST_HALVED = 96
"""Long side of pictures that are large enough to look for motion at half their size."""

_STEPS = 8
"""Of DIS's search for each patch, at each size."""

_LEAST_TOLERANCE, _MOST_TOLERANCE = 0.4, 16.0
"""Pixels squared by which motion there and back may differ, least and most."""

_UNSEEN = np.float32(4.0)
"""Codes squared, of evened pictures, by which a place may change through an error of its motion."""

_AROUND = (7, 7)
"""Pixels across and down in which there must be little to see."""

_MEAN, _DEVIATION = 128.0, 48.0
_LEAST_DEVIATION = 6.0
"""Codes of standard deviation below which a picture is taken for noise and not stretched."""

FlowPicture = NDArray[np.uint8]
D = TypeVar("D", np.uint8, np.float32)


@dataclass(frozen=True)
class Motion:
    """Between a frame and the one before it, at the size of their pictures, in pixels.

    Flows: float32, shape (h, w, 2), x and y; consistencies: float32, shape (h, w), in 0..1.
    """

    to_before: Floats
    """From the places of this frame to where they are in the frame before."""
    to_before_consistency: Floats
    from_before: Floats
    """From the places of the frame before to where they are in this one."""
    from_before_consistency: Floats


@dataclass(frozen=True)
class Expected:
    """About how things have moved between two frames; as in `Motion`, at any size."""

    to_before: Floats
    from_before: Floats

    @property
    def flows(self) -> tuple[Floats, Floats]:
        """The flow from the frame before, and that to it."""
        return self.from_before, self.to_before


class MotionChain:
    """Adds up the motion from frame to frame."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Begin at a frame whose picture has this size, height and width."""
        self._places = grid(*size)
        self._to_first, self._from_first = self._places, self._places

    def add(self, motion: Motion) -> None:
        """Go on to the next frame."""
        self._to_first = warp(self._to_first, self._places + motion.to_before)
        self._from_first = self._from_first + warp(motion.from_before, self._from_first)

    @property
    def motion(self) -> Expected:
        """How things have moved since the first frame."""
        return Expected(self._to_first - self._places, self._from_first - self._places)


class MotionEstimator:
    """Estimates the motion between frames of one film; may be used by several threads."""

    def __init__(self, height: int, width: int) -> None:
        """Prepare for frames of this size."""
        scale = min(1.0, _SMOOTHED_AT * LONG_SIDE / max(height, width)) / _SMOOTHED_AT
        self.size = self._side(height * scale), self._side(width * scale)
        """Height and width of the pictures and flows."""
        self._of_thread = threading.local()

    @staticmethod
    def _side(pixels: float) -> int:
        return max(_LEAST_SIDE, round(pixels))

    def picture(self, luma: Plane, depth: int) -> FlowPicture:
        """Return the small picture of a frame's luma (`depth` bits) to estimate motion on."""
        height, width = (_SMOOTHED_AT * side for side in self.size)
        if luma.shape[0] >= 2 * height and luma.shape[1] >= 2 * width:
            small = shrink(luma, depth, height, width)
        else:  # below 2:1, interpolation is as good and much faster
            resized: Plane = cv2.resize(luma, (width, height), interpolation=cv2.INTER_LINEAR)
            small = np.asarray(resized >> (depth - 8), np.uint8)
        smooth = cv2.GaussianBlur(small, (3, 3), 0)
        small = np.asarray(
            cv2.resize(smooth, self.size[::-1], interpolation=cv2.INTER_AREA), np.uint8
        )
        mean, deviation = cv2.meanStdDev(small)
        gain = _DEVIATION / max(_LEAST_DEVIATION, float(deviation[0, 0]))
        shift = _MEAN - gain * float(mean[0, 0])
        levels = np.clip(np.arange(256) * gain + shift + 0.5, 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(small, levels), np.uint8)

    def motion(
        self, before: FlowPicture, now: FlowPicture, expected: Expected | None = None
    ) -> Motion:
        """Return the motion between two frames' pictures.

        One direction is found in full, the other at half the size where that leaves enough: a
        quarter of the work, and enough to look up the inverse of the first, and to test both.
        Between frames that lie far apart, the search begins at what is `expected`.
        """
        rough_scale = int(max(self.size) >= _LEAST_HALVED)
        there, back_again = expected.flows if expected is not None else (None, None)
        forward = self._flow(before, now, 0, there)
        rough = self._flow(now, before, rough_scale, back_again)
        places = grid(*self.size)
        there, back = warp(rough, places + forward), warp(forward, places + rough)
        return Motion(
            -back,
            _consistency(rough, back, _tolerance(now)),
            forward,
            _consistency(forward, there, _tolerance(before)),
        )

    def _flow(
        self, one: FlowPicture, other: FlowPicture, scale: int, expected: Floats | None
    ) -> Floats:
        """Return the flow between two pictures, found at 1 / 2^scale of their size."""
        dis = getattr(self._of_thread, f"dis{scale}", None)
        if dis is None:
            dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
            dis.setFinestScale(scale)
            dis.setVariationalRefinementIterations(0)
            dis.setPatchStride(_PATCH_STRIDES[scale])
            dis.setGradientDescentIterations(_STEPS)
            setattr(self._of_thread, f"dis{scale}", dis)
        begin = None if expected is None else resized_flow(expected, *one.shape)
        return np.asarray(dis.calc(one, other, begin), np.float32)  # type: ignore[arg-type]


def resized_flow(flow: Floats, height: int, width: int) -> Floats:
    """Return a flow for pictures of another size, in pixels of that size; a copy."""
    rows, columns = flow.shape[:2]
    how = cv2.INTER_AREA if height < rows else cv2.INTER_LINEAR
    resized = np.array(cv2.resize(flow, (width, height), interpolation=how), np.float32)
    resized *= np.array([width / columns, height / rows], np.float32)
    return resized


def _consistency(flow: Floats, returned: Floats, tolerance: Floats) -> Floats:
    """Return the forward-backward consistency of `flow`; float32, shape (h, w), in 0..1.

    There and back should lead to the same place. The test of Lai et al., "Learning Blind Video
    Temporal Consistency" (ECCV 2018), after Ruder et al. (2016), |F + B'|^2 <
    0.01 (|F|^2 + |B'|^2) + 0.5, B' the backward flow at the place where F leads (`returned`), in a
    soft form: exp(-left / right). Ours is more tolerant, as one of the two flows is a rough one,
    by `tolerance` (see `_tolerance`) where there is little to see.
    """
    allowed = 0.02 * (_squared(flow) + _squared(returned)) + tolerance
    return np.asarray(cv2.exp(-_squared(flow + returned) / allowed), np.float32)


def _tolerance(picture: FlowPicture) -> Floats:
    """Return by how much motion may be wrong at each place, in pixels squared; float32, (h, w).

    In a clear sky nothing tells where its pieces go, and nobody sees it either: what matters is
    the error times the slope of the luma around.
    """
    smooth = cv2.blur(picture, (5, 5))
    across, down = (
        cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=3, scale=1 / 8) for order in ((1, 0), (0, 1))
    )
    slope = cv2.blur(across * across + down * down, _AROUND)
    tolerance: Floats = np.minimum(
        _UNSEEN / (slope + np.float32(1e-3)), np.float32(_MOST_TOLERANCE)
    )
    tolerance += np.float32(_LEAST_TOLERANCE)
    return tolerance


def _squared(vectors: Floats) -> Floats:
    x, y = vectors[..., 0], vectors[..., 1]
    return np.asarray(x * x + y * y, np.float32)


def warp(values: NDArray[D], places: Floats, beyond: int = cv2.BORDER_REPLICATE) -> NDArray[D]:
    """Return `values` (h, w[, n]) at `places` (H, W, 2), x and y in pixels; bilinear.

    As `skimage.transform.warp` with `places` for its inverse map.

    `beyond`: what lies beyond the edges, OpenCV's number; with BORDER_CONSTANT, zeros.
    """
    found = cv2.remap(values, places, None, cv2.INTER_LINEAR, borderMode=beyond)  # type: ignore[call-overload]
    return np.asarray(found, values.dtype)


@lru_cache(maxsize=4)
def grid(height: int, width: int) -> Floats:
    """Return the place of each pixel, x and y; float32, shape (height, width, 2)."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    places = np.stack([x, y], axis=-1).astype(np.float32)
    places.flags.writeable = False
    return places
