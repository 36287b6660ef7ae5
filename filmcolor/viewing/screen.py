"""Frames as a screen shows them: R'G'B', upright, in square pixels, no larger than wanted."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Plane, YUVEncoding
from filmcolor.color.lab import lab_from_rgb
from filmcolor.color.rgb import grey_rgb, rgb_of_planes
from filmcolor.coloring.film import ColoredFrame
from filmcolor.media.film import FilmInfo
from filmcolor.media.upright import full_size, show_upright, shown_size
from filmcolor.viewing.moments import Moment
from filmcolor.viewing.viewed import RGB, ViewedFrame

_MOST_CHROMA = 100


def viewed_frame(
    colored: ColoredFrame,
    info: FilmInfo,
    encoding: YUVEncoding,
    moment: Moment,
    revision: int,
    width: int | None,
) -> ViewedFrame:
    """Return a coloured frame with its pictures, at most `width` wide; None: in full."""
    full = full_size(info)
    height, across = full if width is None else shown_size(info, width=width)
    luma, u, v = colored.luma, colored.u, colored.v
    if height < full[0]:  # made smaller first, a picture takes a fraction of the time
        stored = (height, across) if info.orientation.quarter_turns % 2 == 0 else (across, height)
        luma, u, v = (at_most(plane, *stored) for plane in (luma, u, v))
    grey, color = (
        np.asarray(show_upright(rgb, info, height, across))
        for rgb in (grey_rgb(luma, encoding), rgb_of_planes(luma, u, v, encoding))
    )
    return ViewedFrame(
        number=moment.number,
        pts=colored.frame.pts,
        time=colored.frame.time - info.start,
        shot=moment.shot.number or 1,
        revision=revision,
        grey=grey,
        color=color,
        luma=colored.luma,
        u=colored.u,
        v=colored.v,
    )


def grey_picture(luma: Plane, info: FilmInfo, width: int) -> RGB:
    """Return a frame of the film as it is, at most `width` wide."""
    height, across = shown_size(info, width=width)
    return np.asarray(show_upright(grey_rgb(luma, info.encoding), info, height, across))


def chroma_histogram(picture: RGB, bins: int) -> NDArray[np.float32]:
    """Return how often each a and b comes; shape (bins, bins), sum 1; see `FilmView.histogram`."""
    lab = lab_from_rgb(picture).reshape(-1, 3)
    edges = np.linspace(-_MOST_CHROMA, _MOST_CHROMA, bins + 1)
    counts, _, _ = np.histogram2d(lab[:, 2], lab[:, 1], bins=(edges, edges))
    return np.asarray(counts / max(1.0, counts.sum()), np.float32)


def at_most(plane: Plane, height: int, width: int) -> Plane:
    """Return a plane at this size, if it is larger."""
    if plane.shape[0] <= height or plane.shape[1] <= width:
        return plane
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA))
