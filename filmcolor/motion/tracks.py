"""Where the things in a frame are in its keyframe: motion chained over the frames between."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.motion.flow import Motion, Picture, follow, grid

_DIFFERENT = 10.0
"""Difference, in codes of the evened pictures, at which a place no longer looks like what it is
said to be (trust falls to 1/e)."""


@dataclass(frozen=True)
class Track:
    """From the places of a frame to the places of its keyframe."""

    places: Floats
    """In the keyframe, x and y in pixels of the flows; float32, shape (h, w, 2)."""
    trust: Floats
    """How far the least believed step on the way is believed; float32, shape (h, w), in 0..1.

    Not the product of all steps: in worn film each is believed a little less than wholly, and what
    has not moved at all would be lost after twenty of them.
    """


def still_track(size: tuple[int, int]) -> Track:
    """Return the track of a frame to itself, or to one in which nothing has moved."""
    return Track(grid(*size), np.ones(size, np.float32))


def one_step(track: Track, flow: Floats, trust: Floats) -> Track:
    """Return the track of a frame, given that of its neighbour and the motion to the neighbour."""
    places = grid(*trust.shape) + flow
    reached = follow(track.trust, places, cv2.BORDER_CONSTANT)
    return Track(follow(track.places, places), np.minimum(reached, trust))


def forward(track: Track, motion: Motion) -> Track:
    """Return the track of the frame after, to a keyframe that lies before."""
    return one_step(track, motion.to_before, motion.to_before_trust)


def backward(track: Track, motion: Motion) -> Track:
    """Return the track of the frame before, to a keyframe that lies after."""
    return one_step(track, motion.from_before, motion.from_before_trust)


def belief(track: Track, picture: Picture, keyframe: Picture) -> Floats:
    """Return how far a track is believed: its trust, where the two pictures look alike.

    float32, shape (h, w), in 0..1. The pictures have the size of the flows.
    """
    expected = follow(keyframe, track.places)
    difference = cv2.blur(cv2.absdiff(expected, picture), (3, 3))
    return np.asarray(track.trust * cv2.LUT(difference, _SIMILARITY), np.float32)


_SIMILARITY = np.exp(-((np.arange(256) / _DIFFERENT) ** 2)).astype(np.float32)
