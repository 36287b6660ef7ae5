"""From one frame's luma to its U and V planes, by the network alone."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from filmcolor.color.chroma import ChromaTable
from filmcolor.color.colorspace import Floats, Plane, YUVEncoding
from filmcolor.coloring.adjustments import adjust
from filmcolor.coloring.guided import upsample_ab
from filmcolor.media.film import Orientation
from filmcolor.script.network_colors import ColorNetwork, NetworkColors
from filmcolor.settings import ColorSettings


class FrameColorizer:
    """Gives frames of one film their chroma, each on its own; may be used by several threads."""

    def __init__(
        self,
        network: ColorNetwork,
        settings: ColorSettings,
        encoding: YUVEncoding,
        size: tuple[int, int],
        *,
        aspect: Fraction = Fraction(1),
        orientation: Orientation | None = None,
    ) -> None:
        """Prepare for frames of `size` (height, width) in pixels of shape `aspect`."""
        self._settings = settings
        self._colors = NetworkColors(
            network, encoding, size, aspect=aspect, orientation=orientation
        )
        self.table = ChromaTable(encoding)

    def ab(self, luma: Plane) -> Floats:
        """Return ab of a frame at the network's output size; float32, shape (h, w, 2).

        Adjustments are made already. `luma`: code values, shape (height, width).
        """
        return self.adjusted(self._colors.ask(self._colors.lightness(luma)))

    def adjusted(self, ab: Floats) -> Floats:
        """Return ab with the user's changes; float32, shape (..., 2)."""
        return adjust(ab, self._settings)

    def color_differences(self, luma: Plane, ab: Floats) -> Floats:
        """Return Cb and Cr in -0.5..0.5 for every pixel; float32, shape (height, width, 2)."""
        return self.table.color_differences(luma, upsample_ab(ab, self.guide(luma)))

    def guide(self, luma: Plane) -> Floats:
        """Return the luma in 0..1 to guide ab by, without most of its grain; float32."""
        smooth: Plane = cv2.GaussianBlur(luma, (3, 3), 0)
        return np.asarray(self.table.luma_values(smooth), np.float32)
