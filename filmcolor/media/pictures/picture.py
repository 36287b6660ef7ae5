"""A still picture in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Plane, YUVEncoding, default_matrix
from filmcolor.media.pictures.metadata import NO_METADATA, PictureMetadata

_COLORED_FROM = 6.0
"""Mean difference between the channels, in 8-bit codes, from which a picture has colour."""

STRIP_PIXELS = 1 << 20
"""Pixels of a strip, about: some 50 MB are needed to colour it."""

Pixels = NDArray[Any]
"""Grey (height, width) or R'G'B' (height, width, 3), full range; uint8 or uint16."""


@dataclass(frozen=True)
class Decoded:
    """What a decoder has found in a file, as it is stored."""

    pixels: Pixels
    top: int
    """The code value of white."""
    alpha: Plane | None = None
    """Opacity: 0 to `top`."""
    orientation: int = 1
    """How the stored picture is turned: EXIF 2.3, tag 274."""
    notes: tuple[str, ...] = ()

    @classmethod
    def of_channels(
        cls, pixels: Pixels, top: int, orientation: int = 1, notes: tuple[str, ...] = ()
    ) -> Decoded:
        """Take pixels whose fourth channel, where they have one, is opacity."""
        if pixels.ndim == 2:
            return cls(pixels, top, None, orientation, notes)
        alpha = pixels[..., 3] if pixels.shape[2] == 4 else None
        return cls(pixels[..., :3], top, alpha, orientation, notes)


@dataclass(frozen=True)
class Picture:
    """A still picture, the right way up."""

    luma: Plane
    """uint8 or uint16 by depth, full range, shape (height, width)."""
    depth: int
    """Bits a sample, 8 to 16."""
    alpha: Plane | None
    """Opacity in the same type and shape, where the file has it."""
    colored: bool
    """Whether the file had colour (or a tint) of its own."""
    metadata: PictureMetadata = field(default=NO_METADATA)
    notes: tuple[str, ...] = ()
    """Sentences about what was done to read it, or what of it is not taken over."""

    @property
    def is_transparent(self) -> bool:
        """Whether something can be seen through it."""
        return self.alpha is not None and int(self.alpha.min()) < (1 << self.depth) - 1

    @property
    def encoding(self) -> YUVEncoding:
        """What the luma means: full range, with the matrix usual for that size."""
        height, width = self.luma.shape
        return YUVEncoding(default_matrix(width, height), True, self.depth)


def strips(height: int, width: int, pixels: int = STRIP_PIXELS) -> Iterator[slice]:
    """Yield strips of rows, so that work on a large picture takes little memory at a time."""
    rows = max(1, pixels // max(1, width))
    for first in range(0, height, rows):
        yield slice(first, min(first + rows, height))


def luma_of_rgb(rgb: Pixels) -> Plane:
    """Return full-range Y' of R'G'B' pixels (height, width, 3), exact where they are grey."""
    height, width = rgb.shape[:2]
    matrix = default_matrix(width, height)
    weights = np.array([matrix.kr, 1 - matrix.kr - matrix.kb, matrix.kb])
    luma: Plane = np.empty((height, width), rgb.dtype)
    for strip in strips(height, width):
        part = rgb[strip]
        grey = (part[..., 0] == part[..., 1]) & (part[..., 1] == part[..., 2])
        luma[strip] = np.where(grey, part[..., 1], part @ weights + 0.5)
    return luma


def upright_picture(found: Decoded, metadata: PictureMetadata = NO_METADATA) -> Picture:
    """Return what was decoded as luma and opacity of 8 to 16 bits, the right way up."""
    pixels, depth, turned = found.pixels, _depth_of(found.top), found.orientation
    grey = pixels.ndim == 2
    luma = pixels if grey else luma_of_rgb(pixels)
    alpha = None if found.alpha is None else _upright(_scaled(found.alpha, found), turned)
    return Picture(
        luma=_upright(_scaled(luma, found), turned),
        depth=depth,
        alpha=alpha,
        colored=not grey and _spread(pixels) / found.top * 255 >= _COLORED_FROM,
        metadata=metadata,
        notes=found.notes,
    )


def _depth_of(top: int) -> int:
    """Return the bits in which codes up to `top` are kept."""
    bits = top.bit_length()
    return bits if bits >= 8 and top == (1 << bits) - 1 else 8 if top < 255 else 16


def _scaled(plane: Plane, found: Decoded) -> Plane:
    depth = _depth_of(found.top)
    top = (1 << depth) - 1
    if found.top == top:
        return plane
    # A table: rounded to the nearest code, and what lies above white is white.
    codes = np.minimum(np.arange(1 << 8 * plane.dtype.itemsize), found.top)
    dtype = np.uint8 if depth == 8 else np.uint16
    table = ((codes * top + found.top // 2) // found.top).astype(dtype)
    return np.asarray(np.take(table, plane))


def _upright(plane: Plane, orientation: int) -> Plane:
    # EXIF 2.3, tag 274: counter-clockwise quarter turns, and a left-right flip before them.
    turns, mirrored = {
        2: (0, True),
        3: (2, False),
        4: (2, True),
        5: (1, True),
        6: (3, False),
        7: (3, True),
        8: (1, False),
    }.get(orientation, (0, False))
    if mirrored:
        plane = plane[:, ::-1]
    return np.ascontiguousarray(np.rot90(plane, turns))


def _spread(rgb: Pixels) -> float:
    """Return the mean difference between the channels, in codes."""
    total = 0.0
    for strip in strips(*rgb.shape[:2]):
        part = rgb[strip]
        total += float((part.max(axis=2) - part.min(axis=2)).sum(dtype=np.int64))
    return total / float(rgb.shape[0] * rgb.shape[1])
