"""Colours and encodes what is left to do of a film, segment by segment."""

from __future__ import annotations

from dataclasses import dataclass

from filmcolor.events import Events, FrameDone, Note, SegmentDone, check_cancelled
from filmcolor.jobs.color_run import RunReport
from filmcolor.jobs.disk_space import check_space
from filmcolor.jobs.executors.inline import color_inline
from filmcolor.jobs.executors.processes import color_in_processes, usual_workers
from filmcolor.jobs.get_ready import Ready
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.manifest import SegmentRecord
from filmcolor.jobs.runs import divided, open_runs, segments_of
from filmcolor.jobs.work import Work
from filmcolor.system.stages import StageTimes


@dataclass(frozen=True)
class Colored:
    """What colouring has to tell besides what stands in the manifest."""

    frames_before: int
    """Frames that an earlier run had done, and that are still whole."""
    cpu_seconds: float = 0.0
    """In other processes."""


def color(
    ready: Ready,
    work: Work,
    stages: StageTimes,
    events: Events,
) -> Colored:
    """Do all segments that `work` does not hold yet.

    Raises as `filmcolor.colorize` does.
    """
    job = ready.job
    segments = segments_of(job)
    work.begin_segments(len(segments))
    before = done = work.frames_done
    total = job.frame_total
    told_space(job, done, events)

    def frame_done() -> None:
        nonlocal done
        done += 1
        events.tell(FrameDone(done, total))
        check_cancelled()

    def segment_done(record: SegmentRecord) -> None:
        job.stamp.check()
        work.enter(record)
        events.tell(SegmentDone(record.number, len(segments), record.frames))

    report = RunReport(frame_done, segment_done)
    runs = open_runs(segments, work, job.plan)
    workers = job.run.workers or usual_workers(job.info)
    if workers > 1:
        runs = divided(runs, job.plan, 2 * workers)
        if len(runs) > 1:
            return Colored(before, color_in_processes(job, runs, report, workers, stages))
    color_inline(job, runs, ready.networks, report, stages)
    return Colored(before)


def told_space(job: FilmJob, done: int, events: Events) -> None:
    """Look whether the disk has room for all but the frames that are `done`; tell where it may not.

    Raises `OutputError` when it clearly has not.
    """
    total = job.frame_total
    if total is None:
        return
    left = max(0, total - done)
    note = check_space(job.folder, job.output, job.shown, job.video, job.settings, left)
    if note is not None:
        events.tell(Note(note))
