"""How far the colours of things drift while they are to be seen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.evaluation.followed_points import SPANS, FollowedFrame, point_grid, sample

LEAST_CHROMA = 1.0
"""Mean chroma, in Lab units, below which a film has no colour that could drift."""
LEAST_POINTS = 100
"""Points below which a mean says nothing."""


class ColorDrift:
    """The drift of one version of a film's colours, frame by frame.

    Points are followed once, by luma (see `PointFollower`), so several versions of one film are
    measured at the same places. Memory: the colours of some grids.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        """Measure at points of pictures of this height and width, see `PointFollower.size`."""
        self._size = size
        self._grid = point_grid(*size)
        self._frame = 0
        self._begun: deque[tuple[int, Floats]] = deque()
        self._sums = dict.fromkeys(SPANS, 0.0)
        self._points = dict.fromkeys(SPANS, 0)
        self._chroma = 0.0

    def add(self, ab: Floats, followed: FollowedFrame) -> None:
        """Take in the next frame: its a and b, float32, shape (height, width, 2), as large as the
        frames in which points are followed or larger."""
        self._chroma += float(np.hypot(ab[..., 0], ab[..., 1]).mean())
        if ab.shape[:2] != self._size:
            shrunk = cv2.resize(ab, self._size[::-1], interpolation=cv2.INTER_AREA)
            ab = np.asarray(shrunk, np.float32)
        if followed.restarts:
            self._begun.clear()
        while self._begun and self._frame - self._begun[0][0] > max(SPANS):
            self._begun.popleft()
        for span in followed.ended:
            before = dict(self._begun)[self._frame - span.frames][span.points]
            change = sample(ab, span.places) - before
            self._sums[span.frames] += float(np.hypot(change[:, 0], change[:, 1]).sum())
            self._points[span.frames] += len(span.points)
        if followed.begins:
            self._begun.append((self._frame, sample(ab, self._grid)))
        self._frame += 1

    def mean(self, frames: int) -> float | None:
        """Return the mean distance in ab between a point's colours, so many frames apart (one of
        `SPANS`); None where next to nothing could be followed for so long."""
        points = self._points[frames]
        return self._sums[frames] / points if points >= LEAST_POINTS else None

    def points(self, frames: int) -> int:
        """Return how many points were followed for so many frames, in all."""
        return self._points[frames]

    @property
    def chroma(self) -> float | None:
        """The mean of sqrt(a^2 + b^2) over all pixels of all frames; None without frames."""
        return self._chroma / self._frame if self._frame else None

    def relative(self, frames: int) -> float | None:
        """Return `mean` divided by `chroma`, so that paler colours do not win; None also where
        there is next to no colour."""
        mean, chroma = self.mean(frames), self.chroma
        if mean is None or chroma is None or chroma < LEAST_CHROMA:
            return None
        return mean / chroma


@dataclass(frozen=True)
class DriftFigures:
    """The drift of one film's colours; `_truth` means the true colours' own. None: nothing could
    be followed for so long.

    Mean over points of sqrt(da^2 + db^2) in Lab between a point's colour in one frame and 30 or 90
    frames later, before rounding to 8 bits; points are followed as `PointFollower` says, along
    OpenCV's DIS flow at a long side of 480 pixels. `relative`: divided by the mean chroma of the
    same colours.
    """

    drift_30: float | None
    drift_30_truth: float | None
    drift_30_relative: float | None
    drift_30_relative_truth: float | None
    drift_90: float | None
    drift_90_truth: float | None
    drift_90_relative: float | None
    drift_90_relative_truth: float | None
    drift_30_points: int
    drift_90_points: int


def drift_figures(result: ColorDrift, truth: ColorDrift) -> DriftFigures:
    """Return the figures of a film's new colours, beside those of the true ones."""
    return DriftFigures(
        drift_30=result.mean(30),
        drift_30_truth=truth.mean(30),
        drift_30_relative=result.relative(30),
        drift_30_relative_truth=truth.relative(30),
        drift_90=result.mean(90),
        drift_90_truth=truth.mean(90),
        drift_90_relative=result.relative(90),
        drift_90_relative_truth=truth.relative(90),
        drift_30_points=result.points(30),
        drift_90_points=result.points(90),
    )
