"""A film's pictures as they are shown: turned upright, in square pixels, at another size."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.media.film import FilmInfo


def shown_size(
    info: FilmInfo, area: int | None = None, width: int | None = None
) -> tuple[int, int]:
    """Return an even height and width for the film as it is shown, in square pixels.

    About `area` pixels, or at most `width` wide; never larger than the film.
    """
    shown_height, shown_width = float(info.height), info.width * float(info.sample_aspect_ratio)
    if info.orientation.quarter_turns % 2:
        shown_height, shown_width = shown_width, shown_height
    scale = 1.0
    if area is not None:
        scale = min(scale, (area / (shown_height * shown_width)) ** 0.5)
    if width is not None:
        scale = min(scale, width / shown_width)
    return max(2, round(shown_height * scale / 2) * 2), max(2, round(shown_width * scale / 2) * 2)


def full_size(info: FilmInfo) -> tuple[int, int]:
    """Return height and width of the film as it is shown, in square pixels, with all its detail."""
    aspect = info.sample_aspect_ratio
    height, width = info.height, info.width
    if aspect >= 1:
        width = max(1, round(width * float(aspect)))
    else:
        height = max(1, round(height / float(aspect)))
    return (width, height) if info.orientation.quarter_turns % 2 else (height, width)


def as_stored(shown: NDArray[Any], info: FilmInfo) -> NDArray[Any]:
    """Return planes of a picture that is upright in the size and turned as the film is stored.

    The way back from `show_upright`. `shown`: floating point or uint8, shape (rows, columns) or
    (rows, columns, channels).
    """
    turned = np.rot90(shown, -info.orientation.quarter_turns)
    if info.orientation.mirrored:
        turned = turned[:, ::-1]
    turned = np.ascontiguousarray(turned)
    if turned.shape[:2] == (info.height, info.width):
        return turned
    shrinking = info.height < turned.shape[0] or info.width < turned.shape[1]
    how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(turned, (info.width, info.height), interpolation=how))


def stored_place(x: float, y: float, info: FilmInfo) -> tuple[float, float]:
    """Return where a pixel of the film as it is shown lies in its frames as they are stored.

    `x`, `y`: in pixels of a picture of `full_size`. Returns shares of width and height, 0 to 1.
    """
    height, width = full_size(info)
    across, down = (x + 0.5) / width, (y + 0.5) / height
    for _ in range(info.orientation.quarter_turns % 4):  # each was made counter-clockwise
        across, down = 1 - down, across
    return (1 - across if info.orientation.mirrored else across), down


def show_upright(stored: NDArray[Any], info: FilmInfo, height: int, width: int) -> NDArray[Any]:
    """Return a plane of a frame, or all its R, G, B, as it is shown, at the given size.

    `stored`: integers, shape (rows, columns) or (rows, columns, 3), turned as in the film.
    """
    if info.orientation.mirrored:
        stored = stored[:, ::-1]
    turned = np.ascontiguousarray(np.rot90(stored, info.orientation.quarter_turns))
    how = cv2.INTER_AREA if height < turned.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(turned, (width, height), interpolation=how))
