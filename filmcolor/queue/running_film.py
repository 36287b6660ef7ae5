"""The film of a queue that is being coloured: how far it is, as its process tells."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filmcolor.queue.film_process import FilmProcess
from filmcolor.queue.queue_file import Entry
from filmcolor.queue.queued_film import QueuedFilm, State

_SPEED_OVER = 20.0
"""Seconds over which the speed is measured."""


@dataclass
class RunningFilm:
    """What is known of a film while it is running, and not kept."""

    process: FilmProcess | None = None
    ends_as: State | None = None
    """What becomes of it when it has stopped, as it was told to."""
    phase: str = ""
    phase_share: float | None = None
    times: deque[tuple[float, int]] = field(default_factory=deque)
    """When how many frames were coloured."""

    @property
    def frames_per_second(self) -> float:
        """How many are coloured in a second, of late."""
        if len(self.times) < 2:
            return 0.0
        (begin, first), (end, last) = self.times[0], self.times[-1]
        return (last - first) / (end - begin) if end > begin else 0.0

    def stop(self, ends_as: State) -> None:
        """Have it stop; it ends as this."""
        self.ends_as = ends_as
        if self.process is not None:
            self.process.stop()

    def take(self, entry: Entry, message: dict[str, Any]) -> bool:
        """Take what its process tells; return whether something is to be kept of it."""
        kind = message.get("kind")
        if kind == "frame":
            done, total = int(message["done"]), message["total"]
            self.phase = str(message["phase"])
            self.phase_share = min(1.0, done / total) if total else None
            if self.phase == "color":
                entry.frames, entry.total = done, total
                self._note_speed(done)
        elif kind == "planned":
            entry.total = message["frames"]
        elif kind == "note":
            entry.notes.append(str(message["text"]))
        elif kind == "joining":
            self.phase, self.phase_share = "join", None
            entry.result = str(message["output"])
        elif kind == "failed":
            entry.reason = str(message["reason"])
        elif kind == "done":
            entry.state, entry.result = "done", str(message["output"])
            entry.frames = entry.total = int(message["frames"])
            entry.notes = [str(note) for note in message["notes"]]
        return bool(kind != "frame")

    def end(self, entry: Entry, code: int, failure: str) -> None:
        """Say of a film what has become of it, whose process has ended with `code`.

        `failure`: why there was no process, if so.
        """
        if entry.state == "done":
            return
        if self.ends_as is not None:
            entry.state = self.ends_as
            return
        entry.state = "failed"
        entry.reason = entry.reason or failure or f"{entry.source}: {_ended_words(code)}"

    def _note_speed(self, done: int) -> None:
        now = time.monotonic()
        self.times.append((now, done))
        while self.times[0][0] < now - _SPEED_OVER and len(self.times) > 2:
            self.times.popleft()


def as_it_stands(entry: Entry, running: RunningFilm | None) -> QueuedFilm:
    """Return a film of the queue as it is told; `running`: None where it is not."""
    now = running or RunningFilm()
    speed, left = now.frames_per_second, None
    is_running = entry.state == "running"
    if speed > 0 and entry.total is not None and is_running:
        left = max(0, entry.total - entry.frames) / speed
    result = entry.result or entry.output
    return QueuedFilm(
        id=entry.id,
        source=Path(entry.source),
        output=None if result is None else Path(result),
        state=now.ends_as or entry.state,
        frames=entry.frames,
        total=entry.total,
        phase=now.phase if is_running else "",
        phase_share=now.phase_share if is_running else None,
        frames_per_second=speed if is_running else 0.0,
        seconds_left=left,
        notes=tuple(entry.notes),
        reason=entry.reason,
        command=entry.command,
    )


def _ended_words(code: int) -> str:
    if code < 0:
        return f"the process that coloured it was ended by signal {-code}; start it again."
    return f"the process that coloured it ended with code {code}; start it again."
