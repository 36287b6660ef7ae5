"""From one frame's luma to its U and V planes, by the network alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

import cv2
import numpy as np

from filmcolor.color.chroma import ChromaTable
from filmcolor.color.colorspace import Floats, Plane, YUVEncoding, lightness_table
from filmcolor.coloring.adjustments import adjust
from filmcolor.coloring.guided import upsample_ab
from filmcolor.media.film import Orientation
from filmcolor.settings import ColorSettings


class ColorNetwork(Protocol):
    """What is needed of a network; see `filmcolor.networks.Network`."""

    @property
    def passes_at_once(self) -> int:
        """How many threads ask it side by side; with 1 it is asked in the order of the frames."""
        ...

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the network's own input size for a picture of this size."""
        ...

    def predict(self, L: Floats) -> Floats:
        """Return ab (n, h, w, 2) of lightness (n, H, W) in 0..100."""
        ...


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
        self.network = network
        self._settings = settings
        self._orientation = orientation or Orientation()
        self._lightness = lightness_table(encoding)
        self.table = ChromaTable(encoding)
        height, width = size
        shown_width = max(1, round(width * float(aspect)))
        if self._orientation.quarter_turns % 2:
            turned = network.input_size(shown_width, height)
            self._small_size = turned[1], turned[0]
        else:
            self._small_size = network.input_size(height, shown_width)

    def ab(self, luma: Plane, *, mirrored: bool = False) -> Floats:
        """Return ab of a frame at the network's output size; float32, shape (h, w, 2).

        Adjustments are made already. `luma`: code values, shape (height, width). With `mirrored`
        the network sees it so.
        """
        L = self._upright(self.lightness(luma))
        if mirrored:
            L = L[:, ::-1]
        ab = self.network.predict(np.ascontiguousarray(L)[None])[0]
        if mirrored:
            ab = ab[:, ::-1]
        return adjust(self._as_stored(ab), self._settings)

    def color_differences(self, luma: Plane, ab: Floats) -> Floats:
        """Return Cb and Cr in -0.5..0.5 for every pixel; float32, shape (height, width, 2)."""
        return self.table.color_differences(luma, upsample_ab(ab, self.guide(luma)))

    def guide(self, luma: Plane) -> Floats:
        """Return the luma in 0..1 to guide ab by, without most of its grain; float32."""
        smooth: Plane = cv2.GaussianBlur(luma, (3, 3), 0)
        return self.table.luma_values(smooth)

    def lightness(self, luma: Plane) -> Floats:
        """Return L in 0..100 at the network's input size, turned as the film is stored."""
        height, width = self._small_size
        shrinking = height < luma.shape[0]
        how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
        small = cv2.resize(luma, (width, height), interpolation=how)
        return np.asarray(self._lightness[small], dtype=np.float32)

    def _upright(self, L: Floats) -> Floats:
        if self._orientation.mirrored:
            L = L[:, ::-1]
        return np.rot90(L, self._orientation.quarter_turns)

    def _as_stored(self, ab: Floats) -> Floats:
        ab = np.rot90(ab, -self._orientation.quarter_turns)
        if self._orientation.mirrored:
            ab = ab[:, ::-1]
        return np.ascontiguousarray(ab)
