"""Where in their shots the frames of a film lie."""

from __future__ import annotations

from enum import Enum

from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot


class ShotPlace(Enum):
    """Where in its shot a frame lies."""

    FIRST = "first"
    """It is the first in which nothing but the shot is to be seen."""
    WITHIN = "within"
    """Nothing but the shot is to be seen, and that was so in the frame before."""
    TRANSITION = "transition"
    """The shot fades, or is seen through its neighbour."""


class ShotFrames:
    """Tells of frame after frame, by their timestamps, where in its shot it lies."""

    def __init__(self, plan: Plan) -> None:
        """Begin before the first shot of `plan`."""
        self._upcoming = iter(plan.shots)
        self._following: Shot | None = next(self._upcoming, None)
        self._shot: Shot | None = None
        self._number = 0
        """Of the next frame in its shot."""

    def next(self, pts: int) -> ShotPlace:
        """Return where the next frame lies, which is shown at `pts` (in the film's time base)."""
        while self._following is not None and (self._shot is None or pts >= self._following.pts):
            self._shot, self._number = self._following, 0
            self._following = next(self._upcoming, None)
        assert self._shot is not None
        number, shot = self._number, self._shot
        self._number += 1
        if shot.opens.frames + shot.closes.frames >= shot.frames:
            return ShotPlace.FIRST if number == 0 else ShotPlace.WITHIN  # nothing would be left
        if number == shot.opens.frames:
            return ShotPlace.FIRST
        if shot.opens.frames < number < shot.frames - shot.closes.frames:
            return ShotPlace.WITHIN
        return ShotPlace.TRANSITION
