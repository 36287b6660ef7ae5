"""Finds hard cuts: from one frame to the next the picture is a different one, and stays so."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf
from statistics import median

import numpy as np
from numpy.typing import NDArray

from filmcolor.planning.detection.similarity import FINE, SmallPicture, similarity, small_picture

SHORTEST_SHOT = 0.25
"""Seconds. What is shorter is a flash, a damaged piece or a jump of the film in the gate."""

_CORRELATED = 0.9
"""Correlation of neighbouring frames from which they need no closer look."""
_REPEATED = 0.005
"""Dissimilarity below which a frame is a copy of the one before, as in films brought to a higher
frame rate: it tells nothing about the movement."""
_RETURNED_BY = 0.4
"""Seconds within which the picture recovers from flashes and from jumps in the gate."""
_RETURNED = 0.5
"""Share of a cut's dissimilarity below which the picture from before has come back."""


@dataclass(frozen=True)
class _Limits:
    least: float
    """Dissimilarity below which there is no cut, however still the film was."""
    times_usual: float
    """A cut changes the picture so much more than the movement around it does."""
    frames: int
    """How many frames before and after are looked at for that."""


_COARSE = _Limits(0.18, 2.0, 4)
_FINE = _Limits(0.20, 1.5, 2)


@dataclass(frozen=True)
class _Seen:
    index: int
    time: float
    luma: NDArray[np.uint8]
    coarse: SmallPicture
    correlation: float


class CutFinder:
    """Looks at the pictures of a film in order and collects its hard cuts.

    A frame begins a shot when it cannot be put together from pieces of the frame before
    (`filmcolor.planning.detection.similarity`), much less so than its neighbours can: the adaptive
    threshold of PySceneDetect's AdaptiveDetector, on a measure that follows movement. Whatever the
    picture recovers from at once, flashes and jumps in the gate, is no cut.
    """

    def __init__(self) -> None:
        """Begin with no frame seen."""
        self.cuts: list[int] = []
        """Numbers of the first frames of shots."""
        self._strength = 0.0
        self._time = -inf
        self._window: deque[_Seen] = deque()
        self._dissimilarities: dict[tuple[int, int, bool], float] = {}
        self._next = 1

    def add(
        self,
        index: int,
        time: float,
        luma: NDArray[np.uint8],
        coarse: SmallPicture,
        correlation: float,
    ) -> None:
        """Look at a frame: thumbnail, coarse picture, and correlation with the frame before it."""
        self._window.append(_Seen(index, time, luma, coarse, correlation))
        while len(self._window) > self._next - self._window[0].index + _FINE.frames:
            if not self._decide(time - _RETURNED_BY):
                break

    def finish(self) -> None:
        """Decide about the last frames."""
        while self._decide(inf):
            pass

    def _decide(self, until: float) -> bool:
        """Decide about the next frame, if it was shown by `until`; return whether it was."""
        window = self._window
        at = self._next - window[0].index
        if at >= len(window) or window[at].time > until:
            return False
        if window[at].correlation < _CORRELATED:
            self._judge(at)
        self._next += 1
        oldest = window[at].time - _RETURNED_BY
        while window[0].index < self._next - 1 - _COARSE.frames and window[1].time < oldest:
            gone = window.popleft().index
            self._dissimilarities = {
                key: value for key, value in self._dissimilarities.items() if key[0] != gone
            }
        return True

    def _judge(self, at: int) -> None:
        """Decide whether a shot begins with a frame of the window, or with the one after a frame
        in which both shots are mixed, as there are in films brought to another frame rate."""
        if self._is_cut(at - 1, at):
            self._note(at, self._dissimilarity(at - 1, at, fine=True))
        elif at + 1 < len(self._window) and self._is_cut(at - 1, at + 1):
            first = self._dissimilarity(at - 1, at, fine=True)
            second = self._dissimilarity(at, at + 1, fine=True)
            self._note(at if first >= second else at + 1, max(first, second))

    def _is_cut(self, before: int, after: int) -> bool:
        if not self._stands_out(before, after, _COARSE, fine=False):
            return False
        return self._stands_out(before, after, _FINE, fine=True) and not self._returns(
            before, after
        )

    def _note(self, at: int, strength: float) -> None:
        frame = self._window[at]
        if frame.time - self._time < SHORTEST_SHOT:
            if strength <= self._strength:
                return
            self.cuts.pop()
        self.cuts.append(frame.index)
        self._strength, self._time = strength, frame.time

    def _stands_out(self, before: int, after: int, limits: _Limits, *, fine: bool) -> bool:
        """Return whether two frames are unlike, much more so than neighbours around them."""
        if after - before > 1:  # both steps to and from the mixed frame are at least half as large
            steps = [self._dissimilarity(at - 1, at, fine=fine) for at in (after - 1, after)]
            if min(steps) < limits.least / 2:
                return False
        strength = self._dissimilarity(before, after, fine=fine)
        if strength < limits.least:
            return False
        first, last = max(1, before + 1 - limits.frames), after + limits.frames
        around = [
            self._dissimilarity(at - 1, at, fine=fine)
            for at in range(first, min(len(self._window), last + 1))
            if not before < at <= after
        ]
        moving = [value for value in around if value > _REPEATED]
        usual = (after - before) * median(moving) if moving else 0.0
        return strength >= limits.times_usual * usual

    def _dissimilarity(self, before: int, after: int, *, fine: bool) -> float:
        """Return how unlike two frames of the window are, 0 to 1."""
        one, other = self._window[before], self._window[after]
        key = one.index, other.index, fine
        if key not in self._dissimilarities:
            if fine:
                similar = similarity(small_picture(one.luma, FINE), small_picture(other.luma, FINE))
            else:
                similar = similarity(one.coarse, other.coarse)
            self._dissimilarities[key] = 1 - similar
        return self._dissimilarities[key]

    def _returns(self, before: int, after: int) -> bool:
        """Return whether the picture from before a supposed cut is back soon after."""
        window, last, first = self._window, self._window[before], self._window[after]
        begin, end = last.time - _RETURNED_BY, first.time + _RETURNED_BY
        sooner = [at for at in range(before) if window[at].time >= begin]
        later = [at for at in range(after + 1, len(window)) if window[at].time <= end]
        limit = _RETURNED * self._dissimilarity(before, after, fine=False)
        pairs = [(at, after) for at in _spread(sooner)] + [(before, at) for at in _spread(later)]
        return any(self._dissimilarity(*pair, fine=False) < limit for pair in pairs)


def _spread(numbers: list[int]) -> list[int]:
    """Return a few of the numbers, evenly spread, the first and the last among them."""
    step = max(1, (len(numbers) - 1) / 3)
    return [numbers[int(index * step)] for index in range(min(4, len(numbers)))]
