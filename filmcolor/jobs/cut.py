"""Where a film is cut into segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, pairwise, takewhile

from filmcolor.media.film import FilmInfo
from filmcolor.media.source import FrameRange
from filmcolor.planning.plan import Plan

_CLEAN_FROM, _INSIDE_FROM = 2 / 3, 4 / 3
"""After so many segments' lengths, a film is cut between shots, or if need be inside of one."""

_LEAST_REST = 1 / 3
"""Of a segment's length: a shorter rest of the film is not cut off."""


_MOST = 10_000
"""Segments that a film is cut into by time alone: a damaged file may say that it lasts for ages."""


@dataclass(frozen=True)
class Segment:
    """A part of a film that is coloured and encoded as one; in ticks of the film's time base."""

    number: int
    pts: int | None
    """Where it begins; None: where the part of the film that is wanted begins."""
    end_pts: int | None
    """Where it ends, excluded; None: where that part ends."""
    inside_shot: bool = False
    """Whether it goes on in the middle of a shot, with the colours of the segment before."""


@dataclass(frozen=True)
class _Border:
    pts: int
    inside_shot: bool


def cut_film(
    info: FilmInfo, part: FrameRange, plan: Plan | None, seconds: float
) -> tuple[Segment, ...]:
    """Return the segments of `part` of a film, each about `seconds` long.

    With a plan they begin where a shot begins with a cut or fade. A dissolve is never cut, as its
    shots share their colours; a shot that is much longer than a segment is, behind a keyframe.
    Without a plan frames have nothing to do with each other, and are cut by time alone.
    """
    length = max(1, round(seconds / info.time_base))
    if plan is not None:
        first, end = plan.shots[0].pts, plan.shots[-1].end_pts
        chosen = _choose(_borders(plan), first, end, length)
    else:
        begins = info.first_time if part.start is None else part.start
        ends = info.end_time if part.end is None else part.end
        first = round(begins / info.time_base)
        end = first if ends is None else round(ends / info.time_base)
        length = max(length, (end - first) // _MOST)
        last = end - length * _LEAST_REST
        steps = takewhile(lambda pts: pts < last, count(first + length, length))
        chosen = [_Border(pts, False) for pts in steps]
    bounds: list[_Border | None] = [None, *chosen, None]
    return tuple(
        Segment(
            number,
            None if begin is None else begin.pts,
            None if until is None else until.pts,
            begin is not None and begin.inside_shot,
        )
        for number, (begin, until) in enumerate(pairwise(bounds))
    )


def _borders(plan: Plan) -> Iterator[_Border]:
    """Yield all places at which the film could be cut, in order."""
    before = None
    for shot in plan.shots:
        if before is not None and not before.dissolves_into(shot):
            yield _Border(shot.pts, False)
        for keyframe in shot.keyframes:
            if keyframe.pts + 1 < shot.end_pts:
                yield _Border(keyframe.pts + 1, True)
        before = shot


def _choose(borders: Iterable[_Border], first: int, end: int, length: int) -> list[_Border]:
    chosen: list[_Border] = []
    last = first
    for border in borders:
        least = length * (_INSIDE_FROM if border.inside_shot else _CLEAN_FROM)
        if border.pts - last >= least and end - border.pts >= length * _LEAST_REST:
            chosen.append(border)
            last = border.pts
    return chosen
