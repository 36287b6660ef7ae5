"""The luma plane of a decoded frame, as the file stores it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
from av.video.format import VideoFormat

from filmcolor.color.colorspace import MATRICES, Matrix, Plane, YUVEncoding, default_matrix

_FULL_RANGE_CODECS = frozenset(
    {"ffv1", "huffyuv", "ffvhuff", "utvideo", "rawvideo", "png", "tiff", "bmp", "gif", "mjpeg"}
    | {"dpx", "jpeg2000", "jpegls", "webp", "pgm", "pam", "magicyuv", "qtrle", "targa"}
)
"""Codecs whose untagged grey is full range: they store pictures, not broadcast signals."""

_LIMITED, _FULL = 1, 2  # H.273 VideoFullRangeFlag as FFmpeg's AVColorRange numbers it


class LumaSource(NamedTuple):
    """Where the luma of a pixel format lies."""

    direct: bool
    """Whether the first plane is luma and nothing else, sample by sample."""
    depth: int
    """Bits a sample."""
    shift: int
    """Bits by which samples are moved up in their 16-bit words (P010 and its kin: 6)."""
    convert_to: str
    """For formats without such a plane: the planar YUV format to convert to."""


@lru_cache(maxsize=64)
def luma_source(pixel_format: str) -> LumaSource:
    """Return where the luma of frames in `pixel_format` (FFmpeg's name) lies."""
    fmt = VideoFormat(pixel_format, 16, 16)
    first = fmt.components[0]
    bits = max(component.bits for component in fmt.components)
    grey = len(fmt.components) == 1
    plain = (
        not fmt.is_rgb
        and not fmt.has_palette
        and not fmt.is_bit_stream
        and not pixel_format.startswith(("xyz", "bayer", "grayf", "mono", "ya"))
        and first.plane == 0
        and 8 <= first.bits <= 16
        and all(component.plane != 0 for component in fmt.components[1:])
        and (fmt.is_planar or grey)
    )
    if plain:
        high_bits = pixel_format.startswith(
            ("p010", "p012", "p210", "p212", "p410", "p412", "nv20")
        )
        shift = 16 - first.bits if high_bits and first.bits > 8 else 0
        return LumaSource(True, first.bits, shift, "")
    if bits <= 8 or fmt.has_palette:
        return LumaSource(False, 8, 0, "yuv444p")
    depth = 10 if bits <= 10 else 12 if bits <= 12 else 16
    return LumaSource(False, depth, 0, f"yuv444p{depth}le")


def _is_full_range(frame: av.VideoFrame, codec: str) -> bool:
    name = frame.format.name
    if name.startswith("yuvj"):
        return True
    if int(frame.color_range) in (_LIMITED, _FULL):
        return int(frame.color_range) == _FULL and luma_source(name).direct
    return name.startswith("gray") and codec in _FULL_RANGE_CODECS


def matrix_of(frame: av.VideoFrame) -> tuple[Matrix, bool]:
    """Return the YUV matrix of a frame, and whether the file names it (else it is guessed)."""
    tagged = MATRICES.get(int(frame.colorspace))
    if tagged is not None and luma_source(frame.format.name).direct:
        return tagged, True
    return default_matrix(frame.width, frame.height), False


def encoding_of(frame: av.VideoFrame, codec: str) -> YUVEncoding:
    """Return what the luma of `frame`, as `luma_plane` returns it, means.

    `codec` is FFmpeg's name of the decoder. RGB and palette frames are converted to limited range
    with the matrix that players assume for their size.
    """
    return YUVEncoding(
        matrix=matrix_of(frame)[0],
        full_range=_is_full_range(frame, codec),
        depth=luma_source(frame.format.name).depth,
        primaries=int(frame.color_primaries),
        transfer=int(frame.color_trc),
    )


def plane_view(plane: av.video.plane.VideoPlane, dtype: np.dtype[Any]) -> Plane:
    """Return a plane's samples without copying; shape (height, width), writable if FFmpeg's is."""
    rows: Plane = np.frombuffer(memoryview(plane), dtype=dtype).reshape(
        -1, plane.line_size // dtype.itemsize
    )
    return rows[: plane.height, : plane.width]


def luma_plane(frame: av.VideoFrame, encoding: YUVEncoding) -> Plane:
    """Return the luma of a decoded frame; uint8 or uint16 by depth, shape (height, width).

    The samples are the file's own where its pixel format has a luma plane; otherwise (RGB,
    palette, packed) they come from FFmpeg's conversion with the matrix and range of `encoding`.
    """
    source = luma_source(frame.format.name)
    if not source.direct:
        # AVColorSpace has no alias for the conversion's own constants: 1 is BT.709, 5 is BT.601.
        frame = frame.reformat(
            format=source.convert_to,
            dst_colorspace=1 if encoding.matrix.code == 1 else 5,
            dst_color_range=_FULL if encoding.full_range else _LIMITED,
        )
        source = luma_source(frame.format.name)
    if source.depth == 8:
        shallow: Plane = plane_view(frame.planes[0], np.dtype(np.uint8)).copy()
        return shallow
    order = ">u2" if frame.format.is_big_endian else "<u2"
    samples = plane_view(frame.planes[0], np.dtype(order))
    native: Plane = samples.astype(np.uint16, copy=True)
    if source.shift:
        native >>= source.shift
    if source.depth < 16:  # where a film is damaged, decoders give larger numbers, too
        np.minimum(native, (1 << source.depth) - 1, out=native)
    return native


def luma_view(frame: av.VideoFrame, encoding: YUVEncoding) -> Plane:
    """Return what `luma_plane` does, without copying it where possible; not to be written to.

    Where a film is damaged, there may be larger numbers than fit the depth.
    """
    where = luma_source(frame.format.name)
    high = ">u2" if frame.format.is_big_endian else "<u2"
    dtype = np.dtype(np.uint8 if where.depth == 8 else high)
    if not where.direct or where.shift or not dtype.isnative:
        return luma_plane(frame, encoding)
    return plane_view(frame.planes[0], dtype)


def mean_chroma(frame: av.VideoFrame) -> float:
    """Return how far from grey a frame is: mean distance of U and V from neutral, in 8-bit codes.

    Every fourth sample of every fourth row is looked at. 0 for formats without chroma.
    """
    fmt = frame.format
    if len(fmt.components) < 3 and not fmt.has_palette:
        return 0.0
    if not luma_source(fmt.name).direct or len(frame.planes) < 3:
        frame = frame.reformat(
            width=min(frame.width, 160), height=min(frame.height, 120), format="yuv444p"
        )
    depth = frame.format.components[0].bits
    dtype = np.dtype(np.uint8 if depth == 8 else ">u2" if frame.format.is_big_endian else "<u2")
    total = 0.0
    for plane in frame.planes[1:3]:
        samples = plane_view(plane, dtype)[::4, ::4].astype(np.int32)
        total += float(np.abs(samples - (1 << (depth - 1))).mean())
    return total / 2 / (1 << (depth - 8))


def change_depth(luma: Plane, source: YUVEncoding, target: YUVEncoding) -> Plane:
    """Return `luma` at another bit depth: shifted up exactly, or rounded down to fewer bits."""
    if source.depth == target.depth:
        return luma
    if target.depth > source.depth:
        deeper: Plane = luma.astype(np.uint16) << (target.depth - source.depth)
        return deeper
    shift = source.depth - target.depth
    top = (1 << target.depth) - 1
    rounded = (luma.astype(np.uint32) + (1 << (shift - 1))) >> shift
    shallower: Plane = np.minimum(rounded, top).astype(target.dtype)
    return shallower


def fit_luma(luma: Plane, height: int, width: int) -> Plane:
    """Return `luma` resized to (height, width), for films whose frames change size on the way."""
    if luma.shape == (height, width):
        return luma
    resized: Plane = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return resized
