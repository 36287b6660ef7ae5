"""Keeps what is found while frames are read, for whoever does not see every frame."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from fractions import Fraction

from filmcolor.media.findings import Findings
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource


class Noted(FrameSource):
    """Hands on the frames of another source, and adds up what was found in them, each once.

    For one thread.
    """

    def __init__(self, source: FrameSource) -> None:
        """Read `source`."""
        self._source = source
        self.info = source.info
        self.notes = source.notes
        self._notes = dict.fromkeys(source.notes)
        self._damage: dict[int, None] = {}

    @property
    def found(self) -> Findings:
        """What was found when the source was opened, and in all frames since."""
        return Findings(tuple(self._notes), tuple(self._damage))

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the frames of `part`, as the source does."""
        yield from self._noted(self._source.frames(part))

    def rough_frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the frames of `part`, as the source does."""
        yield from self._noted(self._source.rough_frames(part))

    def frame_at(self, time: Fraction) -> Frame | None:
        """Return the frame shown at `time`, as the source does."""
        frame = self._source.frame_at(time)
        return None if frame is None else self._note(frame)

    def has_color(self) -> bool:
        """Return whether the source has colour."""
        return self._source.has_color()

    def reopen(self) -> Noted:
        """Return a new source, in which nothing is found yet."""
        return Noted(self._source.reopen())

    def close(self) -> None:
        """Close what the source has left open."""
        self._source.close()

    def _noted(self, frames: Generator[Frame]) -> Generator[Frame]:
        with closing(frames):
            for frame in frames:
                yield self._note(frame)

    def _note(self, frame: Frame) -> Frame:
        self._notes |= dict.fromkeys(frame.found.notes)
        self._damage |= dict.fromkeys(frame.found.damage)
        return frame
