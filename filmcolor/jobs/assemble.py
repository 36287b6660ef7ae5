"""Puts the segments of a film and the source's other streams together, under the final name."""

from __future__ import annotations

from filmcolor.events import Events, Joining, check_cancelled
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.join import join_segments
from filmcolor.jobs.work import Work
from filmcolor.media.encode.mux import MuxTask, mux
from filmcolor.media.positions import no_frames_in_range
from filmcolor.system.outputs import publish


def assemble(job: FilmJob, work: Work, events: Events) -> list[str]:
    """Finish the film; return sentences about what could not be taken over from the source.

    Raises as `filmcolor.colorize` does.
    """
    records = [record for record in work.manifest.segments if record.frames]
    if not records:
        raise no_frames_in_range(job.info)
    finished = job.folder / f"finished{job.output.suffix}"
    events.tell(Joining(job.output))
    check_cancelled()
    job.stamp.check()
    joined = join_segments(job, records, job.folder / "video.mov")
    first = records[0].pts - job.shift_ticks
    task = MuxTask(joined, job.shown, job.container, job.streams, job.part, first, finished)
    notes = mux(task)
    work.keep_finished(finished)
    publish(finished, job.output, job.info.path, job.overwrite)
    return notes
