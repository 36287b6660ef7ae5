"""What there is to do: segments of a film that are coloured in one go."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from filmcolor.coloring.shot_state import ShotState
from filmcolor.jobs.cut import Segment, cut_film
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.work import Work
from filmcolor.planning.plan import Plan


@dataclass(frozen=True)
class Run:
    """Segments that follow each other and are coloured without a break."""

    segments: tuple[Segment, ...]
    state: ShotState | None = None
    """What the first one needs, if it goes on in the middle of a shot."""
    first_pts: int | None = None
    """The timestamp of the first frame, where it is known."""


def segments_of(job: FilmJob) -> tuple[Segment, ...]:
    """Return the segments of a film whose plan is known."""
    if job.side_by_side is not None:
        return (Segment(0, None, None),)
    return cut_film(job.info, job.part, job.plan, job.run.segment_seconds)


def open_runs(segments: Sequence[Segment], work: Work, plan: Plan | None) -> list[Run]:
    """Return what is left to do, in order: runs between the segments that are done."""
    done = {number: r for r in work.manifest.segments for number in range(r.number, r.through + 1)}
    begins = {shot.pts for shot in plan.shots} if plan is not None else set()
    runs: list[Run] = []
    for missing in _gaps(segments, done.keys()):
        first = missing[0]
        before = done.get(first.number - 1)
        state = work.state_behind(before) if before is not None and first.inside_shot else None
        first_pts = None
        if before is not None and before.frames:
            first_pts = before.end_pts
        elif first.pts in begins:
            first_pts = first.pts
        runs.append(Run(tuple(missing), state, first_pts))
    return runs


def _gaps(segments: Sequence[Segment], done: Container[int]) -> Iterator[list[Segment]]:
    gap: list[Segment] = []
    for segment in segments:
        if segment.number in done:
            if gap:
                yield gap
            gap = []
        else:
            gap.append(segment)
    if gap:
        yield gap


def divided(runs: Sequence[Run], plan: Plan | None, parts: int) -> list[Run]:
    """Return `runs` in at most about `parts` shorter ones, to be coloured side by side.

    A run is never divided inside of a shot.
    """
    total = sum(len(run.segments) for run in runs)
    least = max(1, total // parts)
    begins = {shot.pts for shot in plan.shots} if plan is not None else set()
    found: list[Run] = []
    for run in runs:
        state, first_pts = run.state, run.first_pts
        taken: list[Segment] = []
        for segment in run.segments:
            if len(taken) >= least and not segment.inside_shot:
                found.append(Run(tuple(taken), state, first_pts))
                state, first_pts = None, segment.pts if segment.pts in begins else None
                taken = []
            taken.append(segment)
        found.append(Run(tuple(taken), state, first_pts))
    return found
