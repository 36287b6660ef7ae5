"""What a run tells while it goes on, and how it is stopped from outside.

    stop = CancelToken()

    def listen(event: Event) -> None:
        if isinstance(event, FrameDone):
            print(event.done, "of", event.total)

    filmcolor.colorize("old.mp4", listeners=[listen], cancel=stop)

Listeners are called one at a time; `SegmentDone`, and the frames of the quick look for keyframes,
from other threads than the rest. What a listener raises ends the run, as Ctrl-C does.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

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


Event = FrameDone | Planned | SegmentDone | Note | Joining | Done
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


class Events:
    """Brings events to all who listen, and looks whether the run is to stop."""

    def __init__(
        self, listeners: Iterable[Listener] = (), cancel: CancelToken | None = None
    ) -> None:
        """Tell `listeners`, in this order."""
        self._listeners = tuple(listeners)
        self._cancel = cancel
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
        return Events([*self._listeners, listener], self._cancel)

    def check(self) -> None:
        """Raise `CancelledError` if the run is to stop; called wherever it may wait."""
        if self._cancel is not None and self._cancel.is_cancelled:
            raise CancelledError("cancelled.")


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
    progress: ProgressCallback | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
) -> Events:
    """Return what tells `listeners`, and `progress` where there is one."""
    first = [] if progress is None else [as_listener(progress)]
    return Events([*first, *listeners], cancel)
