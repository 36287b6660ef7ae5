"""Colours a run of segments and encodes each into a file of its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.film import ColoredFrame
from filmcolor.coloring.shot_state import ShotState, state_bytes
from filmcolor.coloring.shown import colored_film
from filmcolor.errors import OutputError
from filmcolor.jobs.cut import Segment
from filmcolor.jobs.files import segment_file, state_file
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.manifest import SegmentRecord
from filmcolor.jobs.runs import Run
from filmcolor.media.encode.writer import VideoWriter
from filmcolor.media.faults.gaps import Gap, find_gaps
from filmcolor.media.source import FrameRange
from filmcolor.networks.chosen import ChosenNetworks
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.system.atomic_output import put_in_place
from filmcolor.system.checksum import file_sha256
from filmcolor.system.outputs import write_durably
from filmcolor.system.prefetch import Prefetch
from filmcolor.system.stages import StageTimes
from filmcolor.wording.reasons import reason_of

_COLORED_AHEAD = 2


@dataclass(frozen=True)
class RunReport:
    """Who wants to know how far a run is."""

    frame_done: Callable[[], None]
    """Called after each frame, from the thread that colours the run."""
    segment_done: Callable[[SegmentRecord], None]
    """Called from another thread with each segment, as soon as its files are on the disk."""


@dataclass(frozen=True)
class RunResult:
    """What colouring a run took."""

    stage_seconds: dict[str, float]
    """Wall-clock seconds inside each stage, added up over its threads."""
    cpu_seconds: float
    """Of this process, while it coloured the run."""


def color_run(
    job: FilmJob,
    run: Run,
    networks: ChosenNetworks,
    report: RunReport,
) -> RunResult:
    """Colour and encode the segments of `run`.

    What comes of it depends on nothing but the job, the run and the networks. Raises as
    `filmcolor.colorize` does.
    """
    began, stages = time.process_time(), StageTimes()
    source = job.source.reopen()
    begin, end = run.segments[0].pts, run.segments[-1].end_pts
    unit = job.info.time_base
    task = ColorTask(
        job.settings,
        FrameRange(
            job.part.start if begin is None else begin * unit,
            job.part.end if end is None else end * unit,
            run.first_pts,
        ),
        plan=job.plan,
        script=job.script,
        encoding=job.film_video.encoding,
        chroma_size=job.film_video.chroma_size,
        state=run.state,
    )
    coloring = colored_film(source, task, FilmNetworks(networks.main, networks.shots), stages)
    with (
        Prefetch(coloring, _COLORED_AHEAD) as colored,
        _SegmentWriter(job, run, stages, report.segment_done) as writer,
    ):
        for item in colored:
            writer.write(item)
            report.frame_done()
    return RunResult(stages.seconds, time.process_time() - began)


class _SegmentWriter:
    """Writes frames into one file after the other; use as a context manager.

    A file is finished before the next one is begun, as each encoder takes a lot of memory;
    meanwhile the next segment's frames are coloured. It is finished in a thread of its own, which
    Ctrl-C does not reach: a segment of which all frames have come is kept.
    """

    def __init__(
        self,
        job: FilmJob,
        run: Run,
        stages: StageTimes,
        segment_done: Callable[[SegmentRecord], None],
    ) -> None:
        self._job = job
        self._stages = stages
        self._segment_done = segment_done
        self._upcoming = deque(run.segments[1:])
        self._last = run.segments[-1]
        self._state = run.state
        self._current = _OpenSegment(run.segments[0], job, stages.count("network"))
        self._notes: list[str] = []
        self._damage: list[int] = []
        self._finishing = ThreadPoolExecutor(1, "filmcolor-finish")

    def __enter__(self) -> _SegmentWriter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                shorter = bool(self._upcoming)  # than its file says
                while self._upcoming:
                    self._take_in_next()
                self._finish(None, None, followed=not shorter and self._last.end_pts is not None)
            else:
                self._current.abandon()
        finally:
            self._finishing.shutdown()

    def write(self, item: ColoredFrame) -> None:
        """Encode a frame."""
        self._notes += item.frame.found.notes
        self._damage += item.frame.found.damage
        pts = item.frame.pts
        while len(self._upcoming) > 1 and pts >= (self._upcoming[1].pts or 0):
            self._take_in_next()  # in a leap of the clock there are no frames
        if self._upcoming and pts >= (self._upcoming[0].pts or 0):
            self._begin_next()
        with self._stages.of("encode"):
            self._current.write(item)
        self._state = item.state

    def _take_in_next(self) -> None:
        """Let the current segment reach through the next one."""
        self._current.through = self._upcoming.popleft().number

    def _begin_next(self) -> None:
        segment = self._upcoming[0]
        if segment.inside_shot and self._state is None:
            self._take_in_next()  # it cannot be cut here after all
            return
        self._upcoming.popleft()
        state = self._state if segment.inside_shot else None
        self._finish(state, segment.pts, followed=True, following=segment)

    def _finish(
        self,
        state: ShotState | None,
        end_pts: int | None,
        *,
        followed: bool,
        following: Segment | None = None,
    ) -> None:
        """Finish the current segment; that `following` is the current one then.

        `followed`: whether more frames are known to come.
        """
        segment = self._current
        segment.passes = self._stages.count("network") - segment.passes
        segment.notes, self._notes = tuple(self._notes), []
        segment.holes = tuple(at for at in self._damage if segment.covers(at, end_pts))
        segment.gaps = find_gaps(
            # A film's last picture is often put where the film is to end: no gap before it.
            self._job.info,
            segment.shown if followed else segment.shown[:-2],
            segment.holes,
        )
        if following is not None:
            self._current = _OpenSegment(following, self._job, self._stages.count("network"))
        self._finishing.submit(self._complete, segment, state).result()

    def _complete(self, segment: _OpenSegment, state: ShotState | None) -> None:
        with self._stages.of("finish"):
            self._segment_done(segment.finish(state))


class _OpenSegment:
    """A segment while it is encoded."""

    def __init__(self, segment: Segment, job: FilmJob, passes: int) -> None:
        self.through = segment.number
        self.passes = passes
        self.notes: tuple[str, ...] = ()
        self.holes: tuple[int, ...] = ()
        self.gaps: tuple[Gap, ...] = ()
        self._segment = segment
        self._job = job
        self._path = segment_file(job.scratch or job.folder, segment.number)
        self._part = self._path.with_name(f"{self._path.name}.part")
        self._writer: VideoWriter | None = None
        self.shown: list[tuple[int, int]] = []
        """Timestamps and durations of the frames so far."""
        self._first = self._end = self._offset = 0

    def covers(self, pts: int, end_pts: int | None) -> bool:
        """Return whether `pts` lies in this segment, which ends just before `end_pts`."""
        begin = self._segment.pts
        return (begin is None or pts >= begin) and (end_pts is None or pts < end_pts)

    def write(self, item: ColoredFrame) -> None:
        frame, job = item.frame, self._job
        if self._writer is None:
            self._writer = VideoWriter(self._part, job.video, job.encoder_threads)
            self._first = frame.pts
            # The first file may be all of the film: then nothing is joined.
            self._offset = 0 if self._segment.number == 0 else frame.pts - job.shift_ticks
        if job.side_by_side is not None:
            item = job.side_by_side.frame(item, job.info, job.video)
        pts = frame.pts - job.shift_ticks - self._offset
        self._writer.write(item.luma, item.u, item.v, pts, frame.duration)
        self.shown.append((frame.pts, frame.duration))
        self._end = frame.pts + frame.duration

    def abandon(self) -> None:
        if self._writer is not None:
            self._writer.abandon()
        self._part.unlink(missing_ok=True)

    def finish(self, state: ShotState | None) -> SegmentRecord:
        """Bring the segment's files to the disk; return what to enter into the manifest."""
        sha256 = state_sha256 = None
        if self._writer is not None:
            self._writer.finish()
            sha256 = self._keep(self._part, self._path)
        if state is not None:
            path = state_file(self._path.parent, self._segment.number)
            write_durably(path, state_bytes(state))
            state_sha256 = file_sha256(path)
        return SegmentRecord(
            number=self._segment.number,
            through=self.through,
            frames=len(self.shown),
            pts=self._first,
            end_pts=self._end,
            offset=self._offset,
            sha256=sha256,
            state_sha256=state_sha256,
            network_passes=self.passes,
            notes=self.notes,
            holes=self.holes,
            gaps=self.gaps,
        )

    @staticmethod
    def _keep(unfinished: Path, path: Path) -> str:
        try:
            put_in_place(unfinished, path)
            return file_sha256(path)
        except OSError as error:
            raise OutputError(f"{path}: writing failed ({reason_of(error)}).") from error
