"""Which frame of a film is shown when."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction

from filmcolor.errors import InputError, UsageError
from filmcolor.media.film import FilmInfo
from filmcolor.media.positions import frame_times, resolve_range
from filmcolor.media.timecode import Position, parse_position
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot

At = int | float | str | Fraction
"""A moment: the number of a frame (`120`, `"120f"`), seconds (`12.5`, `Fraction(25, 2)`) or a
timecode (`"00:01:02.500"`)."""

_KNOWN_SHOTS = 64


@dataclass(frozen=True)
class Moment:
    """A frame of a film."""

    number: int
    pts: int
    shot: Shot


def time_of(info: FilmInfo, at: At) -> Fraction:
    """Return a moment in seconds; without a plan, a frame's number is looked for in the film."""
    position = Position(frame=at) if isinstance(at, int) else parse_position(at)
    return resolve_range(info, position).start or info.start


class Moments:
    """Finds frames by their numbers and times, from the beginnings of their shots.

    What it knows of a shot holds for all plans of the film.
    """

    def __init__(self, info: FilmInfo) -> None:
        """Look at no frame yet."""
        self._info = info
        self._times: OrderedDict[tuple[int, int], list[int]] = OrderedDict()

    def at(self, plan: Plan, at: At) -> Moment:
        """Return the frame that is shown at a moment.

        Raises `UsageError` for what is no moment, `InputError` for one that lies outside the film.
        """
        if isinstance(at, int):
            return self._numbered(plan, at)
        position = parse_position(at)
        if position.frame is not None:
            return self._numbered(plan, position.frame)
        info = self._info
        ticks = (info.start + (position.seconds or 0)) / info.time_base
        return self.shown(plan, ticks)

    def shown(self, plan: Plan, ticks: Fraction | int) -> Moment:
        """Return the frame that is shown at a time in ticks, or the first or last one."""
        shot = plan.shots[plan.place_at(ticks)]
        times = self.of_shot(shot)
        place = max(0, bisect_right(times, ticks) - 1)
        return Moment(shot.first_frame + place, times[place], shot)

    def before(self, plan: Plan, end: At | None) -> tuple[int, int]:
        """Return the timestamp of the last frame before a moment, and when it ends.

        None stands for the film's end, and so does a number that no frame has any more. The
        timestamps are at least those of any frame that is shown, not always those of one.
        """
        if end is None or (isinstance(end, int) and end >= plan.shots[-1].end_frame):
            return plan.shots[-1].end_pts - 1, plan.shots[-1].end_pts
        pts = self.at(plan, end).pts
        return pts - 1, pts

    def _numbered(self, plan: Plan, number: int) -> Moment:
        if number < 0:
            raise UsageError(f"there is no frame {number}; the first one is 0.", what="at")
        place = bisect_right(plan.shots, number, key=lambda shot: shot.first_frame) - 1
        shot = plan.shots[max(0, place)]
        times = self.of_shot(shot)
        inside = number - shot.first_frame
        if not 0 <= inside < len(times):
            last = plan.shots[-1].end_frame - 1
            raise InputError(
                f"{self._info.path}: there is no frame {number}; the last one is {last}.",
                file=self._info.path,
            )
        return Moment(number, times[inside], shot)

    def of_shot(self, shot: Shot) -> list[int]:
        """Return the timestamps of the frames of a shot, in units of the film's time base."""
        key = shot.pts, shot.end_pts
        if key in self._times:
            self._times.move_to_end(key)
            return self._times[key]
        found = frame_times(self._info, shot.frames + 1, shot.pts * self._info.time_base)
        times = [pts for pts in found if shot.pts <= pts < shot.end_pts]
        if not times:
            raise InputError(
                f"{self._info.path}: shot {shot.number} of the plan has no frames in the film; "
                "make a plan with `filmcolor shots`.",
                file=self._info.path,
            )
        self._times[key] = times
        if len(self._times) > _KNOWN_SHOTS:
            self._times.popitem(last=False)
        return times
