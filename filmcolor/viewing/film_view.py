"""A film looked at in colour, and changed."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import cv2
import numpy as np
from typing_extensions import Unpack

from filmcolor.api.command_line import colorize_command
from filmcolor.color.colorspace import Plane
from filmcolor.color.rgb import grey_rgb, rgb_of_planes
from filmcolor.coloring.film import ColoredFrame
from filmcolor.errors import UsageError
from filmcolor.events import CancelToken, Events, FrameDone, Listener, stopped_by
from filmcolor.jobs.get_ready import keyframe_spacing
from filmcolor.keyframes.beside import keyframes_of_plan, plan_beside, references_of_plan
from filmcolor.keyframes.index import NAME as KEYFRAMES_INDEX
from filmcolor.keyframes.wishes import anchored, with_hints
from filmcolor.media.faults.unchanged import InputStamp
from filmcolor.media.film import FilmInfo
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.positions import resolve_range
from filmcolor.media.timecode import Position, parse_position
from filmcolor.media.upright import full_size, show_upright, shown_size
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.planning.plan import Plan, ShotSettings
from filmcolor.planning.planner import plan_film
from filmcolor.script.shot_facts import with_shot_facts
from filmcolor.settings import Settings, SettingsOptions, make_settings
from filmcolor.system.background import waiting_for
from filmcolor.viewing.clip import clip_of
from filmcolor.viewing.colors import Colors, decided
from filmcolor.viewing.document import Document
from filmcolor.viewing.keyframe_paint import KeyframePaint
from filmcolor.viewing.moments import At, Moment, Moments
from filmcolor.viewing.pictures_given import GivenPicture, picture_file
from filmcolor.viewing.shot_changes import changed_plan
from filmcolor.viewing.view_script import Decided
from filmcolor.viewing.viewed import RGB, Change, Scope, Stroke, Trial, ViewedFrame

if TYPE_CHECKING:
    from typing_extensions import Self

_FOLLOWED_KEPT = 4
"""Plans of which it is kept what is followed: the one that is, and some that are tried."""

ViewListener = Callable[[int, str], None]
"""Called with the revision and what was changed."""


def open_film(
    source: str | Path,
    *,
    plan: str | Path | None = None,
    network: Network | None = None,
    cache: str | Path | None = None,
    **options: Unpack[SettingsOptions],
) -> FilmView:
    """Open a film to look at it in colour, and to change its colours.

    Args:
        source: as for `colorize`, but not a single picture. It is only read.
        plan: where the plan of the film lies, or will lie; by default beside it, as
            `NAME.plan.json`. Pictures that are painted lie beside that, in `NAME.keyframes`.
        network: a network loaded before, instead of the option `model`.
        cache: the folder in which colours that were found are kept, to be found again; by default
            one of the user's cache.
        **options: the fields of `filmcolor.Settings`; for the whole film.

    Raises:
        InputError: the film, or its plan, cannot be read.
        NetworkError: the network is missing or damaged.
        UsageError: an option makes no sense.

    Example:
        >>> with filmcolor.open_film("samples/sample-film.mp4") as view:
        ...     view.make_plan()
        ...     view.change(2, {"saturation": 0.5}, scope="room")
        ...     picture = view.frame("00:00:03").color
    """
    settings = make_settings(**options)
    source = Path(source)
    if is_picture(source):
        raise UsageError(f"{source}: a picture has no frames to look through; colorize it.")
    view = FilmView(source, settings, None if plan is None else Path(plan), network)
    view.cache = None if cache is None else Path(cache)
    return view


class FilmView:
    """A film, its plan, and its frames in colour; see `open_film`.

    Every change is written at once, so that
    `filmcolor colorize FILM --plan NAME.plan.json [--keyframes NAME.keyframes]` makes a film of
    just the frames that are seen here. May be used by several threads; use as a context manager,
    or `close` it.
    """

    def __init__(
        self, source: Path, settings: Settings, plan: Path | None, network: Network | None
    ) -> None:
        """Open a film; see `open_film`."""
        self.settings = settings
        self._source = open_source(source, settings)
        self._stamp = InputStamp.of(source)
        self._network = network
        self._lock = threading.RLock()
        self._listeners: list[ViewListener] = []
        self._revision = 0
        self.plan_path = plan_beside(source) if plan is None else plan
        self._document = Document(self.info, self.plan_path, self._changed)
        self._moments = Moments(self.info)
        self._colors: Colors | None = None
        self._followed: OrderedDict[object, tuple[Plan, Decided]] = OrderedDict()
        self._paint = KeyframePaint(self.keyframes_path, self.info)
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
        with self._lock:
            self._document.refresh()
            return self._document.plan

    @property
    def keyframes_path(self) -> Path:
        """The folder for pictures that are painted; it is there once something is."""
        return keyframes_of_plan(self.plan_path)

    @property
    def revision(self) -> int:
        """A number that grows with every change."""
        with self._lock:
            self._document.refresh()
            return self._revision

    def listen(self, listener: ViewListener) -> Callable[[], None]:
        """Have `listener` called after every change; returns what ends that.

        It is called with the new revision and what was changed, from the thread that did it.
        """
        self._listeners.append(listener)

        def end() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return end

    def _changed(self, what: str) -> None:
        self._revision += 1
        for listener in tuple(self._listeners):
            listener(self._revision, what)

    # What is decided

    def make_plan(
        self, *, listeners: Iterable[Listener] = (), cancel: CancelToken | None = None
    ) -> Plan:
        """Find the shots, what they show and which show the same room, where that is not known.

        The plan is written into `plan_path`. Takes about as long as reading the film. `listeners`
        and `cancel` as for `filmcolor.colorize`, and so are the errors.
        """
        events = Events(listeners)
        with stopped_by(cancel):
            plan = self.plan
            if plan is not None and _is_told(plan):
                self._colors_of_film().look(self._decided(plan))
                return plan
            network = self._loaded()
            if plan is None:
                spacing = keyframe_spacing(self.settings, network)
                plan = plan_film(self._source, events=events, keyframe_spacing=spacing)
            keep = self._colors_of_film().keep_looks(self._decided(plan))
            plan = with_shot_facts(self._source.reopen(), plan, network, events, keep)
            with self._lock:
                self._stamp.check()
                known = self.plan
                if known is not None and _is_told(known):
                    return known
                self._document.begin("the plan", plan)
            return plan

    def write_script(
        self, *, listeners: Iterable[Listener] = (), cancel: CancelToken | None = None
    ) -> None:
        """Find the colours of all keyframes ahead of need, to be called in a thread of its own.

        Those near the frame that was looked at last come first, and a frame that is asked for
        meanwhile goes before all. Without it, the first frame of a part that was not looked at
        before takes as long as reading that part. What was found is kept, see `open_film`. Ends
        when all is found, whatever is changed meanwhile. `listeners` and `cancel` as for
        `filmcolor.colorize`.
        """
        events = Events(listeners)
        with stopped_by(cancel):
            self._planned()
            read, total = 0, 0

            def done(left: int) -> None:
                nonlocal read, total
                total = total or left
                read += 1
                events.tell(FrameDone(min(read, total), total, phase="keyframes"))

            while True:
                with self._lock:
                    wanted = self._decided(self._planned())
                if not self._colors_of_film().find_ahead(wanted, self._near, done):
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
        with self._lock:
            plan = self._planned()
            names = ", ".join(change.changed if isinstance(change, ShotSettings) else change)
            self._document.change(
                f"{names} of {'the film' if scope == 'film' else f'the {scope} {shot}'}",
                changed_plan(plan, shot, change, scope),
            )

    def paint(
        self, frame: At, strokes: Iterable[Stroke], *, width: int | None = None
    ) -> ViewedFrame:
        """Paint on a frame; what is painted spreads over what belongs together.

        Returns the frame as it looks at once, see `ViewedFrame.exact`; the rest of the shot
        follows when it is looked at. Raises `UsageError` for strokes that will not do.
        """
        colors = self._colors_of_film()
        self._planned()
        with self._lock:
            plan = self._planned()
            moment = self._moments.at(plan, frame)
            before = self._decided(plan)
        shown = colors.last_shown(moment.pts) or colors.at(before, moment.pts)
        with self._lock:
            files = self._paint.with_strokes(plan, moment, strokes)
            self._document.change(f"strokes on frame {moment.number}", self._planned(), files)
            wanted, revision = self._decided(self._planned()), self._revision
        colored = colors.at_once(shown, wanted)
        return replace(self._viewed(colored, moment, revision, width), exact=False)

    def unpaint(self, frame: At) -> None:
        """Take everything from a frame that was painted on it, or pinned to it."""
        with self._lock:
            plan = self._planned()
            moment = self._moments.at(plan, frame)
            if moment.pts in self._paint.painted():
                files = self._paint.without(plan, moment)
                self._document.change(f"nothing on frame {moment.number}", plan, files)

    def pin_keyframe(self, frame: At, picture: GivenPicture) -> None:
        """Give a frame the colours of a picture: the frame itself, repainted.

        `picture`: a file, its content, or R', G', B', of the shape of the frame at any size. Only
        what differs from the frame as it is counts. Raises `InputError` for a picture that will not
        do.
        """
        shown = self.frame(frame).color
        with self._lock:
            plan = self._planned()
            moment = self._moments.at(plan, frame)
            files = self._paint.with_picture(plan, moment, picture, shown)
            self._document.change(f"a picture for frame {moment.number}", plan, files)

    def refer(self, picture: GivenPicture, *, shot: int = 1, scope: Scope = "shot") -> None:
        """Have a colour picture lend its colours to a shot, its room or the film.

        `picture`: as for `pin_keyframe`, but of whatever is alike. `change(shot, {"references":
        None})` takes it away. A file is referred to where it lies; all else is kept beside the
        plan.
        """
        files: dict[Path, bytes | None] = {}
        data, suffix = picture_file(picture)
        if isinstance(picture, str | Path):
            path = str(Path(picture).absolute())
        else:
            name = f"{hashlib.sha256(data).hexdigest()[:16]}{suffix}"
            folder = references_of_plan(self.plan_path)
            files[folder / name], path = data, f"{folder.name}/{name}"
        with self._lock:
            plan = changed_plan(self._planned(), shot, {"references": (path,)}, scope)
            self._document.change("a reference", plan, files)

    @property
    def painted(self) -> list[int]:
        """Numbers of the frames on which something was painted or pinned."""
        with self._lock:
            plan = self._planned()
            return [self._moments.shown(plan, pts).number for pts in self._paint.painted()]

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        with self._lock:
            return self._document.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        with self._lock:
            return self._document.can_redo

    def undo(self) -> bool:
        """Take the last change back, whatever it was; return whether there was one."""
        with self._lock:
            self._document.refresh()
            return self._document.undo()

    def redo(self) -> bool:
        """Make the change again that was taken back last; return whether there was one."""
        with self._lock:
            self._document.refresh()
            return self._document.redo()

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
        self._stamp.check()
        self._planned()
        with self._lock:
            plan, revision = self._planned(), self._revision
            if trial is not None:
                plan = changed_plan(plan, trial.shot, trial.change, trial.scope)
            moment = self._moments.at(plan, at)
            wanted = self._decided(plan)
            self._near = moment.pts
        colored = self._colors_of_film().at(wanted, moment.pts)
        return self._viewed(colored, moment, revision, width)

    def frames(
        self, start: At, end: At | None = None, *, width: int | None = None
    ) -> Iterator[ViewedFrame]:
        """Yield the frames from `start` until just before `end`, in order, coloured ahead."""
        with self._playing(start, end) as (frames, revision, _):
            for colored in frames:
                with self._lock:
                    moment = self._moments.shown(self._planned(), colored.frame.pts)
                yield self._viewed(colored, moment, revision, width)

    @contextmanager
    def _playing(
        self, start: At, end: At | None
    ) -> Iterator[tuple[Iterator[ColoredFrame], int, tuple[Fraction, Fraction]]]:
        """Provide coloured frames in order, the revision, and when they begin and end."""
        self._stamp.check()
        self._planned()
        with self._lock:
            plan, revision = self._planned(), self._revision
            first = self._moments.at(plan, start)
            last, end_pts = self._last(plan, end)
            wanted = self._decided(plan)
        if last < first.pts:
            raise UsageError(f"{self.info.path}: the range is empty.", what="end", value=end)
        unit = self.info.time_base
        colored = self._colors_of_film().between(wanted, first.pts, last)
        with closing(colored) as frames:
            yield frames, revision, (first.pts * unit, end_pts * unit)

    def _last(self, plan: Plan, end: At | None) -> tuple[int, int]:
        """Return the timestamp of the last frame before a moment, and when it ends."""
        if end is None or (isinstance(end, int) and end >= plan.shots[-1].end_frame):
            return plan.shots[-1].end_pts - 1, plan.shots[-1].end_pts
        pts = self._moments.at(plan, end).pts
        return pts - 1, pts

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
        with self._lock:
            plan = self._document.plan
            if plan is not None:
                time = self._moments.at(plan, at).pts * self.info.time_base
        if plan is None:
            position = Position(frame=at) if isinstance(at, int) else parse_position(at)
            time = resolve_range(self.info, position).start or self.info.start
        found = self._source.reopen().frame_at(time)
        if found is None:
            raise UsageError(f"{self.info.path}: has no frame at {at}.", what="at", value=at)
        height, across = shown_size(self.info, width=width)
        return np.asarray(
            show_upright(grey_rgb(found.luma, self.info.encoding), self.info, height, across)
        )

    def histogram(self, at: At, *, bins: int = 64) -> np.ndarray:
        """Return how often each a and b comes in a frame; float32, shape (bins, bins), sum 1.

        Rows are b and columns a, each from -100 to 100.
        """
        from filmcolor.color.lab import lab_from_rgb

        picture = self.frame(at, width=320).color
        lab = lab_from_rgb(picture).reshape(-1, 3)
        edges = np.linspace(-100, 100, bins + 1)
        counts, _, _ = np.histogram2d(lab[:, 2], lab[:, 1], bins=(edges, edges))
        return np.asarray(counts / max(1.0, counts.sum()), np.float32)

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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of the film."""
        self.close()

    def _planned(self) -> Plan:
        plan = self.plan
        return plan if plan is not None and _is_told(plan) else self.make_plan()

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

    def _decided(self, plan: Plan) -> Decided:
        """Return what is followed of a plan, with what was painted."""
        with self._lock:
            key = id(plan), self._paint.stamp
            if key not in self._followed:
                whole = with_hints(anchored(plan, self.plan_path.parent.absolute()), self.info)
                # The plan is kept with it, so that no other one gets its identity.
                self._followed[key] = plan, decided(whole, self._paint.given())
                if len(self._followed) > _FOLLOWED_KEPT:
                    self._followed.popitem(last=False)
            return self._followed[key][1]

    def _viewed(
        self, colored: ColoredFrame, moment: Moment, revision: int, width: int | None
    ) -> ViewedFrame:
        info, encoding = self.info, self._colors_of_film().encoding
        height, across = self.size if width is None else shown_size(info, width=width)
        luma, u, v = colored.luma, colored.u, colored.v
        if height < self.size[0]:  # made smaller first, a picture takes a fraction of the time
            stored = (
                (height, across) if info.orientation.quarter_turns % 2 == 0 else (across, height)
            )
            luma, u, v = (_at_most(plane, *stored) for plane in (luma, u, v))
        grey, color = (
            np.asarray(show_upright(rgb, info, height, across))
            for rgb in (grey_rgb(luma, encoding), rgb_of_planes(luma, u, v, encoding))
        )
        return ViewedFrame(
            number=moment.number,
            pts=colored.frame.pts,
            time=colored.frame.time - info.start,
            shot=moment.shot.number or 1,
            revision=revision,
            grey=grey,
            color=color,
            luma=colored.luma,
            u=colored.u,
            v=colored.v,
        )


def _at_most(plane: Plane, height: int, width: int) -> Plane:
    """Return a plane at this size, if it is larger."""
    if plane.shape[0] <= height or plane.shape[1] <= width:
        return plane
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA))


def _is_told(plan: Plan) -> bool:
    """Return whether a plan says of its shots what they show."""
    return all(shot.kind is not None for shot in plan.shots)
