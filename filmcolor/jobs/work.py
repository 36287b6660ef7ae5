"""The work folder of a film: what is done is entered here, and found again after a break."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from filmcolor.coloring.shot_state import ShotState, read_state
from filmcolor.errors import (
    DamagedFilmError,
    FilmcolorError,
    InputChangedError,
    OutputError,
    RestartNeededError,
)
from filmcolor.jobs.files import record_file, segment_file, state_file
from filmcolor.jobs.handed_over import handed_over
from filmcolor.jobs.kept_plan import kept_plan, plan_sha256, write_plan
from filmcolor.jobs.lock import FolderLock
from filmcolor.jobs.manifest import (
    NAME,
    FinishedFile,
    Manifest,
    PlanIdentity,
    SegmentRecord,
    differences,
    network_differences,
    read_manifest,
    write_manifest,
)
from filmcolor.jobs.network_identity import MAIN, NetworkIdentity
from filmcolor.media.faults.unchanged import InputStamp, changed
from filmcolor.planning.plan import Plan
from filmcolor.system.checksum import file_sha256
from filmcolor.system.interruption import Interrupted
from filmcolor.system.outputs import cannot_write, check_output, is_folder, told_of, work_folder
from filmcolor.wording.words import command, counted

_DONE_AGAIN = (
    "a finished segment in the work folder was damaged and was coloured again; the disk may be "
    "failing."
)


def work_place(output: Path) -> Path:
    """Return the work folder of an output: hidden, beside it, always the same."""
    return output.with_name(f".{output.name}.filmcolor")


class Work:
    """An open work folder; see `open_work`. Its methods may be called from several threads."""

    def __init__(self, folder: Path, output: Path, manifest: Manifest, resumed: bool) -> None:
        """Take charge of a folder that is locked already."""
        self.folder = folder
        self.manifest = manifest
        self.resumed = resumed
        """Whether an earlier run began here."""
        self.stays = False
        """Whether the folder is kept although nothing went wrong: others go on with it."""
        self._output = output
        self._lock = threading.RLock()
        self._damaged: set[int] = set()
        """Numbers of segments that were done, but were found damaged."""
        self._states: dict[int, ShotState | None] = {}
        """What segments that are to be done need, by the number of the one before."""

    def _change(self, **values: object) -> None:
        with self._lock:
            self.manifest = self.manifest.model_copy(update=values)
            write_manifest(self.manifest, self.folder)

    def _refuse(self, different: Sequence[str]) -> None:
        if different:
            raise RestartNeededError(
                f"{self._output}: an unfinished run was begun with {', '.join(different)}; repeat "
                "that to carry on, or begin anew with `restart`.",
                file=self._output,
                remedy="restart",
            )

    def check_networks(self, networks: Mapping[str, NetworkIdentity]) -> None:
        """Enter the networks; raises `OutputError` if the run was begun with other ones."""
        main = networks[MAIN]
        others = {name: known for name, known in networks.items() if name != MAIN}
        begun = self.manifest
        if begun.network is None:
            self._change(network=main, shot_networks=others)
            return
        self._refuse(network_differences(begun.network, main))
        for name, identity in others.items():
            if name in begun.shot_networks:
                self._refuse(network_differences(begun.shot_networks[name], identity))

    def plan(self) -> Plan | None:
        """Return the plan that an earlier run has left; None where there is none."""
        return kept_plan(self.folder, self.manifest)

    def check_given_plan(self, plan: Plan | None) -> None:
        """Raise `OutputError` if an earlier run followed another plan than this one."""
        known = self.manifest.plan
        if known is None:
            return
        if plan is None and known.given:
            self._refuse(["a plan (now none given)"])
        elif plan is not None and not known.given:
            self._refuse(["no plan (now one is given)"])
        elif plan is not None and known.sha256 != plan_sha256(plan):
            self._refuse(["another plan"])

    def keep_plan(self, plan: Plan, given: bool) -> None:
        """Enter a plan."""
        write_plan(plan, self.folder)
        self.enter_plan(PlanIdentity(sha256=plan_sha256(plan), given=given))

    def enter_plan(self, plan: PlanIdentity) -> None:
        """Enter a plan that lies in the folder already."""
        self._change(plan=plan)

    def begin_segments(self, count: int) -> None:
        """Enter into how many segments the film is cut.

        What is done is kept if it is still whole, and so is what the segment behind needs, if that
        is to be done.
        """
        kept = self._whole([r for r in self._records() if r.through < count])
        if (count, kept) != (self.manifest.segment_count, self.manifest.segments):
            self._change(segment_count=count, segments=kept)
        wanted = {segment_file(self.folder, record.number) for record in kept}
        wanted |= {state_file(self.folder, record.number) for record in kept}
        wanted |= {record_file(self.folder, record.number) for record in kept}
        for path in self.folder.glob("segment-*"):
            if path not in wanted:
                path.unlink(missing_ok=True)

    def take_over(self, numbers: range) -> None:
        """Enter those of some segments that others have done, as far as they are whole."""
        with self._lock:
            others = [r for r in self.manifest.segments if r.number not in numbers]
            kept = self._whole([r for r in self._records() if r.number in numbers])
            found = tuple(sorted([*others, *kept], key=lambda r: r.number))
            if found != self.manifest.segments:
                self._change(segments=found)

    def _records(self) -> list[SegmentRecord]:
        """Return what is entered, and what others have handed over, in order."""
        records = list(self.manifest.segments)
        entered = {number for r in records for number in range(r.number, r.through + 1)}
        for record in handed_over(self.folder):
            numbers = range(record.number, record.through + 1)
            if entered.isdisjoint(numbers):
                entered.update(numbers)
                records.append(record)
        return sorted(records, key=lambda record: record.number)

    def _whole(self, records: Sequence[SegmentRecord]) -> tuple[SegmentRecord, ...]:
        """Return those that are still as they were written."""
        kept: tuple[SegmentRecord, ...] = ()
        for record in reversed(records):
            goes_on = bool(kept) and kept[0].number == record.through + 1
            if self._is_whole(record, goes_on):
                kept = (record, *kept)
            else:
                self._damaged.add(record.number)
        return kept

    def _is_whole(self, record: SegmentRecord, goes_on: bool) -> bool:
        state = state_file(self.folder, record.number)
        if not _matches(segment_file(self.folder, record.number), record.sha256):
            return False
        if goes_on or record.state_sha256 is None:
            return True
        if _matches(state, record.state_sha256):
            with contextlib.suppress(OSError, MemoryError):
                self._states[record.number] = read_state(state.read_bytes())
        return self._states.get(record.number) is not None

    def enter(self, record: SegmentRecord) -> None:
        """Enter a segment that is done; its files are on the disk already."""
        numbers = range(record.number, record.through + 1)
        with self._lock:
            if not self._damaged.isdisjoint(numbers):
                record = record.model_copy(update={"notes": (*record.notes, _DONE_AGAIN)})
            done = [r for r in self.manifest.segments if r.number not in numbers]
            self._change(segments=tuple(sorted([*done, record], key=lambda r: r.number)))

    def state_behind(self, record: SegmentRecord) -> ShotState:
        """Return what the segment behind `record`, which is to be done, needs to go on in a shot.

        Raises `OutputError` where the manifest does not know of it.
        """
        state = self._states.get(record.number)
        if state is None:
            raise RestartNeededError(
                f"{self.folder / NAME}: is damaged; begin anew with `restart`."
            )
        return state

    def keep_finished(self, finished: Path) -> None:
        """Enter the finished film, just before it gets its final name."""
        self._change(finished=FinishedFile.of(finished))

    @property
    def frames_done(self) -> int:
        """How many frames the segments have that are done."""
        return sum(record.frames for record in self.manifest.segments)

    @property
    def is_worth_keeping(self) -> bool:
        """Whether a later run saves time by what is here."""
        return self.manifest.plan is not None or bool(self.manifest.segments)

    @property
    def kept(self) -> str:
        """In words, what is here."""
        manifest = self.manifest
        if not manifest.segments:
            return "its shots are found"
        done = f"{manifest.done} of {counted(manifest.segment_count or 0, 'segment')}"
        return f"{done} {'is' if manifest.segment_count == 1 else 'are'} done"

    @property
    def carries_on(self) -> str:
        """In words, how to go on: with a command that can be pasted."""
        return f"{command('resume', self._output)} carries on"


def is_finished(output: Path, manifest: Manifest) -> bool:
    """Return whether the finished film of a manifest stands under its final name already."""
    if manifest.finished is None:
        return False
    try:
        return FinishedFile.of(output) == manifest.finished
    except OSError:
        return False


@contextmanager
def passing_work(output: Path, source: Path, wanted: Manifest) -> Iterator[Work]:
    """Provide a work folder that goes away in any case; raises as `open_work` does."""
    check_output(output, source, wanted.overwrite)
    with work_folder(output) as folder:
        yield Work(folder, output, wanted, resumed=False)


@contextmanager
def open_work(output: Path, source: Path, wanted: Manifest, *, restart: bool) -> Iterator[Work]:
    """Provide the work folder of `output`, locked.

    It stays when the block is left by an exception and something is done already, or when it is to
    stay; otherwise it goes away. Raises `OutputError` when another run is at work there, when an
    earlier run was begun otherwise than `wanted` (without `restart`), or when nothing can be
    written.
    """
    folder = work_place(output)
    stamp = InputStamp.of(source)
    if is_folder(output) or not folder.exists():
        check_output(output, source, wanted.overwrite)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = FolderLock(folder)
        free = lock.acquire()
    except OSError as error:
        raise cannot_write(output, error) from error
    if not free:
        raise OutputError(
            f"{output}: another run is at work on it; wait for that one, or name another `output`."
        )
    keep = True
    try:
        begun = None if restart else read_manifest(folder)
        keep = restart or begun is not None
        if begun is None or not is_finished(output, begun):
            check_output(output, source, wanted.overwrite)
        if begun is None:
            _empty(folder)
        work = Work(folder, output, begun or wanted, begun is not None)
        if begun is None:
            write_manifest(wanted, folder)
        else:
            if begun.content != wanted.content and begun.input != wanted.input:
                raise RestartNeededError(
                    f"{output}: an unfinished run was begun with another input, "
                    f"{Path(begun.input).name}; finish it with {command('resume', output)}, or "
                    "name another `output`."
                )
            work._refuse(differences(begun, wanted))
            work.manifest = begun.model_copy(update={"strict": wanted.strict})
        keep = False
        try:
            with told_of(output, folder):
                yield work
            keep = work.stays
        except BaseException as error:
            keep = work.is_worth_keeping
            if keep and isinstance(error, KeyboardInterrupt):
                raise Interrupted(work.kept, output, work.carries_on) from None
            if keep and isinstance(error, FilmcolorError):
                raise _with_advice(error, work, stamp) from error
            raise
    finally:
        if keep:
            lock.release()
        else:
            _remove(folder, lock)


def discard_work(output: Path, source: Path) -> None:
    """Throw away what an unfinished run has left of `output`, if it was made from `source`.

    What a run is at work on stays.
    """
    folder = work_place(output)
    try:
        begun = read_manifest(folder)
        lock = FolderLock(folder)
        if begun is not None and Path(begun.input) == source.absolute() and lock.acquire():
            _remove(folder, lock)
    except (OSError, OutputError):
        return


def _with_advice(error: FilmcolorError, work: Work, stamp: InputStamp) -> FilmcolorError:
    """Return an error that also says what is kept, and how to go on."""
    said = str(error).rstrip(".")
    if isinstance(error, RestartNeededError):
        return error
    if stamp.is_outdated and not isinstance(error, InputChangedError):
        error = changed(stamp.path, said)
    if isinstance(error, InputChangedError):
        return error.reworded(f"{str(error).rstrip('.')} with `restart`.")
    how = "are kept" if isinstance(error, DamagedFilmError) else work.carries_on
    return error.reworded(f"{said}; {work.kept}, and {how}.")


def _matches(path: Path, sha256: str | None) -> bool:
    if sha256 is None:
        return True
    try:
        return file_sha256(path) == sha256
    except OSError:
        return False


def _empty(folder: Path) -> None:
    """Throw away what an earlier run has left, the manifest first."""
    (folder / NAME).unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.name != "lock":
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _remove(folder: Path, lock: FolderLock) -> None:
    """Take the folder away; the manifest goes last, as long as it is there one can carry on."""
    for path in folder.iterdir():
        if path.name != NAME and path.is_file() and path.suffix:
            with contextlib.suppress(OSError):
                path.unlink()
    if os.name == "posix":
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
    else:  # a file that is open cannot be removed there
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)
