"""Makes the keyframes of a shot agree about the colours of things.

A network sees each keyframe for itself, so that a sweater may be peach in one and blue in the next.
Here each place of a keyframe is followed to its neighbours, along the motion from keyframe to
keyframe, and takes the mean of all opinions about it, so weighted that a lone one loses: each
opinion counts by the confidence in the way to it, and the less the further it is from the mean
(iteratively reweighted least squares with Cauchy's weights; Holland and Welsch, "Robust regression
using iteratively reweighted least-squares", 1977).

Places are followed as coordinates, over several keyframes, and their colours are looked up once:
colours that are warped again and again would be washed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.motion.flow import FlowPicture, Motion, warp
from filmcolor.motion.tracks import (
    Track,
    backward,
    chained,
    forward,
    still_track,
    track_confidence,
)

NEIGHBOURS = 8
"""Keyframes before and after that have a say at once."""

ROUNDS = 3
"""What comes out is averaged again, so that three times as many have a say."""

REACH = NEIGHBOURS * ROUNDS
"""Keyframes before and after on which the colours of a keyframe depend, and on no others."""

_LONE = 12.0
"""Distance in ab from the mean at which an opinion counts half."""

_REWEIGHTED = 3
"""Times that the weights are set by the distance from the mean."""

_OTHER_LIGHT = 20.0
"""Difference of mean L at which a keyframe is hardly of another's kind (confidence falls to 1/e):
the flicker of old film is well below, a lamp that is switched on is not."""

_AT_ONCE = 64
"""Keyframes that are finished together; what comes out does not depend on it."""


@dataclass(frozen=True)
class Opinion:
    """What is said about the colours of a keyframe, by one who saw nothing else."""

    pts: int
    ab: Floats
    """float32, shape (h, w, 2)."""
    picture: FlowPicture
    """On which the motion is estimated."""
    L: Floats
    """float32, shape (h, w), in 0..100: that of `ab`."""
    motion: Motion | None = None
    """To and from the keyframe before; None for the first one of a shot."""


@dataclass(frozen=True)
class Light:
    """How light a picture is."""

    lightness: float
    """Mean L."""
    contrast: float
    """Standard deviation of L."""


@dataclass(frozen=True)
class Agreed:
    """The colours of a keyframe on which its shot agrees."""

    pts: int
    ab: Floats
    """float32, shape (h, w, 2), that of the opinion."""
    L: Floats
    """float32, shape (h, w), in 0..100."""

    @property
    def light(self) -> Light:
        """How light it is."""
        return Light(float(self.L.mean(dtype=np.float64)), float(self.L.std(dtype=np.float64)))


class ShotConsensus:
    """Takes the keyframes of one shot in order, and gives them back with agreed colours.

    Only so many are kept as a keyframe depends on, however long the shot is.
    """

    def __init__(self) -> None:
        """Begin with no keyframe."""
        self._opinions: list[Opinion] = []
        self._steps: list[_Step | None] = []
        """From each keyframe to the one before it, and back; None for the first one."""
        self._finished = 0
        """Of those that are kept."""

    def add(self, opinion: Opinion) -> list[Agreed]:
        """Take the next keyframe; return, in order, those that are finished by that."""
        self._opinions.append(opinion)
        self._steps.append(_step(opinion))
        if len(self._opinions) - self._finished < _AT_ONCE + REACH:
            return []
        return self._finish(self._finished + _AT_ONCE)

    def finish(self) -> list[Agreed]:
        """Return the last keyframes of the shot."""
        return self._finish(len(self._opinions))

    def _finish(self, end: int) -> list[Agreed]:
        opinions, steps = self._opinions, self._steps
        colors = _agree(opinions, steps)
        finished = [
            Agreed(opinions[at].pts, colors[at], opinions[at].L)
            for at in range(self._finished, end)
        ]
        gone = max(0, end - REACH)
        self._opinions, self._steps = opinions[gone:], steps[gone:]
        self._finished = end - gone
        return finished


@dataclass(frozen=True)
class _Step:
    """The motion between a keyframe and the one before it, at the size of their colours."""

    to_before: Track
    from_before: Track


def _step(opinion: Opinion) -> _Step | None:
    motion = opinion.motion
    if motion is None:
        return None
    height, width = opinion.picture.shape
    still = still_track((height, width))
    size = opinion.ab.shape[:2]
    return _Step(
        forward(still, motion).resized(*size),
        backward(still, motion).resized(*size),
    )


def _agree(opinions: Sequence[Opinion], steps: Sequence[_Step | None]) -> list[Floats]:
    """Return the colours on which keyframes in a row agree; float32, (h, w, 2) each."""
    height, width = opinions[0].ab.shape[:2] if opinions else (1, 1)
    lightness = [float(each.L.mean()) for each in opinions]
    pictures = [
        np.asarray(
            cv2.resize(each.picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )
        for each in opinions
    ]
    ways = [_ways(at, lightness, pictures, steps) for at in range(len(opinions))]
    colors = [each.ab for each in opinions]
    for _ in range(ROUNDS):
        colors = [_mean(at, colors, ways[at]) for at in range(len(opinions))]
    return colors


@dataclass(frozen=True)
class _Way:
    """From the places of a keyframe to those of another one."""

    to: int
    places: Floats
    confidence: Floats


def _ways(
    at: int,
    lightness: Sequence[float],
    pictures: Sequence[FlowPicture],
    steps: Sequence[_Step | None],
) -> list[_Way]:
    """Return the ways from a keyframe to its neighbours on both sides."""
    ways = []
    for direction in (-1, 1):
        track: Track | None = None
        for distance in range(1, NEIGHBOURS + 1):
            other = at + direction * distance
            if not 0 <= other < len(pictures):
                break
            step = steps[max(other, other - direction)]
            assert step is not None
            last = step.to_before if direction < 0 else step.from_before
            track = last if track is None else chained(track, last)
            confidence = track_confidence(track, pictures[at], pictures[other])
            darker = (lightness[at] - lightness[other]) / _OTHER_LIGHT
            confidence *= np.float32(exp(-(darker**2)))
            ways.append(_Way(other, track.places, confidence))
    return ways


def _mean(at: int, colors: Sequence[Floats], ways: Sequence[_Way]) -> Floats:
    """Return the robust mean of the opinions about each place of a keyframe."""
    own = colors[at]
    if not ways:
        return own
    said = np.stack([own, *(warp(colors[way.to], way.places) for way in ways)])
    trust = np.stack([np.ones(own.shape[:2], np.float32), *(way.confidence for way in ways)])
    return robust_mean(said, trust)


def robust_mean(said: Floats, trust: Floats) -> Floats:
    """Return the mean of opinions about colours, in which lone ones lose; float32, (h, w, 2).

    `said`: ab, float32, shape (n, h, w, 2); `trust`: weights, float32, shape (n, h, w).
    """
    planes = np.ascontiguousarray(said.transpose(3, 0, 1, 2))
    mean = _weighted(planes, trust)
    for _ in range(_REWEIGHTED):
        away = planes - mean[:, None]
        away *= away
        doubt = (away[0] + away[1]) * np.float32(1 / _LONE**2)
        doubt += 1
        mean = _weighted(planes, trust / doubt)
    return np.ascontiguousarray(mean.transpose(1, 2, 0))


def _weighted(said: Floats, trust: Floats) -> Floats:
    """Return the weighted mean of a and b, each as a plane; float32, shape (2, h, w)."""
    total = np.einsum("cnhw,nhw->chw", said, trust)
    return np.asarray(total / trust.sum(axis=0), np.float32)
