"""Makes the plan of a film in one quick pass over its frames."""

from __future__ import annotations

import math
from bisect import bisect_left
from fractions import Fraction

import numpy as np

from filmcolor.events import Events, FrameDone, check_cancelled
from filmcolor.media.film import FilmInfo
from filmcolor.media.positions import frame_times, no_frames_in_range
from filmcolor.media.source import WHOLE_FILM, FrameRange, FrameSource
from filmcolor.media.timecode import format_timecode
from filmcolor.planning.keyframes import ContentChange, frames_that_wait, place_keyframes
from filmcolor.planning.plan import CoveredPart, Plan
from filmcolor.planning.plan_file import identify
from filmcolor.planning.shot import Keyframe, Shot, Transition
from filmcolor.planning.shots import Join, ShotDetector
from filmcolor.planning.thumbnails import thumbnails
from filmcolor.system.cpu import one_opencv_thread
from filmcolor.system.prefetch import Prefetch

_AHEAD = 16
"""Thumbnails that may wait: one thread reads the film, another one looks at it."""


def plan_film(
    source: FrameSource,
    part: FrameRange = WHOLE_FILM,
    events: Events | None = None,
    *,
    keyframe_spacing: float = 1.0,
) -> Plan:
    """Return the plan of a film, or of a part of it.

    `events` are told after each frame. With a `keyframe_spacing` above 1, keyframes are as many
    times fewer (for networks that take long). Raises `InputError` when the film cannot be read or
    has no frames in `part`.
    """
    info = source.info
    total = info.frames if part.is_whole else None
    detector, content_change = ShotDetector(), ContentChange()
    pts: list[int] = []
    changes: list[float] = []
    end_pts = 0
    with one_opencv_thread(), Prefetch(thumbnails(source, part), _AHEAD) as small_frames:
        for small in small_frames:
            pts.append(small.pts)
            end_pts = small.pts + small.duration
            changes.append(content_change.of(small.luma))
            detector.add(small.luma, small.time)
            if events is not None:
                events.tell(FrameDone(len(pts), total, phase="plan"))
            check_cancelled()
    if not pts:
        raise no_frames_in_range(info)
    return Plan(
        film=identify(info),
        part=_covered(info, part),
        shots=_Shots(info, pts, end_pts, changes, part.start, keyframe_spacing).between(
            detector.joins(), *detector.ends()
        ),
    )


def _covered(info: FilmInfo, part: FrameRange) -> CoveredPart | None:
    if part.is_whole:
        return None
    start, end = (
        None if time is None else math.ceil(time / info.time_base)
        for time in (part.start, part.end)
    )
    return CoveredPart(pts=start, end_pts=end)


class _Shots:
    """Puts shots together from what was noted about each frame."""

    def __init__(
        self,
        info: FilmInfo,
        pts: list[int],
        end_pts: int,
        changes: list[float],
        start: Fraction | None,
        keyframe_spacing: float,
    ) -> None:
        self._info = info
        self._keyframe_spacing = keyframe_spacing
        sample_bytes = np.dtype(info.encoding.dtype).itemsize
        self._most_apart = frames_that_wait(info.width * info.height * sample_bytes)
        self._pts = [*pts, end_pts]
        self._changes = changes
        self._skipped = 0 if start is None else _frames_before(info, start)

    def between(self, joins: list[Join], fade_in: int, fade_out: int) -> tuple[Shot, ...]:
        """Return the shots that `joins` part; so many frames fade in first, and out at last."""
        bounds = [0, *(join.position for join in joins), len(self._pts) - 1]
        opens = [Transition(kind="start", frames=min(fade_in, bounds[1]))]
        opens += [Transition(kind=join.kind, frames=join.after) for join in joins]
        closes = [Transition(kind=join.kind, frames=join.before) for join in joins]
        closes += [Transition(kind="end", frames=min(fade_out, bounds[-1] - bounds[-2]))]
        return tuple(
            self._shot(*ends) for ends in zip(bounds[:-1], bounds[1:], opens, closes, strict=True)
        )

    def _shot(self, first: int, end: int, opens: Transition, closes: Transition) -> Shot:
        time_base = self._info.time_base
        times = [pts * time_base for pts in self._pts[first:end]]
        chosen = place_keyframes(
            times,
            self._changes[first:end],
            opens.frames,
            closes.frames,
            self._keyframe_spacing,
            self._most_apart,
        )
        return Shot(
            first_frame=self._skipped + first,
            end_frame=self._skipped + end,
            pts=self._pts[first],
            end_pts=self._pts[end],
            time=self._timecode(first),
            seconds=round(float((self._pts[end] - self._pts[first]) * time_base), 3),
            opens=opens,
            closes=closes,
            keyframes=tuple(
                Keyframe(
                    frame=self._skipped + first + position,
                    pts=self._pts[first + position],
                    time=self._timecode(first + position),
                )
                for position in chosen
            ),
        )

    def _timecode(self, position: int) -> str:
        seconds = self._pts[position] * self._info.time_base - self._info.start
        return format_timecode(max(Fraction(0), seconds))


def _frames_before(info: FilmInfo, start: Fraction) -> int:
    """Return how many frames of the film come before `start`, in seconds on its own clock."""
    first = math.ceil(start / info.time_base)
    count = 16
    while True:
        times = frame_times(info, count)
        if len(times) < count or times[-1] >= first:
            return bisect_left(times, first)
        count *= 4
