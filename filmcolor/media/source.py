"""What films are read from."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from filmcolor.media.decode.reader import WHOLE_FILM, Frame, FrameRange
from filmcolor.media.film import FilmInfo


class FrameSource(Protocol):
    """Anything that films are read from: a file, or a sequence of stills."""

    info: FilmInfo
    notes: list[str]
    """Sentences about what was found on the way."""
    holes: list[int]
    """Timestamps of what could not be decoded, in units of the film's time base."""

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the frames of a part of the film."""
        ...
