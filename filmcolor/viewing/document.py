"""What is decided about a film, as files beside it; every change can be taken back.

The plan, and the folder of pictures that were painted, are written at once, each in one step. What
another program writes into them is noticed, and is one more change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from filmcolor.errors import InputError, OutputError
from filmcolor.media.film import FilmInfo
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import read_plan, write_plan
from filmcolor.system.outputs import write_durably
from filmcolor.wording.reasons import reason_of

Files = Mapping[Path, bytes | None]
"""What stands in files; None: they are not there."""

_MOST_STEPS = 1000
_MOST_BYTES = 256 << 20
"""Of pictures that are kept to take changes back."""


@dataclass(frozen=True)
class _Step:
    """A change that was made."""

    what: str
    before: Plan | None
    after: Plan | None
    files_before: Files = field(default_factory=dict)
    files_after: Files = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        both = (*self.files_before.values(), *self.files_after.values())
        return sum(len(each) for each in both if each is not None)


class Document:
    """The plan of a film and pictures beside it. Not thread-safe: `FilmView` sees to that."""

    def __init__(self, info: FilmInfo, path: Path, changed: Callable[[str], None]) -> None:
        """Read the plan at `path`, if there is one; `changed` is told of each change.

        Raises `InputError` for a plan that cannot be read, or is of another film.
        """
        self.path = path
        self.plan: Plan | None = None
        self._info = info
        self._tell = changed
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._stamp = _stamp(path)
        if self._stamp is not None:
            self.plan = read_plan(path, info)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._undone)

    def refresh(self) -> None:
        """Read the plan again if another program has written it.

        Raises `InputError` when what stands there now is no plan of this film. A plan that was
        removed is written again with the next change.
        """
        stamp = _stamp(self.path)
        if stamp == self._stamp or stamp is None:
            return
        plan = read_plan(self.path, self._info)
        self._stamp = stamp
        if plan != self.plan:
            self._note(_Step("the plan's file", self.plan, plan))
            self.plan = plan
            self._tell("the plan's file")

    def change(self, what: str, plan: Plan, files: Files | None = None) -> None:
        """Follow another plan, and write it; `files` are written first.

        Raises `OutputError` when that fails; then nothing is changed.
        """
        files = files or {}
        if plan == self.plan and not files:
            return
        before = {path: _content(path) for path in files}
        self._write(plan, files, before)
        self._note(_Step(what, self.plan, plan, before, files))
        self.plan = plan
        self._tell(what)

    def begin(self, what: str, plan: Plan) -> None:
        """Follow a plan that was found: nothing that one would take back."""
        self._write(plan, {}, {})
        self.plan = plan
        self._tell(what)

    def learn(self, what: str, told: Callable[[Plan], Plan]) -> None:
        """Follow what was found out about the plan, and about those before and after it."""
        if self.plan is None:
            return
        plan = told(self.plan)
        self._write(plan, {}, {})
        self.plan = plan
        for steps in (self._done, self._undone):
            steps[:] = [
                replace(
                    step,
                    before=None if step.before is None else told(step.before),
                    after=None if step.after is None else told(step.after),
                )
                for step in steps
            ]
        self._tell(what)

    def undo(self) -> bool:
        """Take the last change back; return whether there was one."""
        if not self._done:
            return False
        step = self._done[-1]
        if step.before is not None:
            self._write(step.before, step.files_before, step.files_after)
        self._undone.append(self._done.pop())
        self.plan = step.before
        self._tell(f"undo: {step.what}")
        return True

    def redo(self) -> bool:
        """Make the change again that was taken back last; return whether there was one."""
        if not self._undone:
            return False
        step = self._undone[-1]
        if step.after is not None:
            self._write(step.after, step.files_after, step.files_before)
        self._done.append(self._undone.pop())
        self.plan = step.after
        self._tell(f"redo: {step.what}")
        return True

    def _note(self, step: _Step) -> None:
        self._undone.clear()
        self._done.append(step)
        total = sum(each.bytes for each in self._done)
        while len(self._done) > 1 and (len(self._done) > _MOST_STEPS or total > _MOST_BYTES):
            total -= self._done.pop(0).bytes

    def _write(self, plan: Plan, files: Files, before: Files) -> None:
        try:
            for path, data in files.items():
                _put(path, data)
            if plan != self.plan or self._stamp is None or _stamp(self.path) != self._stamp:
                write_plan(plan, self.path, film=self._info.path, overwrite=True)
        except BaseException:
            for path, data in before.items():
                with suppress(OutputError):
                    _put(path, data)
            raise
        self._stamp = _stamp(self.path)


def _put(path: Path, data: bytes | None) -> None:
    try:
        if data is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({reason_of(error)}).", file=path) from error
    write_durably(path, data)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).", file=path) from error


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return None
    return facts.st_size, facts.st_mtime_ns, facts.st_ino
