"""A film that waits to be coloured, or was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["waiting", "running", "paused", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class QueuedFilm:
    """A film of a queue, as it stands now."""

    id: str
    source: Path
    output: Path | None
    """None: beside the source, under the usual name."""
    state: State
    frames: int = 0
    """Coloured so far."""
    total: int | None = None
    phase: str = ""
    """What is going on: `plan`, `keyframes`, `color`, `join`, or nothing."""
    phase_share: float | None = None
    """How much of that is done, 0 to 1, where that is known."""
    frames_per_second: float = 0.0
    seconds_left: float | None = None
    notes: tuple[str, ...] = ()
    """Sentences about what is not as in the source."""
    reason: str = ""
    """Why it has failed."""
    command: str = ""
    """The command line that does the same."""
