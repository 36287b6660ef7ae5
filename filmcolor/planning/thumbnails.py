"""Every frame of a film as a small grey picture, several hundred of them a second."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Plane, YUVEncoding
from filmcolor.color.shrink import shrink
from filmcolor.media.decode.container_crop import cropped
from filmcolor.media.decode.luma import luma_plane, luma_source, plane_view
from filmcolor.media.decode.reader import WHOLE_FILM, FilmReader, FrameRange
from filmcolor.media.source import FrameSource

LONG_SIDE = 96
"""Pixels; a smaller film keeps its size."""


@dataclass(frozen=True)
class Thumbnail:
    """One frame, small; index and times are those of `filmcolor.media.decode.reader.Frame`."""

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

    Film files are decoded with less care than for colouring (see `FilmReader.rough_frames`).
    Raises `InputError` as the source does.
    """
    info = source.info
    height, width = thumbnail_size(info.height, info.width)
    if isinstance(source, FilmReader):
        with closing(source.rough_frames(part)) as pictures:
            for index, (pts, duration, picture) in enumerate(pictures):
                luma, depth = _luma_view(picture, info.encoding)
                if luma.shape == info.stored_size:
                    luma = cropped(luma, info.crop)
                small = shrink(luma, depth, height, width)
                yield Thumbnail(index, pts, duration, pts * info.time_base, small)
        return
    with closing(source.frames(part)) as frames:
        for frame in frames:
            small = shrink(frame.luma, info.encoding.depth, height, width)
            yield Thumbnail(frame.index, frame.pts, frame.duration, frame.time, small)


def thumbnail_size(height: int, width: int) -> tuple[int, int]:
    """Return height and width of the thumbnails of a film of this size."""
    scale = min(1.0, LONG_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _luma_view(picture: av.VideoFrame, encoding: YUVEncoding) -> tuple[Plane, int]:
    """Return the luma of a decoded frame, without copying it where possible, and its depth."""
    where = luma_source(picture.format.name)
    high = ">u2" if picture.format.is_big_endian else "<u2"
    dtype = np.dtype(high if where.depth > 8 else np.uint8)
    if not where.direct or not dtype.isnative:
        return luma_plane(picture, encoding), where.depth
    return plane_view(picture.planes[0], dtype), where.depth + where.shift
