"""Reads the pictures of film scanners and their kin by FFmpeg: DPX, EXR, and Netpbm files."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import srgb_from_linear
from filmcolor.media.decode.pixel_limit import decoder_limit
from filmcolor.media.pictures.picture import Decoded, Pixels
from filmcolor.settings import Transfer

_NETPBM = dict(zip(b"1425367", ("pbm", "pbm", "pgm", "pgm", "ppm", "ppm", "pam"), strict=True))
_DPX_TRANSFER_AT = 801
_DPX_TRANSFERS: dict[int, Transfer] = {1: "log", 2: "linear", 3: "log"}
"""SMPTE 268M table 5A: printing density, linear, logarithmic; the others are kinds of video."""

_CINEON_WHITE, _CINEON_BLACK = 685 / 1023, 95 / 1023
_CINEON_RANGE = 1023 * 0.002 / 0.6
"""Decades of light between the codes 0 and 1: a code of 10 bits is a density of 0.002, and the
negative's gamma is 0.6 (Kodak, "Conversion of 10-bit log film data", 1995)."""

_GREY = {"gray": 8, "gray10le": 10, "gray12le": 12, "gray14le": 14, "gray16le": 16}
_PLANAR = {"gbrp": 8, "gbrp10le": 10, "gbrp12le": 12, "gbrp14le": 14, "gbrp16le": 16}
_PACKED = {"rgb24": 8, "rgb48le": 16, "rgba": 8, "rgba64le": 16}
_PLANES_OF_RGB = (2, 0, 1)
_FLOATS = re.compile(r"(gray|gbrp|gbrap)f(16|32)(?:le|be)")
_BRIGHTEST = float(np.finfo(np.float32).max)


def read_netpbm(content: bytes) -> Decoded:
    """Decode PBM, PGM, PPM or PAM; FFmpeg brings any maximum to that of 8 or 16 bits."""
    return _decoded(_frame(_NETPBM[content[1]], content))


def read_dpx(content: bytes, transfer: Transfer) -> Decoded:
    """Decode a DPX file; what is not for screens is brought to the curve of sRGB."""
    found = _decoded(_frame("dpx", content))
    if transfer == "auto":
        transfer = _DPX_TRANSFERS.get(content[_DPX_TRANSFER_AT], "video")
    if transfer == "video":
        return found
    table = _screen_codes(transfer, found.top)
    what = {
        "log": "the scans hold densities of a negative (logarithmic, Cineon)",
        "linear": "the scans hold light itself (linear)",
    }[transfer]
    note = f"{what}; they are brought to sRGB for screens, `transfer` video takes them as they are."
    return Decoded(table[found.pixels], found.top, found.alpha, notes=(note,))


def read_exr(content: bytes, transfer: Transfer) -> Decoded:
    """Decode an OpenEXR file: light as floating-point numbers, brought to sRGB of 16 bits."""
    colors, alpha = _light(_frame("exr", content))
    if alpha is not None:  # colours are stored with the opacity in them
        with np.errstate(over="ignore"):  # what is too bright for a number is white all the same
            colors = [np.where(alpha > 0, c / np.maximum(alpha, 1e-6), c) for c in colors]
    transfer = "linear" if transfer == "auto" else transfer
    pixels = np.dstack([_coded(plane, transfer) for plane in colors])
    above = max(float(plane.max(initial=0)) for plane in colors) > 1
    curve = {"linear": "linear light", "log": "densities (Cineon)", "video": "made for screens"}
    note = f"the pixels are taken as {curve[transfer]} and brought to sRGB of 16 bits"
    if transfer == "video":
        note = "the pixels are taken as made for screens, and brought to 16 bits"
    note += "; what is brighter than 1 is white." if above else "."
    found = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    opacity = None if alpha is None else _coded(alpha, "video")
    return Decoded(found, 65535, opacity, notes=(note,))


