"""From ab of the network and the film's own luma to the U and V planes of the colour film.

The luma Y' of every pixel is the film's and stays as it is. What is looked for is the colour with
that Y' and the wanted a and b. For each (Y', a, b) this is one fixed answer, so it is worked out
once for a grid and then looked up:

1. where no real colour has that Y' and that chroma, chroma shrinks along its hue until one does;
2. near black, chroma fades out: networks colour darkness at random;
3. L is solved so that the colour's Y' in the film's own matrix is the given one;
4. Cb = (B' - Y') / (2 (1 - Kb)), Cr = (R' - Y') / (2 (1 - Kr)) (BT.709 section 3.3).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import (
    Floats,
    Matrix,
    Plane,
    YUVEncoding,
    lightness_from_linear,
    linear_from_srgb,
    rgb_from_lab,
)
from filmcolor.system.array_cache import cached_array

_LUMA_STEPS = 128
_AB_STEP = 4.0
_AB_LIMIT = 112.0
_AB_STEPS = int(2 * _AB_LIMIT / _AB_STEP) + 1
_HUES = 120
_SECANT_STEPS = 6
_DARK_CODES, _BRIGHT_CODES, _FINE_STEP, _CODE_STEP = 64, 208, 2, 4
_CODE_LEVELS = (
    *range(0, _DARK_CODES, _FINE_STEP),
    *range(_DARK_CODES, _BRIGHT_CODES, _CODE_STEP),
    *range(_BRIGHT_CODES, 256, _FINE_STEP),
)
"""First luma code of each level: finer where it is dark or bright, since colours there are near the
edge of what exists and change fast with it."""
_CODE_AB_STEP = 0.5
_CODE_AB_STEPS = int(2 * _AB_LIMIT / _CODE_AB_STEP) + 1
"""The table for 8-bit films is so fine that nothing needs to be interpolated."""
_REMAP_LIMIT = 32_000
"""Largest side of a picture that `cv2.remap` takes (it needs less than 2^15)."""

_FADE_FROM, _FADE_TO = 0.0, 4.0
"""L below which there is no chroma, and L above which there is all of it."""

_MADE_WITH = (_LUMA_STEPS, _AB_STEPS, _AB_LIMIT, _HUES, _SECANT_STEPS, _FADE_FROM, _FADE_TO)
"""What a table in the user's cache depends on, besides the film."""

_Array = NDArray[Any]


def _solve_lightness(luma: _Array, a: _Array, b: _Array, matrix: Matrix) -> tuple[_Array, ...]:
    """Find L with Y'(L, a, b) = luma; return R', G', B' there.

    Secant steps from the lightness of the grey with that luma: the answer lies near it.
    """
    kg = 1.0 - matrix.kr - matrix.kb

    def luma_of(L: _Array) -> _Array:
        red, green, blue = rgb_from_lab(L, a, b)
        return matrix.kr * red + kg * green + matrix.kb * blue

    before = lightness_from_linear(linear_from_srgb(luma))
    luma_before = luma_of(before)
    L = np.clip(before + 100.0 * (luma - luma_before), -20.0, 120.0)
    for _ in range(_SECANT_STEPS):
        luma_now = luma_of(L)
        rise = luma_now - luma_before
        slope = np.where(np.abs(rise) > 1e-7, (L - before) / np.where(rise == 0, 1, rise), 100.0)
        before, luma_before = L, luma_now
        L = np.clip(L + np.clip(slope, 10.0, 2000.0) * (luma - luma_now), -20.0, 120.0)
    return rgb_from_lab(L, a, b)


def _largest_chroma(luma: _Array, matrix: Matrix) -> _Array:
    """Return the largest chroma that exists at each Y' and hue; shape (len(luma), _HUES)."""
    hue = np.linspace(0.0, 2 * np.pi, _HUES, endpoint=False, dtype=luma.dtype)
    y = np.broadcast_to(luma[:, None], (len(luma), _HUES))
    cosine, sine = np.cos(hue)[None, :], np.sin(hue)[None, :]
    low = np.zeros_like(y)
    high = np.full_like(y, 1.5 * _AB_LIMIT)
    for _ in range(11):
        middle = (low + high) / 2
        rgb = _solve_lightness(y, middle * cosine, middle * sine, matrix)
        fits = np.ones(y.shape, dtype=bool)
        for channel in rgb:
            fits &= (channel >= -1e-4) & (channel <= 1 + 1e-4)
        low = np.where(fits, middle, low)
        high = np.where(fits, high, middle)
    return low


