"""The true colours of a film: its own U and V planes, and R'G'B' of planes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache

import av
import cv2
import numpy as np

from filmcolor.color.colorspace import Floats, Plane, YUVEncoding
from filmcolor.errors import InputError
from filmcolor.evaluation.lab import RGB8
from filmcolor.media.decode.luma import luma_source, plane_view
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.source import WHOLE_FILM, FrameRange

FINE_DEPTH = 12
"""Bits a sample of planes that are compared: rounding to 8 bits, which no method can help, would
hide how still the colours are."""

_FULL_RANGE, _LIMITED_RANGE = 2, 1  # as FFmpeg's AVColorRange numbers them


@dataclass(frozen=True)
class TrueColors:
    """The colours that a frame of a film really has."""

    pts: int
    """When it is shown, in units of the film's time base."""
    u: Plane
    """The film's own U plane, at the size that it has in the file; uint8 or uint16."""
    v: Plane
    """The V plane, in the same way."""


class ColorReader(FilmReader):
    """Reads the colours that a film really has, frame by frame, beside its luma."""

    def true_colors(self, part: FrameRange = WHOLE_FILM) -> Generator[TrueColors]:
        """Yield the colours of the frames that `frames` yields, in the same order.

        Raises `InputError` when the film is stored without colour, and as `frames` does.
        """
        with closing(self.decoded(part)) as frames:
            for frame in frames:
                u, v = self._chroma(frame.picture)
                yield TrueColors(frame.pts, u, v)

    def _chroma(self, frame: av.VideoFrame) -> tuple[Plane, Plane]:
        """Return the U and V planes of a decoded frame.

        They are the file's own where its pixel format has them; RGB, palette and packed formats
        are converted as for the luma, so that both belong together.
        """
        fmt, encoding = frame.format, self.info.encoding
        if len(fmt.components) < 3 and not fmt.has_palette:
            raise InputError(
                f"{self.info.path}: is stored without colour ({fmt.name}); evaluate needs a "
                "colour film to compare with."
            )
        if not luma_source(fmt.name).direct:
            frame = frame.reformat(
                format=luma_source(fmt.name).convert_to,
                dst_colorspace=1 if encoding.matrix.code == 1 else 5,
                dst_color_range=_FULL_RANGE if encoding.full_range else _LIMITED_RANGE,
            )
        elif len(frame.planes) < 3:
            frame = frame.reformat(format=_with_own_planes(frame))
        return _plane(frame, 1), _plane(frame, 2)


def _plane(frame: av.VideoFrame, number: int) -> Plane:
    if luma_source(frame.format.name).depth == 8:
        shallow: Plane = plane_view(frame.planes[number], np.dtype(np.uint8)).copy()
        return shallow
    order = ">u2" if frame.format.is_big_endian else "<u2"
    native: Plane = plane_view(frame.planes[number], np.dtype(order)).astype(np.uint16)
    return native


def _with_own_planes(frame: av.VideoFrame) -> str:
    """Return the pixel format that has U and V of a format with both in one plane (NV12, P010)
    in planes of their own, sample by sample."""
    fmt = frame.format
    wide, high = fmt.chroma_width(frame.width), fmt.chroma_height(frame.height)
    subsampling = "444" if wide == frame.width else "422" if high == frame.height else "420"
    depth = luma_source(fmt.name).depth
    return f"yuv{subsampling}p" + (f"{depth}le" if depth > 8 else "")


def rounded(rgb: Floats) -> RGB8:
    """Return R'G'B' in 0..255 as 8-bit pixels; uint8."""
    return np.asarray(np.rint(rgb), dtype=np.uint8)


def exact_rgb(
    luma: Plane, u: Plane, v: Plane, encoding: YUVEncoding, size: tuple[int, int]
) -> Floats:
    """Return R'G'B' in 0..255 of a frame at `size` (height, width); float32, clipped.

    `luma`, `u` and `v`: code values of `encoding`, shape (height, width), which may differ.
    Planes that are larger than `size` are averaged, smaller ones interpolated. The inverse of
    BT.709 section 3.3 for the matrix of `encoding`, in floating point.
    """
    zeros = (encoding.black, encoding.chroma_zero, encoding.chroma_zero)
    planes = [
        resized(plane, size) - np.float32(zero)
        for plane, zero in zip((luma, u, v), zeros, strict=True)
    ]
    rgb = np.asarray(cv2.transform(cv2.merge(planes), _rgb_from_codes(encoding)), dtype=np.float32)
    return np.clip(rgb, 0, 255)


def grey_from_luma(luma: Plane, encoding: YUVEncoding, size: tuple[int, int]) -> Plane:
    """Return Y' of a frame as 8-bit grey at `size` (height, width); uint8, full range."""
    grey = (resized(luma, size) - encoding.black) * np.float32(255 / encoding.luma_span)
    return np.asarray(np.clip(np.rint(grey), 0, 255), dtype=np.uint8)


def resized(plane: Plane, size: tuple[int, int]) -> Floats:
    """Return a picture at `size` (height, width): sides that shrink are averaged, others
    interpolated; float32."""
    picture = plane.astype(np.float32)
    smaller = min(plane.shape[0], size[0]), min(plane.shape[1], size[1])
    for wanted, how in ((smaller, cv2.INTER_AREA), (size, cv2.INTER_LINEAR)):
        if picture.shape[:2] != wanted:
            picture = cv2.resize(picture, wanted[::-1], interpolation=how).astype(
                np.float32, copy=False
            )
    return picture


@lru_cache(maxsize=8)
def _rgb_from_codes(encoding: YUVEncoding) -> Floats:
    """Return the matrix from codes (Y', U, V), without their zeros, to R'G'B' in 0..255."""
    kr, kb = encoding.matrix.kr, encoding.matrix.kb
    kg = 1 - kr - kb
    y, chroma = 255 / encoding.luma_span, 255 / encoding.chroma_span
    red, blue = 2 * (1 - kr), 2 * (1 - kb)
    colors = np.array(
        [
            [y, 0, chroma * red],
            [y, -chroma * kb * blue / kg, -chroma * kr * red / kg],
            [y, chroma * blue, 0],
        ]
    )
    return colors.astype(np.float32)
