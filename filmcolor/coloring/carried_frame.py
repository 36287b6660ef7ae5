"""Frames on their way from keyframes: what they wait with, and what each keyframe gives to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.coloring.guided import apply_coefficients
from filmcolor.motion.flow import FlowPicture, Motion, grid, warp
from filmcolor.motion.tracks import Track
from filmcolor.planning.planned_frames import PlannedFrame
from filmcolor.script.consensus import Light
from filmcolor.script.given import GivenColors


@dataclass(frozen=True)
class ColoredKeyframe:
    """A frame with colours of its own."""

    ab: Floats
    """float32, at the size of the flows."""
    coefficients: Floats | None
    """Of ab as lines of the luma, at the size of the flows; see `guided.guided_coefficients`."""
    full: Floats | None
    """ab at the size of the chroma planes, where the network's are as fine as that."""
    picture: FlowPicture
    lightness: float
    """Mean L."""
    contrast: float
    """Standard deviation of L."""

    def at_full_size(self, guide: Floats) -> Floats:
        """Return ab at the size of the chroma planes, where the luma is that of `guide`."""
        if self.full is not None:
            return self.full
        assert self.coefficients is not None
        return apply_coefficients(self.coefficients, guide)


@dataclass
class TrackedFrame:
    """A frame on its way through the propagation."""

    planned: PlannedFrame
    picture: FlowPicture
    """At the size of the flows."""
    motion: Motion | None
    """To and from the frame before; None at the beginning of a shot."""
    lightness: float
    """Mean L."""
    contrast: float
    """Standard deviation of L."""
    guide: Callable[[], Floats]
    """Gives the luma in 0..1 at the size of the chroma planes."""
    agreed_ab: Floats | None
    """What the colour script says, where the plan makes this frame a keyframe."""
    given: GivenColors | None
    """Colours that count more, where there are any."""
    network_ab: Future[Floats] | None
    """The network's answer, where it was asked already."""
    ask: Callable[[], Floats]
    """Asks the network, for a keyframe that the plan does not have."""
    next_keyframe: Callable[[], tuple[Floats, Light] | None] = lambda: None
    """Gives what the colour script says of the shot's next keyframe, and how light that one is."""
    track: Track | None = None


@dataclass(frozen=True)
class Contribution:
    """What one keyframe gives to a frame."""

    keyframe: ColoredKeyframe
    track: Track
    weight: Floats
    """float32, at the size of the flows."""

    def fetch(self, values: Floats) -> Floats:
        """Return values of the keyframe, of any size, where the frame's things have them."""
        small = grid(*self.track.consistency.shape)
        if self.track.places is small:
            return values
        (height, width), (rows, columns) = values.shape[:2], small.shape[:2]
        if (height, width) == (rows, columns):
            return warp(values, self.track.places)
        moved = (self.track.places - small) * np.array([width / columns, height / rows], np.float32)
        places = np.asarray(
            cv2.resize(moved, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
        )
        places += grid(height, width)
        return warp(values, places)


@dataclass(frozen=True)
class CarriedFrame:
    """A frame and the keyframes from which it takes its colours."""

    item: TrackedFrame
    contributions: Sequence[Contribution]
    scale: float = 1.0
    """Factor on chroma."""

    def ab(self) -> Floats:
        """Return ab at the size of the chroma planes; float32, shape (height, width, 2)."""
        guide = self.item.guide()
        coefficients = [
            c.fetch(c.keyframe.coefficients)
            for c in self.contributions
            if c.keyframe.coefficients is not None
        ]
        if len(coefficients) == len(self.contributions):
            return apply_coefficients(self._scaled(self._blend(coefficients)), guide)
        return self._scaled(
            self._blend([c.fetch(c.keyframe.at_full_size(guide)) for c in self.contributions])
        )

    def _scaled(self, values: Floats) -> Floats:
        """Return ab, or its coefficients, with their chroma scaled."""
        return values if self.scale == 1 else values * np.float32(self.scale)

    def _blend(self, fetched: list[Floats]) -> Floats:
        if len(fetched) == 1:
            return fetched[0]
        one, other = (at_size(each.weight, fetched[0].shape[:2]) for each in self.contributions)
        return np.asarray(cv2.blendLinear(fetched[0], fetched[1], one, other), np.float32)


def at_size(values: Floats, size: tuple[int, ...]) -> Floats:
    """Return values (h, w) at another size (height, width)."""
    if values.shape == size:
        return values
    height, width = size
    resized = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, np.float32)
