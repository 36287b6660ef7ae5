"""A shot of which the colours of the first frame are known, and how it could be coloured."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from filmcolor.color.colorspace import Floats
from filmcolor.evaluation.shot_frames import ShotFrames, ShotPlace
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource
from filmcolor.planning.plan import Plan


@dataclass(frozen=True)
class GivenShot:
    """What a way of colouring is told: the frames of a shot, and the colours of the first."""

    source: FrameSource
    """The film, without its colours."""
    part: FrameRange
    """The frames of the shot in which nothing else is to be seen (no fade, no dissolve)."""
    ab: Floats
    """The true a and b of the first of these frames; float32, shape (height, width, 2), at the
    size at which results are compared."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of `ab`, and of what is to be yielded."""
        return self.ab.shape[0], self.ab.shape[1]

    def frames(self) -> Generator[Frame]:
        """Yield the frames of the shot."""
        return self.source.frames(self.part)


class ShotColoring(Protocol):
    """A way to colour such a shot."""

    def __call__(self, shot: GivenShot) -> Generator[Floats]:
        """Yield a and b of each frame of `shot`, the first included: as `GivenShot.ab`."""
        ...


@dataclass(frozen=True)
class ShotPart:
    """The frames of a shot in which nothing else is to be seen."""

    part: FrameRange
    frames: int


def clear_parts(
    source: FrameSource, plan: Plan, part: FrameRange = WHOLE_FILM
) -> Generator[ShotPart]:
    """Yield what is clear of each shot of a film, in order; the film is read once, roughly."""
    shots, tick = ShotFrames(plan), source.info.time_base
    first = last = count = 0

    def found() -> ShotPart:
        return ShotPart(FrameRange(first * tick, (last + 1) * tick, first_pts=first), count)

    with closing(source.rough_frames(part)) as frames:
        for frame in frames:
            place = shots.next(frame.pts)
            if count and place is not ShotPlace.WITHIN:
                yield found()
                count = 0
            if place is ShotPlace.TRANSITION:
                continue
            if not count:
                first = frame.pts
            last, count = frame.pts, count + 1
    if count:
        yield found()
