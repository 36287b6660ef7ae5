"""What frames come from, whatever that is: a film, pictures in a folder, an animated picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

from filmcolor.color.colorspace import Plane
from filmcolor.media.film import FilmInfo
from filmcolor.media.findings import NOTHING_FOUND, Findings


@dataclass
class Frame:
    """One frame of a black-and-white film."""

    index: int
    """Number from 0 of the frames that were read (not of the film, when reading starts later)."""
    pts: int
    """When it is shown, in units of the film's time base."""
    duration: int
    """How long it is shown, in the same units."""
    luma: Plane
    """The film's own luma; uint8 or uint16, shape (height, width)."""
    time: Fraction
    """When it is shown, in seconds on the film's own clock."""
    found: Findings = NOTHING_FOUND
    """What was found since the frame before. Damage is found a little ahead of its place, as
    frames wait in the decoder."""


@dataclass(frozen=True)
class FrameRange:
    """A part of a film: times in seconds on the film's own clock, the end excluded."""

    start: Fraction | None = None
    end: Fraction | None = None
    first_pts: int | None = None
    """The timestamp of the first frame, where it is known. Should seeking lead elsewhere, the
    film is read from its beginning."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.start is None and self.end is None


WHOLE_FILM = FrameRange()


class FrameSource(ABC):
    """Anything that frames come from.

    Each iteration stands for itself: several, also in different threads, do not disturb each
    other, and what one finds comes with its frames. A source can be pickled; other processes get
    theirs so.
    """

    info: FilmInfo
    notes: tuple[str, ...] = ()
    """Sentences about what was found when it was opened."""

    @abstractmethod
    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the frames of `part` in the order in which they are shown.

        Closing the generator closes the file. Raises `InputError` when it cannot be read.
        """

    @abstractmethod
    def reopen(self) -> FrameSource:
        """Return a new source of the same frames, which shares nothing with this one."""

    def rough_frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield as many frames as `frames` does, at the same times, decoded with less care.

        For a quick look. The luma may have another size than the film where the film changes it,
        and may lie in the decoder's memory: it is not to be written to.
        """
        return self.frames(part)

    def frame_at(self, time: Fraction) -> Frame | None:
        """Return the frame that is shown at `time`; None where the film has ended by then.

        Before the film begins, that is its first frame. `time`: in seconds on the film's own clock.
        """
        shown: Frame | None = None
        with closing(self.frames()) as frames:
            for frame in frames:
                if shown is not None and frame.time > time:
                    return shown
                shown = frame
        if shown is None or time >= shown.time + shown.duration * self.info.time_base:
            return None
        return shown

    def has_color(self) -> bool:
        """Return whether there is colour, or a tint, judged by the first frame.

        A source that knows of none but grey frames has none. Raises `InputError` when that frame
        cannot be read.
        """
        return False

    def close(self) -> None:  # noqa: B027 - most have nothing to do
        """Close what `frame_at` has left open to be quick when it is called again; it may be."""


def with_first(first: Frame, others: Generator[Frame]) -> Generator[Frame]:
    """Yield a frame that was taken, and then the others."""
    with closing(others):
        yield first
        yield from others
