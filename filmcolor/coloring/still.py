"""Colours one picture, however large, in strips of rows: memory is needed for a strip at a time.

Only the network sees the whole picture, made small. What follows is the same for each row whatever
strip it is in, so that the height of strips changes nothing, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from filmcolor.color.colorspace import Floats, Plane, YUVEncoding
from filmcolor.coloring.guided import (
    apply_coefficients_in_rows,
    guided_coefficients,
    is_guided,
    resize_ab,
)
from filmcolor.coloring.network_colors import FrameColorizer
from filmcolor.media.pictures.picture import STRIP_PIXELS, strips
from filmcolor.script.network_colors import ColorNetwork
from filmcolor.settings import ColorSettings


def color_differences_in_strips(
    luma: Plane,
    encoding: YUVEncoding,
    settings: ColorSettings,
    network: ColorNetwork,
    *,
    strip_pixels: int = STRIP_PIXELS,
) -> Iterator[tuple[slice, Floats]]:
    """Yield strips of rows with their Cb and Cr in -0.5..0.5; float32, shape (rows, width, 2).

    `luma`: code values of `encoding`, shape (height, width).
    """
    height, width = luma.shape
    colorizer = FrameColorizer(network, settings, encoding, (height, width))
    parts = list(strips(height, width, strip_pixels))
    ab = colorizer.ab(luma)
    guided = is_guided(ab.shape[:2], luma.shape)
    if guided:
        guide = np.empty(luma.shape, np.float32)
        for strip in parts:
            guide[strip] = _guide(colorizer, luma, strip)
        coefficients = guided_coefficients(ab, guide)
        del guide
    else:
        ab = resize_ab(ab, height, width)
    for strip in parts:
        if guided:
            part = apply_coefficients_in_rows(
                coefficients, _guide(colorizer, luma, strip), strip.start, height
            )
        else:
            part = ab[strip]
        yield strip, colorizer.table.color_differences(luma[strip], part)


def _guide(colorizer: FrameColorizer, luma: Plane, strip: slice) -> Floats:
    """Return the guide of some rows; its blur reaches one row further."""
    above = min(strip.start, 1)
    rows = np.ascontiguousarray(luma[strip.start - above : strip.stop + 1])
    return colorizer.guide(rows)[above : above + strip.stop - strip.start]
