"""The first step of a film on several computers: its plan, its colour script, its pieces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from filmcolor.errors import OutputError
from filmcolor.events import Events
from filmcolor.jobs.color import told_space
from filmcolor.jobs.farm.pieces import Piece, pieces_of
from filmcolor.jobs.get_ready import get_ready
from filmcolor.jobs.job import FilmJob, FilmRequest
from filmcolor.jobs.manifest import new_manifest
from filmcolor.jobs.prepare import prepare
from filmcolor.jobs.runs import segments_of
from filmcolor.jobs.work import Work, is_finished, open_work
from filmcolor.networks import Network
from filmcolor.system.memory_errors import memory_told
from filmcolor.system.stages import StageTimes


@dataclass(frozen=True)
class LookedThrough:
    """A film of which any computer can colour any piece."""

    output: Path
    folder: Path
    pieces: tuple[Piece, ...]
    left: tuple[Piece, ...]
    """Those that are not done yet."""


def look_through(
    request: FilmRequest, network: Network | None = None, events: Events | None = None
) -> LookedThrough:
    """Do for a film what comes before its frames are coloured; its work folder stays.

    Raises as `filmcolor.colorize` does.
    """
    events = events or Events()
    job = prepare(request)
    with (
        open_work(job.output, job.info.path, new_manifest(job), restart=job.run.restart) as work,
        memory_told(job.info.path),
    ):
        if is_finished(job.output, work.manifest):
            raise OutputError(f"{job.output}: is finished already.", file=job.output)
        ready = get_ready(request, followed(job, work), work, network, events, StageTimes())
        work.begin_segments(len(segments_of(ready.job)))
        told_space(ready.job, work.frames_done, events)
        pieces = pieces_of(ready.job)
        records = work.manifest.segments
        work.stays = True
        left = tuple(piece for piece in pieces if piece.missing(records))
        return LookedThrough(job.output, work.folder, tuple(pieces), left)


def followed(job: FilmJob, work: Work) -> FilmJob:
    """Return a job that is divided into pieces as the work folder has it."""
    running = job.run.model_copy(update={"piece_seconds": work.manifest.piece_seconds})
    return replace(job, run=running)
