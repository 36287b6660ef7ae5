"""The queue as pages see it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from filmcolor.errors import FilmcolorError
from filmcolor.queue.queued_film import QueuedFilm
from filmcolor.studio.answers import said

if TYPE_CHECKING:
    from filmcolor.studio.desk import Desk

_PAUSE = 0.25
"""Seconds between two tidings of progress; of all else there is no waiting."""


class QueueNews:
    """A listener of the queue that tells pages."""

    def __init__(self, desk: Desk) -> None:
        """Tell the pages of a desk."""
        self._desk = desk
        self._told_at = 0.0
        self._known: dict[str, tuple[object, ...]] = {}
        self._lock = threading.Lock()

    def __call__(self, film: QueuedFilm) -> None:
        """Take notice of a change to a film."""
        facts = (film.state, len(film.notes), film.phase)
        with self._lock:
            now = time.monotonic()
            if self._known.get(film.id) == facts and now - self._told_at < _PAUSE:
                return
            self._known[film.id] = facts
            self._told_at = now
        self.tell()

    def tell(self) -> None:
        """Tell the whole queue."""
        self._desk.hub.tell("queue", films=queue_rows(self._desk))


def queue_rows(desk: Desk) -> list[dict[str, Any]]:
    """Return the films of the queue, in order, as plain values."""
    return [_row(desk, film) for film in desk.queue.films()]


def _row(desk: Desk, film: QueuedFilm) -> dict[str, Any]:
    try:
        key = desk.shelf.put(film.source)
    except FilmcolorError:
        key = ""  # it was queued when another folder was open
    output = film.output or desk.target(film.source)
    return {
        "id": film.id,
        "film": key,
        "name": film.source.name,
        "output": output.name,
        "state": film.state,
        "phase": film.phase,
        "frames": film.frames,
        "total": film.total,
        "fps": round(film.frames_per_second, 2),
        "left": film.seconds_left,
        "notes": list(film.notes),
        "reason": said(film.reason),
        "command": film.command,
    }
