"""The grey film on the left and the colour film on the right, as a clip to look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from filmcolor.color.colorspace import Plane
from filmcolor.coloring.film import ColoredFrame
from filmcolor.media.encode.writer import VideoFormat
from filmcolor.media.film import FilmInfo, Orientation
from filmcolor.media.upright import show_upright


@dataclass(frozen=True)
class SideBySide:
    """How large the two halves of a clip are; upright, in square pixels."""

    height: int
    """Even."""
    width: int
    """Of one half; even."""

    def info(self, film: FilmInfo) -> FilmInfo:
        """Return the facts about the clip that is made of a film."""
        return replace(
            film,
            width=2 * self.width,
            height=self.height,
            sample_aspect_ratio=Fraction(1),
            orientation=Orientation(),
            interlaced=False,
        )

    def frame(self, item: ColoredFrame, film: FilmInfo, clip: VideoFormat) -> ColoredFrame:
        """Return a frame of the clip: without its chroma on the left, with it on the right."""
        luma = show_upright(item.luma, film, self.height, self.width)
        height, width = clip.chroma_size
        left = width // 2

        def beside_grey(plane: Plane) -> Plane:
            right = show_upright(plane, film, height, width - left)
            grey = np.full((height, left), clip.encoding.chroma_zero, right.dtype)
            return np.hstack([grey, right])

        planes = beside_grey(item.u), beside_grey(item.v)
        return ColoredFrame(item.frame, np.hstack([luma, luma]), *planes)
