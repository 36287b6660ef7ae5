"""Every frame of a film as a small grey picture, several hundred of them a second."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.shrink import shrink
from filmcolor.media.source import WHOLE_FILM, FrameRange, FrameSource

LONG_SIDE = 96
"""Pixels; a smaller film keeps its size."""


@dataclass(frozen=True)
class Thumbnail:
    """One frame, small; index and times are those of `filmcolor.media.source.Frame`."""

    index: int
    """Number from 0 of the frames that were read (not of the film, when reading starts later)."""
    pts: int
    """When it is shown, in units of the film's time base."""
    duration: int
    """How long it is shown, in the same units."""
    time: Fraction
    """When it is shown, in seconds on the film's own clock."""
    luma: NDArray[np.uint8]
    """Code values brought to 8 bits, in the film's own range; shape (height, width), the same for
    all frames of a film, the longer side at most `LONG_SIDE`."""


def thumbnails(source: FrameSource, part: FrameRange = WHOLE_FILM) -> Generator[Thumbnail]:
    """Yield a thumbnail of each frame of `part`: as many as `source.frames` yields, same times.

    Frames are decoded with less care than for colouring, where that is quicker. Raises `InputError`
    as the source does.
    """
    info = source.info
    height, width = thumbnail_size(info.height, info.width)
    with closing(source.rough_frames(part)) as frames:
        for frame in frames:
            small = shrink(frame.luma, info.encoding.depth, height, width)
            yield Thumbnail(frame.index, frame.pts, frame.duration, frame.time, small)


def thumbnail_size(height: int, width: int) -> tuple[int, int]:
    """Return height and width of the thumbnails of a film of this size."""
    scale = min(1.0, LONG_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))