def _light(frame: av.VideoFrame) -> tuple[list[NDArray[np.float32]], NDArray[np.float32] | None]:
    """Return grey, or R, G and B, and opacity, of a frame of floating-point numbers; finite."""
    name = frame.format.name
    found = _FLOATS.fullmatch(name)
    if found is None:
        raise ValueError(f"its samples ({name}) are no numbers of light")
    dtype = f"{'>' if frame.format.is_big_endian else '<'}f{int(found[2]) // 8}"
    planes: list[NDArray[np.float32]] = [
        np.nan_to_num(_plane(frame, i, dtype).astype(np.float32), posinf=_BRIGHTEST, neginf=0)
        for i in range(len(frame.planes))
    ]
    if found[1] == "gray":
        return planes, None
    alpha = planes[3] if found[1] == "gbrap" else None
    return [planes[i] for i in _PLANES_OF_RGB], alpha


def _frame(codec: str, content: bytes) -> av.VideoFrame:
    context = av.CodecContext.create(codec, "r")
    assert isinstance(context, av.VideoCodecContext)
    context.thread_count = 1
    context.options = {"max_pixels": str(decoder_limit())}
    frames = [*context.decode(av.Packet(content)), *context.decode(None)]
    if not frames:
        raise ValueError("there is no picture in it")
    frame = frames[0]
    assert isinstance(frame, av.VideoFrame)
    return frame


def _plane(frame: av.VideoFrame, index: int, dtype: str, samples: int = 1) -> NDArray[Any]:
    """Return a plane with so many samples a pixel, shape (height, width * samples)."""
    plane = frame.planes[index]
    size = np.dtype(dtype).itemsize
    rows = np.frombuffer(memoryview(plane), dtype).reshape(-1, plane.line_size // size)
    return rows[: frame.height, : frame.width * samples]  # rows are padded to whole vectors


def _decoded(frame: av.VideoFrame) -> Decoded:
    name = frame.format.name
    if frame.format.is_big_endian:
        name = f"{name.removesuffix('be')}le"
    order = ">" if frame.format.is_big_endian else "<"
    if name not in _GREY | _PLANAR | _PACKED:
        name, order = _nearest(frame), "<"
        frame = frame.reformat(format=name)
    bits = (_GREY | _PLANAR | _PACKED)[name]
    dtype = "u1" if bits == 8 else f"{order}u2"
    if name in _GREY:
        pixels: Pixels = _plane(frame, 0, dtype)
    elif name in _PLANAR:
        pixels = np.stack([_plane(frame, i, dtype) for i in _PLANES_OF_RGB], axis=-1)
    else:
        channels = 4 if "rgba" in name else 3
        packed = _plane(frame, 0, dtype, channels)
        pixels = packed.reshape(frame.height, frame.width, channels)
    return Decoded.of_channels(_native(pixels), (1 << bits) - 1)


def _native(pixels: Pixels) -> Pixels:
    return pixels.astype(np.uint8 if pixels.dtype.itemsize == 1 else np.uint16)


def _nearest(frame: av.VideoFrame) -> str:
    """Return the format of ours that holds all of a frame."""
    parts = frame.format.components
    deep = max(part.bits for part in parts) > 8
    if len(parts) in (2, 4):
        return "rgba64le" if deep else "rgba"
    if len(parts) == 1:
        return "gray16le" if deep else "gray"
    return "rgb48le" if deep else "rgb24"


@lru_cache(maxsize=8)
def _screen_codes(transfer: Transfer, top: int) -> NDArray[Any]:
    """Return the code for screens of each code of a scan."""
    codes = np.arange(top + 1) / top
    screen = _for_screens(codes, transfer)
    return (screen * top + 0.5).astype(np.uint8 if top < 256 else np.uint16)


def _for_screens(values: NDArray[Any], transfer: Transfer) -> NDArray[Any]:
    """Return values in 0..1 for screens of the values of a scan."""
    if transfer == "log":
        light = 10 ** ((values - _CINEON_WHITE) * _CINEON_RANGE)
        black = 10 ** ((_CINEON_BLACK - _CINEON_WHITE) * _CINEON_RANGE)
        values = (light - black) / (1 - black)
    values = np.clip(values, 0, 1)
    return values if transfer == "video" else srgb_from_linear(values)


def _coded(values: NDArray[Any], transfer: Transfer) -> NDArray[np.uint16]:
    known = np.clip(values, 0, 1)  # beyond, densities would be powers of any size
    codes: NDArray[np.uint16] = (_for_screens(known, transfer) * 65535 + 0.5).astype(np.uint16)
    return codes
