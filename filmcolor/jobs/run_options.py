"""How a film is worked on: choices that do not change what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

from filmcolor.errors import UsageError

SEGMENT_SECONDS = 5.0
"""What is lost when a run is killed. Longer segments would make films smaller by less than 1 %."""


@dataclass(frozen=True)
class RunOptions:
    """All choices about a run; raises `UsageError` for nonsense."""

    restart: bool = False
    """Throw away what an unfinished run has left, and begin anew."""
    keep: bool = True
    """Keep what is done when the run is interrupted or fails, for a later run."""
    strict: bool = False
    """Stop at damage in the film, instead of colouring what can be decoded."""
    workers: int | None = 1
    """How many segments are coloured at once, each in a process; None: as the computer allows."""
    segment_seconds: float = SEGMENT_SECONDS
    """How much film is finished, and kept, at a time; about."""

    def __post_init__(self) -> None:
        """Check the values."""
        if self.workers is not None and self.workers < 1:
            raise UsageError(
                f"`workers`: {self.workers} will not do; there must be at least 1.",
                what="workers",
                value=self.workers,
            )
        if not 0.04 <= self.segment_seconds <= 36000:
            raise UsageError(
                f"`segment_seconds`: {self.segment_seconds:g} will not do; take 0.04 to 36000.",
                what="segment_seconds",
                value=self.segment_seconds,
            )
