"""The last step of a film on several computers: what all have done is put together."""

from __future__ import annotations

from dataclasses import replace

from filmcolor.errors import OutputError
from filmcolor.events import Done, Events
from filmcolor.jobs.assemble import assemble
from filmcolor.jobs.color import Colored
from filmcolor.jobs.farm.begun import Begun
from filmcolor.jobs.farm.looked_through import followed
from filmcolor.jobs.farm.pieces import names_of, pieces_of
from filmcolor.jobs.film import Outcome, summary_of
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.manifest import new_manifest
from filmcolor.jobs.prepare import prepare
from filmcolor.jobs.work import Work, is_finished, open_work
from filmcolor.script.on_disk import ScriptFolder
from filmcolor.summary import Summary
from filmcolor.system.memory_errors import memory_told
from filmcolor.wording.words import counted


def join_pieces(begun: Begun, events: Events | None = None) -> Summary:
    """Put a film together whose pieces are all done; its work folder goes away then.

    Raises `OutputError` where some are missing, and as `filmcolor.colorize` does.
    """
    events = events or Events()
    job = prepare(begun.request())
    outcome = Outcome()
    with (
        open_work(job.output, job.info.path, new_manifest(job), restart=False) as work,
        memory_told(job.info.path),
    ):
        if not is_finished(job.output, work.manifest):
            check_all_done(job, work)
            join_work(job, work, outcome, events)
        manifest = work.manifest
    summary = summary_of(job, manifest, outcome)
    events.tell(Done(summary))
    return summary


def check_all_done(job: FilmJob, work: Work) -> None:
    """Enter what others have done; raises `OutputError` where a piece is missing."""
    if work.manifest.segment_count is None:
        raise OutputError(f"{job.output}: none of its frames are coloured; prepare it first.")
    work.begin_segments(work.manifest.segment_count)
    plan = work.plan()
    planned = followed(
        replace(job, plan=None if plan is None else job.changes.followed(plan, job.part)), work
    )
    pieces = pieces_of(planned)
    missing = [piece for piece in pieces if piece.missing(work.manifest.segments)]
    if missing:
        raise OutputError(
            f"{job.output}: {counted(len(missing), 'piece')} of {len(pieces)} "
            f"{'is' if len(missing) == 1 else 'are'} not done: {names_of(missing)}."
        )


def join_work(job: FilmJob, work: Work, outcome: Outcome, events: Events) -> None:
    """Put together what is in a work folder, and note for the summary what was done."""
    plan = work.plan()
    outcome.shots = None if plan is None else len(plan.shots)
    outcome.keyframes = ScriptFolder(work.folder / "script").keyframes
    outcome.colored = Colored(frames_before=0)
    ready = replace(job, folder=work.folder, encoder_threads=work.manifest.encoder_threads)
    with outcome.stages.of("join"):
        outcome.notes = assemble(ready, work, events)
