"""From one frame's luma to its U and V planes: the network, smoothing over time, adjustments."""

from __future__ import annotations

from fractions import Fraction
from math import exp
from typing import Protocol

import cv2
import numpy as np

from filmcolor.chroma import ChromaTable, resize_ab
from filmcolor.colorspace import Floats, Plane, YUVEncoding, lightness_table
from filmcolor.cuts import CutDetector
from filmcolor.media.film import Orientation
from filmcolor.settings import Settings


class ColorNetwork(Protocol):
    """What is needed of a network; see `filmcolor.networks.Network`."""

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the network's own input size for a picture of this size."""
        ...

    def predict(self, L: Floats) -> Floats:
        """Return ab (n, h, w, 2) of lightness (n, H, W) in 0..100."""
        ...


class FrameColorizer:
    """Gives each frame of one film its chroma; frames must come in order."""

    def __init__(
        self,
        network: ColorNetwork,
        settings: Settings,
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
        self._table = ChromaTable(encoding)
        height, width = size
        shown_width = max(1, round(width * float(aspect)))
        if self._orientation.quarter_turns % 2:
            turned = network.input_size(shown_width, height)
            self._small_size = turned[1], turned[0]
        else:
            self._small_size = network.input_size(height, shown_width)
        self._cuts = CutDetector()
        self._smoothed: Floats | None = None
        self._last_time: Fraction | None = None

    def ab(self, luma: Plane, time: Fraction) -> Floats:
        """Return ab of a frame at the network's output size; float32, shape (h, w, 2).

        Adjustments are made already. `luma`: code values, shape (height, width); `time` in
        seconds.
        """
        L = self._upright(self.lightness(luma))
        ab = self.network.predict(np.ascontiguousarray(L)[None])[0]
        if self._settings.method == "smooth":
            ab = self._smooth(L, ab, time)
        return adjust(self._as_stored(ab), self._settings)

    def planes(self, luma: Plane, ab: Floats, chroma_size: tuple[int, int]) -> tuple[Plane, Plane]:
        """Return the U and V planes of a frame at `chroma_size` (height, width)."""
        return self._table.planes(luma, resize_ab(ab, *chroma_size))

    def color_differences(self, luma: Plane, ab: Floats) -> Floats:
        """Return Cb and Cr in -0.5..0.5 for every pixel; float32, shape (height, width, 2)."""
        return self._table.color_differences(luma, resize_ab(ab, *luma.shape))

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

    def _smooth(self, L: Floats, ab: Floats, time: Fraction) -> Floats:
        """Smooth exponentially over time; the time constant is in seconds, so that the result
        does not depend on the frame rate. A new shot begins anew."""
        cut = self._cuts.is_cut(L)
        if cut or self._smoothed is None or self._last_time is None:
            self._smoothed = ab
        else:
            passed = max(0.0, float(time - self._last_time))
            keep = exp(-passed / self._settings.smooth_seconds)
            self._smoothed = ab + np.float32(keep) * (self._smoothed - ab)
        self._last_time = time
        return self._smoothed


def adjust(ab: Floats, settings: Settings) -> Floats:
    """Return ab with saturation, tint, warmth and strength applied, in this order.

    float32, shape (..., 2). Saturation multiplies what the network says; tint and warmth shift a
    and b of everything; strength fades the whole.
    """
    shift = np.array([settings.tint, settings.warmth], dtype=np.float32)
    changed = ab * np.float32(settings.saturation) + shift
    return np.asarray(changed * np.float32(settings.strength), dtype=np.float32)
