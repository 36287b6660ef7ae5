"""What a run tells while it goes on, and how it is stopped from outside.

    stop = CancelToken()

    def listen(event: Event) -> None:
        if isinstance(event, FrameDone):
            print(event.done, "of", event.total)

    filmcolor.colorize("old.mp4", listeners=[listen], cancel=stop)

Listeners are called one at a time; `SegmentDone`, and the frames of the quick look for keyframes,
from other threads than the rest. What a listener raises ends the run, as Ctrl-C does.

A token is looked at wherever a run waits, in whatever room that is: it is not handed down there,
but holds for all that is done within `stopped_by`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filmcolor.errors import CancelledError
from filmcolor.summary import Phase, Progress, ProgressCallback, Summary

_log = logging.getLogger("filmcolor")


@dataclass(frozen=True)
class FrameDone:
    """One more frame is finished."""

    done: int
    """Frames finished, those of earlier runs included."""
    total: int | None
    """Frames in all, as far as the film's container tells; None where it does not."""
    phase: Phase = "color"
    """What is going on: the quick look for shots, then the one for keyframes, then colouring."""


@dataclass(frozen=True)
class Planned:
    """The film was looked through, and its networks are loaded."""

    shots: int | None
    """None where the method does not ask for them."""
    frames: int | None
    """As `FrameDone.total`."""


@dataclass(frozen=True)
class SegmentDone:
    """A segment is on the disk: from now on it is kept."""

    number: int
    """From 0."""
    count: int
    """Segments in all."""
    frames: int


@dataclass(frozen=True)
class Note:
    """A sentence that should be known now, not only when all is done."""

    text: str


@dataclass(frozen=True)
class Joining:
    """All frames are coloured; now the streams are put together."""

    output: Path


@dataclass(frozen=True)
class Done:
    """The result stands under its final name."""

    summary: Summary


@dataclass(frozen=True)
class FilmBegun:
    """The next one of several films or pictures; until its `FilmDone` all events are about it."""

    film: Path
    number: int
    """From 1."""
    count: int
    """Films and pictures in all."""


@dataclass(frozen=True)
class FilmDone:
    """What became of one of several films or pictures."""

    film: Path
    status: Literal["done", "skipped", "failed"] = "done"
    output: Path | None = None
    """The result, where there is one."""
    message: str = ""
    """Why it was skipped, or has failed."""
    warnings: tuple[str, ...] = ()
    """Sentences about everything that is not as in the source."""


@dataclass(frozen=True)
class StepsDone:
    """A training run has done more steps; told every now and then."""

    step: int
    """Steps done, those of earlier runs included."""
    share: float
    """How much of the budget is used up, 0..1."""
    means: Mapping[str, float]
    """Parts of the loss by name, averaged over the steps since this was told last."""
    pictures_a_second: float


@dataclass(frozen=True)
class Validated:
    """A training run was compared with pictures that it has not seen."""

    step: int
    scores: Mapping[str, float]
    """By name, as in the run's `history.jsonl`."""


Event = (
    FrameDone
    | Planned
    | SegmentDone
    | Note
    | Joining
    | Done
    | FilmBegun
    | FilmDone
    | StepsDone
    | Validated
)
Listener = Callable[[Event], None]


class CancelToken:
    """Asks a run to stop, from any thread; what is done is kept."""

    def __init__(self) -> None:
        """Nothing is asked for yet."""
        self._asked = threading.Event()

    def cancel(self) -> None:
        """Ask the run to stop; it does so within a second or so, by raising `CancelledError`."""
        self._asked.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the run was asked to stop."""
        return self._asked.is_set()


_token: ContextVar[CancelToken | None] = ContextVar("filmcolor_cancel", default=None)


@contextmanager
def stopped_by(cancel: CancelToken | None) -> Iterator[None]:
    """Have `check_cancelled` look at `cancel` within the block; None leaves it as it is outside.

    Threads that are to look at it, too, are started with `contextvars.copy_context`.
    """
    if cancel is None:
        yield
        return
    before = _token.set(cancel)
    try:
        yield
    finally:
        _token.reset(before)


def is_cancelled() -> bool:
    """Return whether what goes on here was asked to stop."""
    cancel = _token.get()
    return cancel is not None and cancel.is_cancelled


def check_cancelled() -> None:
    """Raise `CancelledError` if what goes on here is to stop; called wherever it may wait."""
    if is_cancelled():
        raise CancelledError("cancelled.")


class Events:
    """Brings events to all who listen."""

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        """Tell `listeners`, in this order."""
        self._listeners = tuple(listeners)
        self._lock = threading.RLock()

    def tell(self, event: Event) -> None:
        """Tell everybody."""
        if not isinstance(event, FrameDone):
            _log.debug("%s", event)
        with self._lock:
            for listener in self._listeners:
                listener(event)

    def also(self, listener: Listener) -> Events:
        """Return what tells one more."""
        return Events([*self._listeners, listener])


def as_listener(progress: ProgressCallback) -> Listener:
    """Return a listener that calls `progress`, which knows of frames and notes alone."""
    last = FrameDone(0, None)

    def listen(event: Event) -> None:
        nonlocal last
        if isinstance(event, FrameDone):
            last = event
            progress(Progress(event.done, event.total, event.phase))
        elif isinstance(event, Note):
            progress(Progress(last.done, last.total, "color", event.text))

    return listen


def listening(
    progress: ProgressCallback | None = None, listeners: Iterable[Listener] = ()
) -> Events:
    """Return what tells `listeners`, and `progress` where there is one."""
    first = [] if progress is None else [as_listener(progress)]
    return Events([*first, *listeners])
