"""A film looked at in colour, and changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from filmcolor.api.command_line import colorize_command
from filmcolor.coloring.film import ColoredFrame
from filmcolor.errors import InputError, UsageError
from filmcolor.events import (
    CancelToken,
    Events,
    FrameDone,
    Listener,
    stopped_by,
)
from filmcolor.keyframes.beside import plan_beside
from filmcolor.keyframes.index import NAME as KEYFRAMES_INDEX
from filmcolor.media.faults.unchanged import InputStamp
from filmcolor.media.film import FilmInfo
from filmcolor.media.opening import open_source
from filmcolor.media.upright import full_size, shown_size
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.planning.plan import Plan
from filmcolor.script.shot_facts import has_shots
from filmcolor.settings import Settings
from filmcolor.system.background import waiting_for
from filmcolor.viewing.clip import clip_of
from filmcolor.viewing.colors import Colors
from filmcolor.viewing.decisions import Decisions, ViewListener
from filmcolor.viewing.moments import At, Moment, Moments, time_of
from filmcolor.viewing.pictures_given import GivenPicture
from filmcolor.viewing.screen import chroma_histogram, grey_picture, viewed_frame
from filmcolor.viewing.shot_changes import changed_plan
from filmcolor.viewing.shot_finder import ShotFinder
from filmcolor.viewing.viewed import RGB, Change, Scope, Stroke, Trial, ViewedFrame

if TYPE_CHECKING:
    from typing_extensions import Self


class FilmView:
    """A film, its plan, and its frames in colour; see `filmcolor.open_film`.

    Every change is written at once, so that
    `filmcolor colorize FILM --plan NAME.plan.json [--keyframes NAME.keyframes]` makes a film of
    just the frames that are seen here. May be used by several threads; use as a context manager,
    or `close` it.
    """

    def __init__(
        self, source: Path, settings: Settings, plan: Path | None, network: Network | None
    ) -> None:
        """Open a film; see `filmcolor.open_film`."""
        self.settings = settings
        self._source = open_source(source, settings)
        self._stamp = InputStamp.of(source)
        self._network = network
        self._decisions = Decisions(self.info, plan_beside(source) if plan is None else plan)
        self._lock = self._decisions.lock
        self._moments = Moments(self.info)
        self._colors: Colors | None = None
        self._shots = ShotFinder(
            self._source, settings, self._stamp, self._decisions, self._loaded, self._colors_of_film
        )
        self._near = 0
        """What was looked at last, in ticks."""
        self.cache: Path | None = None
        """Where colours that were found are kept; None: in the user's cache."""

    @property
    def info(self) -> FilmInfo:
        """The facts about the film."""
        return self._source.info

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of its frames as they are shown in full: upright, in square pixels."""
        return full_size(self.info)

    @property
    def plan(self) -> Plan | None:
        """The plan that is followed; None until `make_plan`, where there was none.

        Raises `InputError` when another program has written something else in its place.
        """
        return self._decisions.plan

    @property
    def plan_path(self) -> Path:
        """The plan's file."""
        return self._decisions.plan_path

    @property
    def keyframes_path(self) -> Path:
        """The folder for pictures that are painted; it is there once something is."""
        return self._decisions.keyframes_path

    @property
    def revision(self) -> int:
        """A number that grows with every change."""
        return self._decisions.revision

    def listen(self, listener: ViewListener) -> Callable[[], None]:
        """Have `listener` called after every change; returns what ends that.

        It is called with the new revision and what was changed, from the thread that did it.
        """
        return self._decisions.listen(listener)

    def make_plan(
        self, *, listeners: Iterable[Listener] = (), cancel: CancelToken | None = None
    ) -> Plan:
        """Find the shots, what they show and which show the same room, where that is not known.

        The plan is written into `plan_path`: as soon as the shots are known, so that frames can be
        seen from then on, each with the colours of its shot; and again when it is known which show
        the same room. Takes about as long as reading the film. `listeners` and `cancel` as for
        `filmcolor.colorize`, and so are the errors.
        """
        with stopped_by(cancel):
            return self._shots.find(Events(listeners))

    def write_script(
        self, *, listeners: Iterable[Listener] = (), cancel: CancelToken | None = None
    ) -> None:
        """Find the colours of all keyframes ahead of need, to be called in a thread of its own.

        Those near the frame that was looked at last come first, and a frame that is asked for
        meanwhile goes before all. Without it, the first frame of a part that was not looked at
        before takes as long as reading that part. What was found is kept, see
        `filmcolor.open_film`. Ends when all is found, whatever is changed meanwhile. `listeners`
        and `cancel` as for `filmcolor.colorize`.
        """
        events = Events(listeners)
        with stopped_by(cancel):
            self.make_plan()
            read, total = 0, 0

            def done(left: int) -> None:
                nonlocal read, total
                total = total or left
                read += 1
                events.tell(FrameDone(min(read, total), total, phase="keyframes"))

            while True:
                with self._following() as plan:
                    wanted = self._decisions.followed(plan)
                    revision = self._decisions.last_revision

                def is_wanted(revision: int = revision) -> bool:
                    return revision == self._decisions.last_revision

                if not self._colors_of_film().find_ahead(wanted, self._near, done, is_wanted):
                    return

    def change(self, shot: int, change: Change, *, scope: Scope = "shot") -> None:
        """Have a shot, all shots of its room, or the whole film otherwise.

        Args:
            shot: its number.
            change: `ShotSettings`, or a dictionary of their fields, such as
                `{"saturation": 0.4}`, `{"skip": True}` (it stays grey), `{"method": "frame"}`,
                where None stands for what the film has; also `kind` ("title", "shot", ...; see
                `ShotKind`), and `room`: a number, or "own" for a room of its own.
            scope: what is changed: the shot, all shots of its room, or the film.

        Raises `UsageError` for what will not do, `OutputError` when it cannot be written.
        """
        with self._following() as plan:
            self._decisions.change(plan, shot, change, scope)

    def paint(
        self, frame: At, strokes: Iterable[Stroke], *, width: int | None = None
    ) -> ViewedFrame:
        """Paint on a frame; what is painted spreads over what belongs together.

        Returns the frame as it looks at once, see `ViewedFrame.exact`; the rest of the shot
        follows when it is looked at. Raises `UsageError` for strokes that will not do.
        """
        colors = self._colors_of_film()
        with self._following() as plan:
            moment = self._moments.at(plan, frame)
        shown = colors.last_shown(moment.pts) or self._colored(frame)[0]
        with self._following() as plan:
            self._decisions.paint(plan, moment, strokes)
            wanted = self._decisions.followed(plan)
            revision = self._decisions.last_revision
        colored = colors.at_once(shown, wanted)
        return replace(self._viewed(colored, moment, revision, width), exact=False)

    def unpaint(self, frame: At) -> None:
        """Take everything from a frame that was painted on it, or pinned to it."""
        with self._following() as plan:
            self._decisions.unpaint(plan, self._moments.at(plan, frame))

    def pin_keyframe(self, frame: At, picture: GivenPicture) -> None:
        """Give a frame the colours of a picture: the frame itself, repainted.

        `picture`: a file, its content, or R', G', B', of the shape of the frame at any size. Only
        what differs from the frame as it is counts. Raises `InputError` for a picture that will not
        do.
        """
        shown = self.frame(frame).color
        with self._following() as plan:
            self._decisions.pin(plan, self._moments.at(plan, frame), picture, shown)

    def refer(self, picture: GivenPicture, *, shot: int = 1, scope: Scope = "shot") -> None:
        """Have a colour picture lend its colours to a shot, its room or the film.

        `picture`: as for `pin_keyframe`, but of whatever is alike. `change(shot, {"references":
        None})` takes it away. A file is referred to where it lies; all else is kept beside the
        plan.
        """
        with self._following() as plan:
            self._decisions.refer(plan, picture, shot, scope)

    @property
    def painted(self) -> list[int]:
        """Numbers of the frames on which something was painted or pinned."""
        with self._lock:
            plan = self.plan
            if plan is None:
                return []
            return [self._moments.shown(plan, pts).number for pts in self._decisions.painted]

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self._decisions.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return self._decisions.can_redo

    def undo(self) -> bool:
        """Take the last change back, whatever it was; return whether there was one."""
        return self._decisions.undo()

    def redo(self) -> bool:
        """Make the change again that was taken back last; return whether there was one."""
        return self._decisions.redo()

    # What is seen

    def frame(self, at: At, *, width: int | None = None, trial: Trial | None = None) -> ViewedFrame:
        """Return the frame that is shown at a moment, in colour, as the film will have it.

        Args:
            at: the number of a frame (an int, or "120f"), seconds (a float or Fraction), or a
                timecode.
            width: of the pictures, at most; by default in full. The planes are always in full.
            trial: a change to look at that is not made.

        The first one waits for `make_plan`. Raises `InputError` when the film is gone.
        """
        return self._viewed(*self._colored(at, trial), width)

    def _colored(self, at: At, trial: Trial | None = None) -> tuple[ColoredFrame, Moment, int]:
        """Return a frame in colour, when it is shown, and the revision that it is of."""
        self._stamp.check()
        while True:
            with self._following() as plan:
                revision = self._decisions.last_revision
                if trial is not None:
                    plan = changed_plan(plan, trial.shot, trial.change, trial.scope)
                moment = self._moments.at(plan, at)
                wanted = self._decisions.followed(plan)
                self._near = moment.pts
            try:
                return self._colors_of_film().at(wanted, moment.pts), moment, revision
            except (InputError, OSError):
                # A picture that is taken away while it is read is not wanted any more.
                if revision == self._decisions.last_revision:
                    raise

    def frames(
        self, start: At, end: At | None = None, *, width: int | None = None
    ) -> Iterator[ViewedFrame]:
        """Yield the frames from `start` until just before `end`, in order, coloured ahead."""
        with self._playing(start, end) as (frames, revision, _):
            for colored in frames:
                with self._following() as plan:
                    moment = self._moments.shown(plan, colored.frame.pts)
                yield self._viewed(colored, moment, revision, width)

    @contextmanager
    def _playing(
        self, start: At, end: At | None
    ) -> Iterator[tuple[Iterator[ColoredFrame], int, tuple[Fraction, Fraction]]]:
        """Provide coloured frames in order, the revision, and when they begin and end."""
        self._stamp.check()
        with self._following() as plan:
            revision = self._decisions.last_revision
            first = self._moments.at(plan, start)
            last, end_pts = self._moments.before(plan, end)
            wanted = self._decisions.followed(plan)
        if last < first.pts:
            raise UsageError(f"{self.info.path}: the range is empty.", what="end", value=end)
        unit = self.info.time_base
        colored = self._colors_of_film().between(wanted, first.pts, last)
        with closing(colored) as frames:
            yield frames, revision, (first.pts * unit, end_pts * unit)

    def clip(
        self, start: At, end: At | None = None, *, width: int | None = None
    ) -> Iterator[bytes]:
        """Yield the same as pieces of a fragmented MP4 film, with sound, to be played as it comes.

        H.264 and AAC, as browsers play them.
        """
        with self._playing(start, end) as (frames, _, ends):
            size = shown_size(self.info, width=width)
            yield from clip_of(frames, self.info, self._colors_of_film().encoding, size, ends)

    def thumbnail(self, at: At, *, width: int = 160) -> RGB:
        """Return a frame of the film, grey and small, quickly; also without a plan."""
        self._stamp.check()
        plan = self._decisions.last_plan
        if plan is None:
            time = time_of(self.info, at)
        else:
            with self._lock:
                time = self._moments.at(plan, at).pts * self.info.time_base
        found = self._source.reopen().frame_at(time)
        if found is None:
            raise UsageError(f"{self.info.path}: has no frame at {at}.", what="at", value=at)
        return grey_picture(found.luma, self.info, width)

    def histogram(self, at: At, *, bins: int = 64) -> np.ndarray:
        """Return how often each a and b comes in a frame; float32, shape (bins, bins), sum 1.

        Rows are b and columns a, each from -100 to 100.
        """
        return chroma_histogram(self.frame(at, width=320).color, bins)

    @property
    def command(self) -> str:
        """The command line that makes a film of what is seen here."""
        painted = (self.keyframes_path / KEYFRAMES_INDEX).is_file()
        options = self.settings.model_dump(include=self.settings.model_fields_set)
        files = {
            "plan": self.plan_path.absolute(),
            "keyframes": self.keyframes_path.absolute() if painted else None,
        }
        return colorize_command(self.info.path.absolute(), None, files | options)

    def close(self) -> None:
        """Let go of the film."""
        self._source.close()
        if self._colors is not None:
            self._colors.close()

    def __enter__(self) -> Self:
        """Return the object itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @contextmanager
    def _following(self) -> Iterator[Plan]:
        """Provide the plan that is followed, which stays the same within the block."""
        while True:
            self._shots.known()
            with self._lock:
                plan = self.plan
                if has_shots(plan):
                    yield plan
                    return

    def _loaded(self) -> Network:
        if self._network is None:
            self._network = waiting_for(partial(load_chosen_network, self.settings))
        return self._network

    def _colors_of_film(self) -> Colors:
        with self._lock:
            if self._colors is None:
                network = self._loaded()
                self._colors = Colors(self._source, self.settings, network, self.cache)
            return self._colors

    def _viewed(
        self, colored: ColoredFrame, moment: Moment, revision: int, width: int | None
    ) -> ViewedFrame:
        encoding = self._colors_of_film().encoding
        return viewed_frame(colored, self.info, encoding, moment, revision, width)
