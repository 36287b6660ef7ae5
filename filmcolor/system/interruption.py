"""A run that was interrupted, and what is kept of it."""

from __future__ import annotations

from pathlib import Path


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with a sentence about what is kept."""

    def __init__(self, kept: str, output: Path, how: str) -> None:
        """Say what is `kept` of the unfinished `output`, and `how` to go on."""
        super().__init__(f"interrupted; {kept}, and {how}.")
        self.kept = kept
        self.output = output
