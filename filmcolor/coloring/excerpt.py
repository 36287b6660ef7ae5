"""Single frames of a film in colour: the very ones of the whole film, without the rest of it.

What lies between two planned keyframes depends on nothing but these two, so no more is coloured
than from the keyframe before a frame to the one after it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import inf
from typing import TypeVar

from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.film import ColoredFrame, FilmColorizer
from filmcolor.media.source import FrameRange, FrameSource, with_first
from filmcolor.planning.plan import Plan
from filmcolor.planning.planned_frames import (
    Passed,
    PlannedFrame,
    Zone,
    planned_frames,
    shot_choices,
)
from filmcolor.planning.planner import plan_film
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import ColorSettings
from filmcolor.system.prefetch import Prefetch
from filmcolor.system.stages import StageTimes

_DECODED_AHEAD = 2

_FADED_AFTER = 20.0
"""Time constants after which the method `smooth` knows nothing of a frame: e^-20 of a colour is
less than float32 tells apart."""

_RUN_UP = 2
"""Usual lengths of a frame by which one that stands alone is looked for before its moment."""

T = TypeVar("T")


def colored_moments(
    source: FrameSource,
    task: ColorTask,
    networks: FilmNetworks,
    moments: Iterable[Fraction],
    stages: StageTimes | None = None,
) -> Generator[ColoredFrame]:
    """Yield the frames that are shown at some moments, in order, each once.

    Their planes are, bit for bit, those that `colored_film` gives these frames. `moments`: in units
    of the film's time base. `task`: of a whole film, or the part to which its plan belongs; without
    a plan, or a colour script, they are made first, the script for these moments alone. Raises as
    `filmcolor.colorize` does.
    """
    wanted = sorted(set(moments))
    plan, stages = task.plan or plan_film(source, task.part), stages or StageTimes()
    if task.script is None:
        made = ScriptTask(source, plan, task.settings, ScriptInMemory(), moments=wanted)
        plan = write_script(made, networks, stages=stages)
        task = replace(task, script=made.script)
    task = replace(task, plan=plan)
    last: int | None = None
    with FilmColorizer(source.info, task, networks, stages) as colorizer:
        for together in _groups(plan, task.settings, wanted):
            with closing(_planned(source, task, plan, together)) as planned:
                shown: set[int] = set()
                needed = _needed(planned, together, partial(_is_shown, together), shown)
                reading = stages.reading("decode", needed)
                with Prefetch(reading, _DECODED_AHEAD) as ready:
                    for item in colorizer.colored(iter(ready), wanted=shown):
                        if item.frame.pts != last:
                            last = item.frame.pts
                            yield item


def colored_between(
    source: FrameSource,
    task: ColorTask,
    networks: FilmNetworks,
    ends: tuple[Fraction, Fraction],
    coming: Callable[[PlannedFrame], None] = lambda planned: None,
) -> Generator[ColoredFrame]:
    """Yield all frames from the one that is shown at one moment to the one at another.

    As `colored_moments`, of a task with a plan and a colour script, read in one go. `coming` is
    called with each frame well before it is coloured, from another thread, so that the script can
    be written as it is needed.
    """
    plan, (first, last) = task.plan, ends
    assert plan is not None and task.script is not None
    with FilmColorizer(source.info, task, networks) as colorizer:
        planned = _announced(_planned(source, task, plan, [first]), coming)
        shown: set[int] = set()
        needed = _needed(planned, ends, lambda pts, end: pts <= last and end > first, shown)
        with Prefetch(needed, _DECODED_AHEAD) as ready:
            yield from colorizer.colored(iter(ready), wanted=shown)


def _announced(
    planned: Generator[PlannedFrame], coming: Callable[[PlannedFrame], None]
) -> Generator[PlannedFrame]:
    with closing(planned):
        for item in planned:
            coming(item)
            yield item


@dataclass(frozen=True)
class _Beginning:
    """Where colouring can begin as if all before it had been coloured."""

    place: int
    """Of its shot in the plan."""
    pts: int
    passed: Passed | None = None
    """How far its shot has come; None: it begins here."""
    counts: bool = False
    """Whether it matters which frame of its shot the first one is."""


def _beginnings(plan: Plan, settings: ColorSettings, moment: Fraction) -> Iterator[_Beginning]:
    """Yield where colouring can begin for the frame that is shown at `moment`, the latest first.

    A plan that was edited may have its keyframes, and even its shots, begin between two frames,
    with the later one. Then the frame that is shown may lie before the latest beginning, and that
    keyframe's number says little.
    """
    place = plan.place_at(moment)
    while place >= 0:
        shot = plan.shots[place]
        choices = shot_choices(shot, settings)
        connected = False
        if choices.propagated:
            for keyframe in reversed(shot.keyframes):
                if keyframe.pts <= moment:
                    passed = Passed(keyframe.frame - shot.first_frame, keyframe.pts - 1)
                    yield _Beginning(place, keyframe.pts, passed, counts=True)
            connected = _continues(plan, place, settings)
        else:
            smooth = choices.settings.method == "smooth" and not choices.grey
            before = (
                Fraction(_FADED_AFTER * choices.settings.smooth_seconds) / plan.film.time_base
                if smooth
                else _RUN_UP * Fraction(shot.end_pts - shot.pts, shot.frames)
            )
            begin = int(moment - before)
            if begin > shot.pts:
                yield _Beginning(place, begin, Passed(0, begin - 1))
        if not connected:
            yield _Beginning(place, shot.pts)
        place -= 1


def _continues(plan: Plan, place: int, settings: ColorSettings) -> bool:
    """Return whether a shot's first colours come from the shot before, through a dissolve."""
    if place == 0:
        return False
    before = plan.shots[place - 1]
    return before.dissolves_into(plan.shots[place]) and shot_choices(before, settings).propagated


