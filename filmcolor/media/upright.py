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


def show_upright(stored: NDArray[Any], info: FilmInfo, height: int, width: int) -> NDArray[Any]:
    """Return a plane of a frame, or all its R, G, B, as it is shown, at the given size.

    `stored`: integers, shape (rows, columns) or (rows, columns, 3), turned as in the film.
    """
    if info.orientation.mirrored:
        stored = stored[:, ::-1]
    turned = np.ascontiguousarray(np.rot90(stored, info.orientation.quarter_turns))
    how = cv2.INTER_AREA if height < turned.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(turned, (width, height), interpolation=how))
