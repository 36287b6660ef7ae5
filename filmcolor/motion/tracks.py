"""Where the things in a frame are in its keyframe: motion chained over the frames between."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.motion.flow import FlowPicture, Motion, grid, resized_flow, warp

_DIFFERENT = 10.0
"""Difference, in codes of the evened pictures, at which a place no longer looks like what it is
said to be (confidence falls to 1/e)."""


@dataclass(frozen=True)
class Track:
    """From the places of a frame to the places of its keyframe."""

    places: Floats
    """In the keyframe, x and y in pixels of the flows; float32, shape (h, w, 2)."""
    consistency: Floats
    """Of the least consistent step on the way, see `Motion`; float32, shape (h, w), in 0..1.

    Not the product of all steps: in worn film each is a little less than 1, and what
    has not moved at all would be lost after twenty of them.
    """

    def resized(self, height: int, width: int) -> Track:
        """Return the track at another size of both pictures, its places in pixels of that."""
        rows, columns = self.consistency.shape
        if (rows, columns) == (height, width):
            return self
        moved = resized_flow(self.places - grid(rows, columns), height, width)
        how = cv2.INTER_AREA if height < rows else cv2.INTER_LINEAR
        consistency = cv2.resize(self.consistency, (width, height), interpolation=how)
        return Track(moved + grid(height, width), np.asarray(consistency, np.float32))


def still_track(size: tuple[int, int]) -> Track:
    """Return the track of a frame to itself, or to one in which nothing has moved."""
    return Track(grid(*size), np.ones(size, np.float32))


def one_step(track: Track, flow: Floats, consistency: Floats) -> Track:
    """Return the track of a frame, given that of its neighbour and the motion to the neighbour."""
    places = grid(*consistency.shape) + flow
    reached = warp(track.consistency, places, cv2.BORDER_CONSTANT)
    return Track(warp(track.places, places), np.minimum(reached, consistency))


def chained(track: Track, further: Track) -> Track:
    """Return where places come to that `track` leads to the pictures from which `further` goes."""
    reached = warp(further.consistency, track.places, cv2.BORDER_CONSTANT)
    return Track(warp(further.places, track.places), np.minimum(track.consistency, reached))


def forward(track: Track, motion: Motion) -> Track:
    """Return the track of the frame after, to a keyframe that lies before."""
    return one_step(track, motion.to_before, motion.to_before_consistency)


def backward(track: Track, motion: Motion) -> Track:
    """Return the track of the frame before, to a keyframe that lies after."""
    return one_step(track, motion.from_before, motion.from_before_consistency)


def track_confidence(track: Track, picture: FlowPicture, keyframe: FlowPicture) -> Floats:
    """Return the confidence in a track: its consistency, where the two pictures look alike.

    float32, shape (h, w), in 0..1. The pictures have the size of the flows.
    """
    expected = warp(keyframe, track.places)
    difference = cv2.blur(cv2.absdiff(expected, picture), (3, 3))
    return np.asarray(track.consistency * cv2.LUT(difference, _SIMILARITY), np.float32)


_SIMILARITY = np.exp(-((np.arange(256) / _DIFFERENT) ** 2)).astype(np.float32)
