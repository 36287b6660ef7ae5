"""The work folder of a film: what is done is entered here, and found again after a break."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filmcolor.checksum import file_sha256
from filmcolor.coloring.shot_state import ShotState, read_state
from filmcolor.errors import FilmcolorError, InputError, OutputError
from filmcolor.interruption import Interrupted
from filmcolor.networks import Network
from filmcolor.outputs import check_output, work_folder, write_durably
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import plan_text, read_plan
from filmcolor.segments.files import segment_file, state_file
from filmcolor.segments.lock import FolderLock
from filmcolor.segments.manifest import (
    NAME,
    FinishedFile,
    Manifest,
    NetworkIdentity,
    PlanIdentity,
    SegmentRecord,
    differences,
    network_differences,
    read_manifest,
    write_manifest,
)

PLAN_NAME = "plan.json"


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
        self._output = output
        self._lock = threading.Lock()

    def _change(self, **values: object) -> None:
        with self._lock:
            self.manifest = self.manifest.model_copy(update=values)
            write_manifest(self.manifest, self.folder)

    def _refuse(self, different: Sequence[str]) -> None:
        if different:
            raise OutputError(
                f"{self._output}: an unfinished run was begun with {', '.join(different)}; repeat "
                "that to carry on, or begin anew with --restart."
            )

    def check_network(self, network: Network) -> None:
        """Enter the network; raises `OutputError` if the run was begun with another one."""
        identity = NetworkIdentity.of(network)
        if self.manifest.network is None:
            self._change(network=identity)
        else:
            self._refuse(network_differences(self.manifest.network, identity))

    def plan(self) -> Plan | None:
        """Return the plan that an earlier run has left; None where there is none."""
        known = self.manifest.plan
        if known is None:
            return None
        path = self.folder / PLAN_NAME
        try:
            if hashlib.sha256(path.read_bytes()).hexdigest() == known.sha256:
                return read_plan(path)
        except (OSError, InputError):
            pass
        if self.manifest.segments:
            raise OutputError(f"{path}: was changed or damaged; begin anew with --restart.")
        return None

    def check_given_plan(self, plan: Plan | None) -> None:
        """Raise `OutputError` if an earlier run followed another plan than this one."""
        known = self.manifest.plan
        if known is None:
            return
        if plan is None and known.given:
            self._refuse(["a plan (now none given)"])
        elif plan is not None and not known.given:
            self._refuse(["no plan (now one is given)"])
        elif plan is not None and known.sha256 != _plan_sha256(plan):
            self._refuse(["another plan"])

    def keep_plan(self, plan: Plan, given: bool) -> None:
        """Enter a plan."""
        write_durably(self.folder / PLAN_NAME, plan_text(plan).encode())
        self._change(plan=PlanIdentity(sha256=_plan_sha256(plan), given=given))

    def begin_segments(self, count: int) -> None:
        """Enter into how many segments the film is cut; what is done must still be whole."""
        kept = tuple(r for r in self.manifest.segments if r.through < count and self._is_whole(r))
        if (count, kept) != (self.manifest.segment_count, self.manifest.segments):
            self._change(segment_count=count, segments=kept)
        wanted = {segment_file(self.folder, record.number) for record in kept}
        wanted |= {state_file(self.folder, record.number) for record in kept}
        for path in self.folder.glob("segment-*"):
            if path not in wanted:
                path.unlink(missing_ok=True)

    def _is_whole(self, record: SegmentRecord) -> bool:
        return _matches(segment_file(self.folder, record.number), record.sha256) and _matches(
            state_file(self.folder, record.number), record.state_sha256
        )

    def enter(self, record: SegmentRecord) -> None:
        """Enter a segment that is done; its files are on the disk already."""
        with self._lock:
            done = [r for r in self.manifest.segments if r.number != record.number]
            done = sorted([*done, record], key=lambda r: r.number)
        self._change(segments=tuple(done))

    def state_behind(self, record: SegmentRecord) -> ShotState | None:
        """Return what the segment behind `record` needs to go on in the same shot."""
        if record.state_sha256 is None:
            return None
        try:
            return read_state(state_file(self.folder, record.number).read_bytes())
        except OSError:
            return None

    def keep_finished(self, finished: Path) -> None:
        """Enter the finished film, just before it gets its final name."""
        self._change(finished=FinishedFile.of(finished))

    @property
    def is_worth_keeping(self) -> bool:
        """Whether a later run saves time by what is here."""
        return self.manifest.plan is not None or bool(self.manifest.segments)

    @property
    def kept(self) -> str:
        """In words, what is here and how to carry on."""
        manifest = self.manifest
        done = "its shots are found"
        if manifest.segments:
            done = f"{manifest.done} of {manifest.segment_count} segments are done"
        return f"{done}, and the same command or `filmcolor resume` carries on."


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

    It stays when the block is left by an exception and something is done already; otherwise it
    goes away. Raises `OutputError` when another run is at work there, when an earlier run was
    begun otherwise than `wanted` (without `restart`), or when nothing can be written.
    """
    folder = work_place(output)
    if not folder.exists():
        check_output(output, source, wanted.overwrite)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = FolderLock(folder)
        free = lock.acquire()
    except OSError as error:
        raise OutputError(
            f"{output.parent}: nothing can be written there ({error.strerror or error}); "
            "choose another folder with -o."
        ) from error
    if not free:
        raise OutputError(
            f"{output}: another run is at work on it; wait for that one, or name another -o."
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
            work._refuse(differences(begun, wanted))
        keep = False
        try:
            yield work
        except BaseException as error:
            keep = work.is_worth_keeping
            if keep and isinstance(error, KeyboardInterrupt):
                raise Interrupted(f"interrupted; {work.kept}") from None
            if keep and isinstance(error, FilmcolorError):
                raise type(error)(f"{str(error).rstrip('.')}; {work.kept}") from error
            raise
    finally:
        if keep:
            lock.release()
        else:
            _remove(folder, lock)


def _plan_sha256(plan: Plan) -> str:
    return hashlib.sha256(plan_text(plan).encode()).hexdigest()


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
