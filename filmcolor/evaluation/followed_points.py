"""Points of a film that are followed along its motion, for so many frames within a shot."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats, Plane
from filmcolor.evaluation.optical_flow import Mask, lost
from filmcolor.evaluation.pictures import comparison_size
from filmcolor.evaluation.shot_frames import ShotPlace

SPANS = (30, 90)
"""For how many frames points are followed."""
EVERY = 15
"""Frames from one beginning to the next, within a shot."""

LONGEST_SIDE = 480
"""Pixels; frames are averaged down to it before points are followed in them."""

_ACROSS = 80
"""Points along the long side of the picture."""
_DISAGREED = 2.0
"""Pixels squared by which there and back may disagree, beside a hundredth of the motion: more than
for the warp error, as in grain few points would last 30 such tests. Who is led astray meets other
lumas."""
_BLUR = 2.0
"""Standard deviation in pixels of the Gaussian that takes grain out before lumas are compared."""
_CHANGED = 16.0
"""8-bit codes by which the blurred luma of a point may differ from what it was at the beginning,
beside what all points of the picture have changed by."""
_PATCH_STRIDE = 4
"""Pixels from one patch of DIS to the next; patches have 8."""
_LEAST_FOUND = 0.4
"""Share of the picture that must be found again in the next frame; below it, there is a cut that
the plan does not know of."""

Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class FollowedSpan:
    """Points that were followed from one frame to another."""

    frames: int
    """From the first frame to the last, one of `SPANS`."""
    points: Numbers
    """Which points of the grid are still there; shape (n,)."""
    places: Floats
    """Where they are in the last frame, x and y in pixels; shape (n, 2)."""


@dataclass(frozen=True)
class FollowedFrame:
    """What one frame means for the points that are followed."""

    begins: bool
    """Whether a grid of points begins here."""
    restarts: bool
    """Whether all that began before is given up: at cuts."""
    ended: tuple[FollowedSpan, ...]
    """Spans that end with this frame, each begun so many frames before."""


class PointFollower:
    """Follows points through a film, frame by frame, by its luma alone.

    In each shot a grid of points begins every `EVERY` frames. From frame to frame points go along
    the optical flow, OpenCV's DIS down to single pixels. A point is dropped for good where there
    and back do not agree, where it leaves the picture, or where it no longer is as bright as it
    was at the beginning (that all of a picture grows brighter or darker does not count). What is
    left after a span of frames has been seen all the way, so its colours at both ends can be
    compared. Memory: some grids.
    """

    def __init__(self, height: int, width: int) -> None:
        """Follow points through frames of this size, each side at least 16 pixels."""
        self.size = comparison_size(height, width, LONGEST_SIDE)
        """Height and width of the pictures in whose pixels all places are."""
        self.grid = point_grid(*self.size)
        """Where the points begin, x and y in pixels; float32, shape (n, 2)."""
        # At half the size, as the presets do, flows fall short of the truth by a little at each
        # step, and a chain of steps stays behind. OpenCV's types do not know that the third
        # argument of `calc` may be None.
        self._dis: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._dis.setFinestScale(0)
        self._dis.setPatchStride(_PATCH_STRIDE)
        self._before: Plane | None = None
        self._grids: deque[_Points] = deque()
        self._frames_of_shot = 0

    def add(self, grey: Plane, place: ShotPlace) -> FollowedFrame:
        """Take in the next frame.

        `grey`: its luma, uint8, shape (height, width). `place`: where in its shot it lies; in
        transitions nothing is followed.
        """
        if grey.shape != self.size:
            grey = np.asarray(cv2.resize(grey, self.size[::-1], interpolation=cv2.INTER_AREA))
        before, self._before = self._before, grey
        smooth = np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _BLUR), np.float32)
        restarts = before is None or place is not ShotPlace.WITHIN
        if before is not None and not restarts:
            motion = self._motion(before, grey)
            restarts = float(motion.found.mean()) < _LEAST_FOUND
            for points in self._grids:
                points.follow(motion, smooth)
        if restarts:
            self._grids.clear()
            self._frames_of_shot = 0
        elif self._grids and self._grids[0].age > max(SPANS):
            self._grids.popleft()
        begins = place is not ShotPlace.TRANSITION and self._frames_of_shot % EVERY == 0
        ended = tuple(points.span() for points in self._grids if points.age in SPANS)
        if begins:
            self._grids.append(_Points(self.grid, smooth))
        self._frames_of_shot += 1
        return FollowedFrame(begins, restarts, ended)

    def _motion(self, first: Plane, second: Plane) -> _Motion:
        # calc may reuse the array that it returned before.
        flow: Floats = np.array(self._dis.calc(first, second, None), dtype=np.float32)
        backward: Floats = np.array(self._dis.calc(second, first, None), dtype=np.float32)
        return _Motion(flow, ~lost(flow, backward, _DISAGREED))


class _Motion(NamedTuple):
    flow: Floats
    found: Mask


class _Points:
    """A grid of points on its way."""

    def __init__(self, grid: Floats, smooth: Floats) -> None:
        self.age = 0
        self._points = np.arange(len(grid))
        self._places = grid
        self._luma = sample(smooth, grid)

    def follow(self, motion: _Motion, smooth: Floats) -> None:
        self.age += 1
        found = motion.found[tuple(np.rint(self._places).astype(np.intp).T[::-1])]
        self._keep(found)
        self._places = self._places + sample(motion.flow, self._places)
        height, width = smooth.shape
        last = np.array([width - 1, height - 1], np.float32)
        within = (self._places >= 0) & (self._places <= last)
        self._keep(within[:, 0] & within[:, 1])
        if len(self._points) == 0:
            return  # of which there is no median
        change = sample(smooth, self._places) - self._luma
        self._keep(np.asarray(np.abs(change - np.median(change)) < _CHANGED))

    def _keep(self, which: NDArray[np.bool_]) -> None:
        self._points, self._places = self._points[which], self._places[which]
        self._luma = self._luma[which]

    def span(self) -> FollowedSpan:
        return FollowedSpan(self.age, self._points, self._places)


def point_grid(height: int, width: int) -> Floats:
    """Return the places of a grid of points, x and y in pixels; float32, shape (n, 2)."""
    step = max(2, round(max(height, width) / _ACROSS))
    x, y = np.meshgrid(np.arange(step // 2, width, step), np.arange(step // 2, height, step))
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def sample(values: Floats, places: Floats) -> Floats:
    """Return `values` (height, width[, n]) at `places` (points, 2), bilinear; shape (points[, n]).

    Places are x and y in pixels, within the picture.
    """
    if len(places) == 0:  # OpenCV refuses that
        return np.empty((0, *values.shape[2:]), np.float32)
    sampled = cv2.remap(values, places[:, :1], places[:, 1:], cv2.INTER_LINEAR)
    return np.asarray(sampled[:, 0], np.float32)