def _groups(
    plan: Plan, settings: ColorSettings, moments: Sequence[Fraction]
) -> Iterator[list[Fraction]]:
    """Yield the moments, in order, in groups that share what must be coloured for them."""
    group: list[Fraction] = []
    for moment in moments:
        if group and next(_beginnings(plan, settings, moment)).pts > group[-1]:
            yield group
            group = []
        group.append(moment)
    if group:
        yield group


def _planned(
    source: FrameSource, task: ColorTask, plan: Plan, moments: Sequence[Fraction]
) -> Generator[PlannedFrame]:
    """Yield the frames from the latest beginning for the first of `moments` on."""
    for beginning in _beginnings(plan, task.settings, moments[0]):
        frames = source.frames(_from(beginning, plan, task.part))
        first = next(frames, None)
        expected = not beginning.counts or (first is not None and first.pts == beginning.pts)
        if first is not None and first.pts <= moments[0] and expected:
            rest = plan.model_copy(update={"shots": plan.shots[beginning.place :]})
            return planned_frames(with_first(first, frames), rest, task.settings, beginning.passed)
        frames.close()
    return _none()


def _from(beginning: _Beginning, plan: Plan, part: FrameRange) -> FrameRange:
    if beginning.pts == plan.shots[0].pts:
        return part
    first_pts = beginning.pts if beginning.passed is None else None
    return FrameRange(beginning.pts * plan.film.time_base, part.end, first_pts)


def _none() -> Generator[PlannedFrame]:
    yield from ()


def _needed(
    planned: Generator[PlannedFrame],
    moments: Sequence[Fraction],
    is_shown: Callable[[int, float], bool],
    shown: set[int],
) -> Generator[PlannedFrame]:
    """Yield the frames that must be coloured for those that are shown at `moments`.

    `is_shown` says so of a frame that begins and ends at two times in ticks; into `shown` go the
    timestamps of these frames.
    """
    with closing(planned):
        for item, following in _with_next(planned):
            pts = item.frame.pts
            end = inf if following is None else following.frame.pts
            choices = item.choices
            if is_shown(pts, end):
                shown.add(pts)
            if end <= moments[-1]:
                smooth = choices.settings.method == "smooth" and not choices.grey
                if choices.propagated or smooth or pts in shown:
                    yield item
                continue
            yield item
            if following is None or not choices.propagated or item.keyframe:
                return
            if not following.choices.propagated:
                return
            if following.opens_shot and item.zone is not Zone.DISSOLVE:
                return


def _is_shown(moments: Sequence[Fraction], pts: int, end: float) -> bool:
    return any(pts <= moment < end for moment in moments)


def _with_next(items: Iterable[T]) -> Iterator[tuple[T, T | None]]:
    """Yield each item with the one after it; None for the last one."""
    before: T | None = None
    for item in items:
        if before is not None:
            yield before, item
        before = item
    if before is not None:
        yield before, None
