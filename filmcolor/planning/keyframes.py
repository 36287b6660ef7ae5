"""Where the frames are that the network colours: few where the picture rests, more where it moves.

Colours are carried from keyframes to the frames between (see `filmcolor.coloring.propagation`).
That works as long as the frames show the same things, so keyframes stand at equal distances not
only of time but of new content: what is uncovered or comes in from one frame to the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from filmcolor.motion.flow import FlowPicture, MotionEstimator
from filmcolor.motion.tracks import forward, still_track, track_confidence

LEAST_SECONDS = 0.2
"""Keyframes are on average no closer than this, however much happens."""

MOST_SECONDS = 1.5
"""Keyframes are no further apart than this, however still the picture is."""

_NEW_PICTURES = 1.1
"""New content between two keyframes, in whole pictures: `ContentChange`, added up. Grain and the
faults of the motion count as well, hence more than one."""

_WAITING_MEMORY, _LEAST_WAITING, _MOST_WAITING = 32 << 20, 12, 48
"""For frames that wait for the second of their keyframes: bytes of luma, least and most frames."""


def frames_that_wait(frame_bytes: int) -> int:
    """Return how many frames may lie between two keyframes, so that these may wait in memory.

    `frame_bytes`: of the luma of one.
    """
    return max(_LEAST_WAITING, min(_MOST_WAITING, _WAITING_MEMORY // frame_bytes))


class ContentChange:
    """Says of each frame of a film, in order, how much of it is new."""

    def __init__(self) -> None:
        """Begin with no frame seen."""
        self._estimator: MotionEstimator | None = None
        self._before: FlowPicture | None = None

    def of(self, thumbnail: NDArray[np.uint8]) -> float:
        """Return which part, 0 to 1, of the next frame is not to be found in the one before it.

        The first frame gives 0. `thumbnail`: uint8, shape (height, width), the same for all frames.
        """
        if self._estimator is None:
            self._estimator = MotionEstimator(*thumbnail.shape)
        before, now = self._before, self._estimator.picture(thumbnail, 8)
        self._before = now
        if before is None:
            return 0.0
        motion = self._estimator.motion(before, now)
        track = forward(still_track(self._estimator.size), motion)
        return 1.0 - float(track_confidence(track, now, before).mean())


def place_keyframes(
    times: Sequence[Fraction],
    changes: Sequence[float],
    opening: int = 0,
    closing: int = 0,
    spacing: float = 1.0,
    most_apart: int | None = None,
) -> list[int]:
    """Return the positions of the keyframes of a shot, in order; at least one.

    `times`: when its frames are shown, in seconds; `changes`: `ContentChange` of each frame from
    the one before, that of the first one does not count. The first `opening` and the last
    `closing` frames lie within fades or dissolves and get no keyframes, if there are others.
    With a `spacing` of 2 there are half as many keyframes. Outside of fades, none is more than
    `most_apart` frames behind the one before it, or the shot's beginning.
    """
    first, end = opening, len(times) - closing
    if first >= end:
        first, end = 0, len(times)
    seconds = np.array([float(time - times[first]) for time in times[first:end]])
    passed = np.diff(seconds, prepend=seconds[0])
    new = np.array(changes[first:end], dtype=np.float64)
    new[0] = 0.0
    # In keyframes: each frame's share of the way from one to the next.
    shares = np.minimum(new / _NEW_PICTURES + passed / MOST_SECONDS, passed / LEAST_SECONDS)
    way = np.cumsum(shares) / spacing
    positions = _evenly(way, round(float(way[-1])))
    if most_apart is not None:
        beginning = [-first] if first <= most_apart else []
        if np.diff([*beginning, *positions]).max(initial=0) > most_apart:
            way = np.cumsum(np.maximum(shares / spacing, 1 / most_apart))
            positions = _evenly(way, math.ceil(way[-1]))
        if beginning and positions[0] > most_apart - first:
            positions = [most_apart - first, *positions]
    return [first + position for position in positions]


def _evenly(way: NDArray[np.float64], count: int) -> list[int]:
    """Return where, on a `way` that grows from frame to frame, `count` keyframes stand; one at
    least, each in the middle of its share."""
    count = max(1, count)
    middles = (np.arange(count) + 0.5) * way[-1] / count
    return sorted({int(p) for p in np.minimum(np.searchsorted(way, middles), way.size - 1)})
