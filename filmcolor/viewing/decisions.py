"""What is decided about a film: its plan, what is painted on its frames, and every change to it."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from filmcolor.api.wishes import anchored, with_hints
from filmcolor.keyframes.beside import keyframes_of_plan, references_of_plan
from filmcolor.media.film import FilmInfo
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import ShotSettings
from filmcolor.viewing.colors import decided
from filmcolor.viewing.document import Document
from filmcolor.viewing.found_colors import Decided
from filmcolor.viewing.keyframe_paint import KeyframePaint
from filmcolor.viewing.moments import Moment
from filmcolor.viewing.pictures_given import GivenPicture, picture_file
from filmcolor.viewing.shot_changes import changed_plan
from filmcolor.viewing.viewed import RGB, Change, Scope, Stroke

_FOLLOWED_KEPT = 4
"""Plans of which it is kept what is followed: the one that is, and some that are tried."""

ViewListener = Callable[[int, str], None]
"""Called with the revision and what was changed."""


class Decisions:
    """What is decided about a film, as files; each change is written at once.

    May be used by several threads; `lock` is held while several things are to be of one state.
    """

    def __init__(self, info: FilmInfo, plan_path: Path) -> None:
        """Read the plan at `plan_path`, if there is one; see `Document`."""
        self.lock = threading.RLock()
        self.plan_path = plan_path
        self.keyframes_path = keyframes_of_plan(plan_path)
        """The folder for pictures that are painted; it is there once something is."""
        self._info = info
        self._listeners: list[ViewListener] = []
        self._revision = 0
        self._document = Document(info, plan_path, self._changed)
        self._paint = KeyframePaint(self.keyframes_path, info)
        self._followed: OrderedDict[object, tuple[Plan, Decided]] = OrderedDict()

    @property
    def plan(self) -> Plan | None:
        """The plan that is followed, if there is one; read again if another program wrote it."""
        with self.lock:
            self._document.refresh()
            return self._document.plan

    @property
    def last_plan(self) -> Plan | None:
        """The same, but as it was last known: whatever stands in the file now."""
        with self.lock:
            return self._document.plan

    @property
    def revision(self) -> int:
        """A number that grows with every change."""
        with self.lock:
            self._document.refresh()
            return self._revision

    @property
    def last_revision(self) -> int:
        """The same, of `last_plan`."""
        with self.lock:
            return self._revision

    def listen(self, listener: ViewListener) -> Callable[[], None]:
        """Have `listener` called after every change; returns what ends that."""
        self._listeners.append(listener)

        def end() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return end

    def _changed(self, what: str) -> None:
        self._revision += 1
        for listener in tuple(self._listeners):
            listener(self._revision, what)

    def followed(self, plan: Plan) -> Decided:
        """Return what is followed of a plan, with what was painted."""
        with self.lock:
            key = id(plan), self._paint.stamp
            if key not in self._followed:
                whole = with_hints(anchored(plan, self.plan_path.parent.absolute()), self._info)
                # The plan is kept with it, so that no other one gets its identity.
                self._followed[key] = plan, decided(whole, self._paint.given())
                if len(self._followed) > _FOLLOWED_KEPT:
                    self._followed.popitem(last=False)
            return self._followed[key][1]

    @property
    def painted(self) -> list[int]:
        """Timestamps of the frames on which something was painted or pinned, in order."""
        with self.lock:
            return self._paint.painted()

    def begin(self, plan: Plan) -> None:
        """Follow a plan that was found."""
        self._document.begin("the plan", plan)

    def learn(self, told: Callable[[Plan], Plan]) -> None:
        """Follow what was found out about the shots, whatever was changed meanwhile."""
        self._document.learn("what shots show", told)

    def change(self, plan: Plan, shot: int, change: Change, scope: Scope) -> None:
        """Have shots otherwise than in `plan`, which is the one that is followed."""
        names = ", ".join(change.changed if isinstance(change, ShotSettings) else change)
        self._document.change(
            f"{names} of {'the film' if scope == 'film' else f'the {scope} {shot}'}",
            changed_plan(plan, shot, change, scope),
        )

    def refer(self, plan: Plan, picture: GivenPicture, shot: int, scope: Scope) -> None:
        """Have a picture lend its colours; all but a file is kept beside the plan."""
        files: dict[Path, bytes | None] = {}
        data, suffix = picture_file(picture)
        if isinstance(picture, str | Path):
            path = str(Path(picture).absolute())
        else:
            name = f"{hashlib.sha256(data).hexdigest()[:16]}{suffix}"
            folder = references_of_plan(self.plan_path)
            files[folder / name], path = data, f"{folder.name}/{name}"
        changed = changed_plan(plan, shot, {"references": (path,)}, scope)
        self._document.change("a reference", changed, files)

    def paint(self, plan: Plan, moment: Moment, strokes: Iterable[Stroke]) -> None:
        """Paint on a frame."""
        files = self._paint.with_strokes(plan, moment, strokes)
        self._document.change(f"strokes on frame {moment.number}", plan, files)

    def unpaint(self, plan: Plan, moment: Moment) -> None:
        """Take everything from a frame that was painted on it, or pinned to it."""
        if moment.pts in self._paint.painted():
            files = self._paint.without(plan, moment)
            self._document.change(f"nothing on frame {moment.number}", plan, files)

    def pin(self, plan: Plan, moment: Moment, picture: GivenPicture, shown: RGB) -> None:
        """Give a frame the colours of a picture; `shown`: the frame as it is, in full."""
        files = self._paint.with_picture(plan, moment, picture, shown)
        self._document.change(f"a picture for frame {moment.number}", plan, files)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        with self.lock:
            return self._document.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        with self.lock:
            return self._document.can_redo

    def undo(self) -> bool:
        """Take the last change back, whatever it was; return whether there was one."""
        with self.lock:
            self._document.refresh()
            return self._document.undo()

    def redo(self) -> bool:
        """Make the change again that was taken back last; return whether there was one."""
        with self.lock:
            self._document.refresh()
            return self._document.redo()
