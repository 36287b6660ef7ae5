"""Colours one piece of a film, in any process on any computer that sees its work folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filmcolor.coloring.shown import needs_plan
from filmcolor.errors import OutputError, UsageError
from filmcolor.events import Events, check_cancelled
from filmcolor.jobs.color_run import RunReport, color_run
from filmcolor.jobs.farm.begun import Begun, OthersWork
from filmcolor.jobs.farm.looked_through import followed
from filmcolor.jobs.farm.pieces import Piece, names_of, pieces_of
from filmcolor.jobs.files import script_folder
from filmcolor.jobs.get_ready import Ready, get_ready
from filmcolor.jobs.handed_over import hand_over
from filmcolor.jobs.manifest import SegmentRecord
from filmcolor.jobs.prepare import prepare
from filmcolor.jobs.runs import open_runs
from filmcolor.networks import Network
from filmcolor.script.on_disk import ScriptFolder
from filmcolor.system.memory_errors import memory_told
from filmcolor.system.outputs import cannot_write, told_of
from filmcolor.system.stages import StageTimes


@dataclass(frozen=True)
class PieceDone:
    """What became of a piece."""

    frames: int
    """Frames that were coloured now."""
    frames_before: int
    """Frames of it that were done already."""


@dataclass(frozen=True)
class ReadyPieces:
    """A film that is looked through, with its networks loaded."""

    begun: Begun
    ready: Ready
    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, begun: Begun, network: Network | None = None) -> ReadyPieces:
        """Get the film of a work folder ready; `network`: its own, where it is loaded already.

        Raises `OutputError` where it is not looked through yet, and as `Begun.request` does.
        """
        manifest = begun.manifest
        planned = manifest.plan is not None or not needs_plan(manifest.settings)
        script = ScriptFolder(script_folder(begun.folder))
        if manifest.network is None or not planned or (manifest.plan and script.facts is None):
            raise OutputError(
                f"{begun.output}: its shots and keyframes are not known yet; prepare it first."
            )
        request = begun.request()
        work = begun.work()
        job = followed(prepare(request), work)
        with told_of(begun.output, begun.folder), memory_told(job.info.path):
            ready = get_ready(request, job, work, network, Events(), StageTimes())
        return cls(begun, ready, tuple(pieces_of(ready.job)))

    def piece(self, number: int) -> Piece:
        """Return a piece; raises `UsageError` where there is none of this number."""
        if not 1 <= number <= len(self.pieces):
            raise UsageError(
                f"`number`: {number} will not do: {self.begun.output} has the pieces "
                f"{names_of(list(self.pieces))}.",
                what="number",
                value=number,
            )
        return self.pieces[number - 1]

    def color(
        self,
        number: int,
        frame_done: Callable[[], None] = lambda: None,
        segment_over: Callable[[int], None] = lambda _: None,
    ) -> PieceDone:
        """Colour what is left to do of a piece, and hand each segment over when it is done.

        `segment_over` is called then with its number, from another thread. Raises as
        `filmcolor.colorize` does.
        """
        piece, folder, job = self.piece(number), self.begun.folder, self.ready.job
        work = OthersWork(folder, self.begun.output, self.begun.manifest, resumed=True)
        work.take_over(piece.numbers)
        before = sum(r.frames for r in work.manifest.segments if r.number in piece.numbers)
        frames = 0

        def one_more() -> None:
            nonlocal frames
            frames += 1
            frame_done()
            check_cancelled()

        with (
            told_of(self.begun.output, folder),
            memory_told(job.info.path),
            _scratch(folder, number) as scratch,
        ):
            job = replace(job, scratch=scratch)

            def segment_done(record: SegmentRecord) -> None:
                job.stamp.check()
                hand_over(record, scratch, folder)
                segment_over(record.number)

            report = RunReport(one_more, segment_done)
            for run in open_runs(piece.segments, work, job.plan):
                color_run(job, run, self.ready.networks, report)
        return PieceDone(frames, before)


@contextmanager
def _scratch(folder: Path, number: int) -> Iterator[Path]:
    """Provide a folder in the work folder, on the same disk, for files that are being written."""
    try:
        name = tempfile.mkdtemp(prefix=f"piece-{number:05}.", dir=folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield Path(name)
    finally:
        shutil.rmtree(name, ignore_errors=True)