@lru_cache(maxsize=8)
def _chroma_grid(matrix: Matrix) -> Floats:
    """Return (Cb, Cr) on the grid of (Y', b, a).

    float32, shape (_LUMA_STEPS * _AB_STEPS, _AB_STEPS, 2): Y' is the slow part of the first axis.
    Once worked out, it is kept in the user's cache: as much work as colouring a second of film.
    """
    name = "-".join(f"{number:g}" for number in (matrix.kr, matrix.kb, *_MADE_WITH))
    shape = (_LUMA_STEPS * _AB_STEPS, _AB_STEPS, 2)
    return cached_array(f"chroma-{name}", shape, np.float32, lambda: _worked_out_grid(matrix))


def _worked_out_grid(matrix: Matrix) -> Floats:
    # Single precision is twice as fast and exact to 1e-5 here.
    luma = np.linspace(0.0, 1.0, _LUMA_STEPS, dtype=np.float32)
    axis = np.linspace(-_AB_LIMIT, _AB_LIMIT, _AB_STEPS, dtype=np.float32)
    b, a = np.meshgrid(axis, axis, indexing="ij")
    chroma = np.hypot(a, b)
    hue = np.mod(np.arctan2(b, a), 2 * np.pi) * (_HUES / (2 * np.pi))
    left = np.floor(hue).astype(int)
    weight = hue - left

    limits = _largest_chroma(luma, matrix)
    limit = limits[:, left % _HUES] * (1 - weight) + limits[:, (left + 1) % _HUES] * weight
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = np.where(chroma > limit, limit / chroma, 1.0)
    L = lightness_from_linear(linear_from_srgb(luma))
    t = np.clip((L - _FADE_FROM) / (_FADE_TO - _FADE_FROM), 0.0, 1.0)
    shrink = shrink * (t * t * (3 - 2 * t))[:, None, None]

    y = np.broadcast_to(luma[:, None, None], shrink.shape)
    red, _, blue = _solve_lightness(y, a * shrink, b * shrink, matrix)
    cb = (blue - y) / (2 * (1 - matrix.kb))
    cr = (red - y) / (2 * (1 - matrix.kr))
    grid = np.stack([cb, cr], axis=-1).astype(np.float32)
    return np.ascontiguousarray(grid.reshape(-1, _AB_STEPS, 2))


class ChromaTable:
    """Turns ab and luma into Cb and Cr for one film's encoding."""

    def __init__(self, encoding: YUVEncoding) -> None:
        """Work out the tables for `encoding` (about a second the first time, then cached)."""
        self.encoding = encoding
        self._values = encoding.luma_values().astype(np.float32)
        self._rows = _rows_of_codes(encoding)
        self._codes = _code_table(encoding) if encoding.depth == 8 else None

    def luma_values(self, luma: Plane) -> Floats:
        """Return Y' in 0..1 of code values; float32, in the shape of `luma`."""
        return _looked_up_codes(luma, self._values)

    def color_differences(self, luma: Plane, ab: Floats) -> Floats:
        """Return Cb and Cr in -0.5..0.5; float32, shape (h, w, 2).

        `luma`: code values of the film, shape (H, W), averaged down to the size of `ab` where
        that is smaller; `ab`: float32, shape (h, w, 2), in Lab units.
        """
        grid = _chroma_grid(self.encoding.matrix)
        return _interpolated(grid, self._rows, _luma_at(ab, luma), ab)

    def planes(self, luma: Plane, ab: Floats) -> tuple[Plane, Plane]:
        """Return the U and V planes, as code values of the encoding, at the size of `ab`.

        Arguments as for `color_differences`. For 8-bit films, luma and ab are rounded to the steps
        of a finer table.
        """
        luma = _luma_at(ab, luma)
        if self._codes is not None:
            codes = _found(self._codes, luma, ab)
        else:
            grid = _code_grid(self.encoding)
            codes = _interpolated(grid, self._rows, luma, ab).astype(self.encoding.dtype)
        u, v = cv2.split(codes)
        return np.asarray(u), np.asarray(v)


def _luma_at(ab: Floats, luma: Plane) -> Plane:
    """Return `luma`, averaged down to the size of `ab`."""
    height, width = ab.shape[:2]
    if luma.shape == (height, width):
        return luma
    return np.asarray(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA))


@lru_cache(maxsize=4)
def _rows_of_codes(encoding: YUVEncoding) -> Floats:
    """Return the row of the grid with b = 0 for each luma code; float32, shape (codes,)."""
    step = np.rint(encoding.luma_values() * (_LUMA_STEPS - 1))
    return (step * _AB_STEPS + (_AB_STEPS - 1) / 2).astype(np.float32)


@lru_cache(maxsize=4)
def _code_grid(encoding: YUVEncoding) -> Floats:
    """Return the grid of `_chroma_grid` as code values of U and V, plus the half that rounds."""
    top = (1 << encoding.depth) - 1
    codes = _chroma_grid(encoding.matrix) * encoding.chroma_span + encoding.chroma_zero
    grid: Floats = np.clip(codes + 0.5, 0.5, top + 0.5).astype(np.float32)
    return grid


