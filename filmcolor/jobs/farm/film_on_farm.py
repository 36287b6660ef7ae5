"""One film of which the coordinator of a farm has charge."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from filmcolor.coloring.shown import needs_plan
from filmcolor.errors import FilmcolorError, UsageError
from filmcolor.events import Done, Events, Planned, SegmentDone
from filmcolor.jobs.color import Colored, told_space
from filmcolor.jobs.executors.processes import process_bytes
from filmcolor.jobs.farm.join_pieces import join_work
from filmcolor.jobs.farm.look import take_over_look
from filmcolor.jobs.farm.looked_through import followed
from filmcolor.jobs.farm.path_map import PathMap
from filmcolor.jobs.farm.pieces import Piece, pieces_of
from filmcolor.jobs.farm.staged_film import StagedFilm, remove_staged, staged_before
from filmcolor.jobs.farm.storage import FarmStorage
from filmcolor.jobs.farm.task import FarmTask
from filmcolor.jobs.film import Outcome, summary_of
from filmcolor.jobs.job import FilmJob, FilmRequest
from filmcolor.jobs.kept_given import keep_given
from filmcolor.jobs.manifest import Manifest, new_manifest
from filmcolor.jobs.prepare import prepare
from filmcolor.jobs.runs import segments_of
from filmcolor.jobs.work import Work, is_finished, open_work
from filmcolor.script.on_disk import ScriptFolder
from filmcolor.summary import Summary

_FILMS: Final = 1_000_000
"""More than one run has."""


@dataclass(frozen=True)
class Failure:
    """What went wrong with a task, and where."""

    node: str
    worker: str
    message: str


@dataclass(frozen=True)
class Exchange:
    """How films change hands on a farm whose computers share no folder."""

    storage: FarmStorage
    pool: ThreadPoolExecutor
    """Fetches what nodes have done."""


@dataclass(eq=False)
class FilmOnFarm:
    """A film, its work folder, and what is left to do of it."""

    number: int
    """Place among all films, from 0: earlier ones go first."""
    request: FilmRequest
    paths: PathMap
    versions: dict[str, str]
    events: Events
    nodes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds that each computer worked on it."""
    cpu_seconds: float = 0.0
    failures: dict[int, list[Failure]] = field(default_factory=lambda: defaultdict(list))
    """By the number of the piece; 0: when it was looked through."""
    gone: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """How often a task was lost, by the number of the piece."""
    waiting: list[int] = field(default_factory=list)
    """Numbers of the pieces to ask for next, the last one first; 0: look it through."""
    is_finished: bool = False
    """Whether an earlier run has finished it already."""
    exchange: Exchange | None = None
    """None: nodes see its folders."""

    def __post_init__(self) -> None:
        """Nothing is known yet."""
        self._stack = ExitStack()
        self._outcome = Outcome()
        self._began = time.perf_counter()
        self._asked: dict[int, int] = defaultdict(int)
        self._pieces: dict[int, Piece] = {}
        self._open: set[int] = set()
        self._before = 0
        self._staged: StagedFilm | None = None

    def open(self) -> None:
        """Take charge of the work folder; raises as `filmcolor.colorize` does."""
        run = self.request.run
        if self.request.side_by_side is not None or not run.keep:
            raise UsageError("`farm`: needs a work folder that is kept.", what="farm")
        self.job: FilmJob = prepare(self.request)
        job = self.job
        before = None if self.exchange is None else staged_before(job.output)
        self.work: Work = self._stack.enter_context(
            open_work(job.output, job.info.path, new_manifest(job), restart=run.restart)
        )
        if self.exchange is not None:
            if before is not None and not self.work.resumed:
                remove_staged(self.exchange.storage, before)
            self._staged = StagedFilm(self.exchange.storage, job, self.work, self.exchange.pool)
        if is_finished(job.output, self.work.manifest):
            self.is_finished = True
            return
        self.work.check_given_plan(job.plan)
        keep_given(self.work.folder, self.work.manifest, job.changes.given)
        if job.plan is not None and self.work.manifest.plan is None:
            self.work.keep_plan(job.plan, given=True)
        if self._staged is not None:
            self._staged.bring()
        if not self.take_over_look():
            self.waiting.append(0)

    @property
    def folder(self) -> Path:
        """Its work folder."""
        return self.work.folder

    @property
    def name(self) -> str:
        """The name of the film, for people."""
        return self.job.info.path.name

    @property
    def priority(self) -> int:
        """What of all that is asked for goes first: more before less."""
        return self.request.run.priority * _FILMS - self.number

    @property
    def bytes_needed(self) -> int:
        """How much memory a task of it takes; about."""
        return process_bytes(self.job.info)

    @property
    def frames_done(self) -> int:
        """How many frames are done, those of earlier runs included."""
        return self.work.frames_done

    def is_coming(self, number: int) -> bool:
        """Return whether what was done of a piece is still on its way here; 0: of the look."""
        return self._staged is not None and self._staged.is_coming(number)

    def take_over_look(self) -> bool:
        """Take what was found out about shots and keyframes; return whether all is known now."""
        if self._staged is not None and self._asked[0] and not self._staged.has_come(0, range(0)):
            return False
        work, job = self.work, self.job
        manifest = work.manifest
        known = manifest.network is not None and (
            ScriptFolder(work.folder / "script").facts is not None
            if needs_plan(job.settings) or manifest.plan is not None
            else True
        )
        if not known and (self._staged is not None or not take_over_look(work)):
            return False
        plan = work.plan()
        if plan is None and work.manifest.plan is not None:
            return False
        followed_plan = None if plan is None else job.changes.followed(plan, job.part)
        self.job = followed(replace(job, plan=followed_plan, folder=work.folder), work)
        count = len(segments_of(self.job))
        work.begin_segments(count)
        self._before = work.frames_done
        told_space(self.job, self._before, self.events)
        shots = None if followed_plan is None else len(followed_plan.shots)
        self.events.tell(Planned(shots, self.job.frame_total))
        self._pieces = {piece.number: piece for piece in pieces_of(self.job)}
        records = work.manifest.segments
        self._open = {n for n, piece in self._pieces.items() if piece.missing(records)}
        self.waiting = sorted(self._open, reverse=True)
        return True

    def take_over(self, number: int) -> bool:
        """Take what was coloured of a piece; return whether it is done."""
        piece = self._pieces[number]
        if self._staged is not None and not self._staged.has_come(number, piece.numbers):
            return False
        before = self.work.manifest.segments
        self.work.take_over(piece.numbers)
        after = self.work.manifest.segments
        count = self.work.manifest.segment_count or 0
        for record in after:
            if record not in before:
                self.events.tell(SegmentDone(record.number, count, record.frames))
        if piece.missing(after):
            return False
        self._open.discard(number)
        return True

    def is_open(self, number: int) -> bool:
        """Return whether a piece (0: the look) is still to be done."""
        return number in self._open if number else not self._pieces

    @property
    def is_colored(self) -> bool:
        """Whether there is nothing left to do but to join."""
        return self.is_finished or (bool(self._pieces) and not self._open)

    def task(self, number: int) -> FarmTask:
        """Return the task for a piece; 0: the look."""
        piece = self._pieces.get(number)
        shots = None if piece is None else piece.shots
        words = "" if piece is None else f"part {number}"
        if shots is not None:
            words = f"shot {shots[0]}" if shots[0] == shots[1] else f"shots {shots[0]}-{shots[1]}"
        self._asked[number] += 1
        return FarmTask(
            step="color" if number else "look",
            folder=str(self.folder.absolute()) if self._staged is None else self._staged.key,
            film=self.name,
            number=number,
            shots=words,
            state=_state(self.work.manifest),
            paths=self.paths.pairs,
            versions=self.versions,
            stage=None if self._staged is None else self._staged.stage,
            copy=self._asked[number] - 1,
        )

    def join(self) -> Summary:
        """Put it together; raises as `filmcolor.colorize` does."""
        if not self.is_finished:
            join_work(self.job, self.work, self._outcome, self.events)
        outcome = self._outcome
        outcome.colored = Colored(self._before, self.cpu_seconds)
        outcome.began = self._began
        manifest = self.work.manifest
        self.end(None)
        summary = summary_of(self.job, manifest, outcome)
        summary.nodes = {node: round(seconds, 3) for node, seconds in self.nodes.items()}
        self.events.tell(Done(summary))
        return summary

    def end(self, error: BaseException | None) -> BaseException | None:
        """Let go of the work folder; return the error that tells what is kept."""
        if self._staged is not None:
            self._staged.stop()
        try:
            with self._stack:
                if error is not None:
                    raise error
        except (FilmcolorError, KeyboardInterrupt) as told:
            return told
        finally:
            if self._staged is not None:
                self._staged.end()
        return None


def _state(manifest: Manifest) -> str:
    fixed = manifest.model_dump_json(exclude={"segments", "segment_count", "finished"})
    return hashlib.sha256(fixed.encode()).hexdigest()
