"""What is found while frames are read, besides the frames."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Findings:
    """What reading a part of a film has brought to light; two of them can be added."""

    notes: tuple[str, ...] = ()
    """Sentences for whoever has the film coloured: about changes of size, colour of its own, ..."""
    damage: tuple[int, ...] = ()
    """Timestamps of what could not be decoded, in units of the film's time base."""

    def __add__(self, other: Findings) -> Findings:
        """Return both, one behind the other."""
        if other == NOTHING_FOUND:
            return self
        return Findings(self.notes + other.notes, self.damage + other.damage)


NOTHING_FOUND = Findings()