def _interpolated(grid: Floats, rows: Floats, luma: Plane, ab: Floats) -> Floats:
    """Look luma and ab, both of one size, up in a grid as `_chroma_grid` gives it."""
    height, width = ab.shape[:2]
    if max(height, width) > _REMAP_LIMIT:
        axis = int(width > height)
        halves = zip(np.array_split(luma, 2, axis), np.array_split(ab, 2, axis), strict=True)
        return np.concatenate([_interpolated(grid, rows, *half) for half in halves], axis)
    column, row = ab[..., 0], ab[..., 1]
    step, limit = np.float32(1 / _AB_STEP), np.float32(_AB_LIMIT / _AB_STEP)
    column = column * step + limit  # what lies beyond the grid, gets its edge
    row = row * step
    np.clip(row, -limit, limit, out=row)  # beyond is another luma's part of the grid
    row += _looked_up_codes(luma, rows)
    found = cv2.remap(grid, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.float32)


_LEVEL_MIDDLE = np.searchsorted(_CODE_LEVELS, np.arange(256), "right").astype(np.int32) - 1
_LEVEL_MIDDLE = _LEVEL_MIDDLE * _CODE_AB_STEPS**2 + _CODE_AB_STEPS**2 // 2
"""Where in the table of `_code_table` a = b = 0 stands for each luma code."""


def _found(table: NDArray[np.uint16], luma: Plane, ab: Floats) -> NDArray[np.uint8]:
    """Look luma and ab, both of one size (h, w), up in `_code_table`; U and V, shape (h, w, 2)."""
    place = np.asarray(cv2.LUT(luma, _LEVEL_MIDDLE), np.int32)
    place += np.multiply(_steps(ab[..., 1]), _CODE_AB_STEPS, dtype=np.int32)
    place += _steps(ab[..., 0])
    codes: NDArray[np.uint8] = table.take(place).view(np.uint8).reshape(*luma.shape, 2)
    return codes


def _steps(plane: Floats) -> NDArray[np.int16]:
    """Return a or b in steps of `_code_table`, from its middle on."""
    # OpenCV rounds and brings into 16 bits in one go.
    rounded = cv2.addWeighted(plane, 1 / _CODE_AB_STEP, plane, 0, 0, dtype=cv2.CV_16S)
    steps: NDArray[np.int16] = np.asarray(rounded, np.int16)
    return steps.clip(-(_CODE_AB_STEPS // 2), _CODE_AB_STEPS // 2, out=steps)


@lru_cache(maxsize=4)
def _code_table(encoding: YUVEncoding) -> NDArray[np.uint16]:
    """Return U and V for each step of luma and each step of b and a.

    uint16, shape (levels * _CODE_AB_STEPS**2,), the bytes of an entry being U and V: one
    look-up in place of an interpolation between four, which takes four times as long.
    """
    matrix = encoding.matrix
    levels = (_DARK_CODES, _BRIGHT_CODES, _FINE_STEP, _CODE_STEP)
    spans = (matrix.kr, matrix.kb, encoding.full_range, *levels, _CODE_AB_STEP)
    name = "-".join(f"{number:g}" for number in (*spans, *_MADE_WITH))
    shape = (len(_CODE_LEVELS), _CODE_AB_STEPS, _CODE_AB_STEPS, 2)
    made = cached_array(f"codes-{name}", shape, np.uint8, lambda: _worked_out_codes(encoding))
    return made.reshape(-1, 2).view(np.uint16)[:, 0]


def _worked_out_codes(encoding: YUVEncoding) -> NDArray[np.uint8]:
    grid, rows = _code_grid(encoding), _rows_of_codes(encoding)
    axis = np.linspace(-_AB_LIMIT, _AB_LIMIT, _CODE_AB_STEPS, dtype=np.float32)
    ab = np.stack(np.meshgrid(axis, axis), axis=-1)  # a runs fastest
    codes = np.empty((len(_CODE_LEVELS), _CODE_AB_STEPS, _CODE_AB_STEPS, 2), np.uint8)
    for part, (first, end) in zip(codes, pairwise((*_CODE_LEVELS, 256)), strict=True):
        luma = np.full(ab.shape[:2], (first + end) // 2, np.uint8)
        part[:] = _interpolated(grid, rows, luma, ab)
    return codes


def _looked_up_codes(luma: Plane, table: Floats) -> Floats:
    """Return `table` at each code value; float32, in the shape of `luma`."""
    if luma.dtype == np.uint8:  # OpenCV is ten times as fast as indexing, but only does these
        return np.asarray(cv2.LUT(luma, table), np.float32)
    return table[luma]
