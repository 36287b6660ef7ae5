"""Into what a film is divided so that several computers can colour it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from filmcolor.jobs.cut import Segment
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.manifest import SegmentRecord
from filmcolor.jobs.runs import Run, divided, segments_of


@dataclass(frozen=True)
class Piece:
    """Segments that follow each other and are coloured by one process; needs none before it."""

    number: int
    """From 1."""
    segments: tuple[Segment, ...]
    shots: tuple[int, int] | None
    """Numbers of the first and last of its shots, where there is a plan."""

    @property
    def numbers(self) -> range:
        """The numbers of its segments."""
        return range(self.segments[0].number, self.segments[-1].number + 1)

    def missing(self, records: tuple[SegmentRecord, ...]) -> list[int]:
        """Return which of its segments are not among those that are done."""
        done = {number for r in records for number in range(r.number, r.through + 1)}
        return [number for number in self.numbers if number not in done]


def pieces_of(job: FilmJob) -> list[Piece]:
    """Return the pieces of a film whose plan is known: always the same for one work folder."""
    segments, plan, run = segments_of(job), job.plan, job.run
    each = max(1, round(run.piece_seconds / run.segment_seconds))
    runs = divided([Run(segments)], plan, max(1, len(segments) // each))
    return [Piece(number, r.segments, _shots(job, r)) for number, r in enumerate(runs, 1)]


def _shots(job: FilmJob, run: Run) -> tuple[int, int] | None:
    if job.plan is None:
        return None
    begin, end = run.segments[0].pts, run.segments[-1].end_pts
    numbers = [
        shot.number or place
        for place, shot in enumerate(job.plan.shots, 1)
        if (begin is None or shot.end_pts > begin) and (end is None or shot.pts < end)
    ]
    return (numbers[0], numbers[-1]) if numbers else None


def names_of(pieces: list[Piece]) -> str:
    """Return the numbers of pieces as job arrays write them, such as `1-3,7`."""
    parts: list[list[int]] = []
    for number in (piece.number for piece in pieces):
        if parts and parts[-1][1] + 1 == number:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def work_name(folder: Path) -> str:
    """Return the name of the film that a work folder is for, as people know it."""
    return folder.name.removeprefix(".").removesuffix(".filmcolor")
