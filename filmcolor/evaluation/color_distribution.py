"""Colour distribution consistency (CDC): how much the histograms of a film wander."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from filmcolor.evaluation.lab import RGB8

_DISTANCES = (1, 2, 4)
"""Frames between the two that are compared."""

_Array = NDArray[np.float64]


class ColorDistribution:
    """CDC of one film, frame by frame; keeps the histograms of the last five frames only.

    As TCVC (Liu et al. 2021) defines it: for R', G' and B' of 8 bits, histograms of 256 bins that
    add up to 1; the Jensen-Shannon divergence, in nats, of the histograms of frames t and t+d,
    averaged over t; the mean over d = 1, 2, 4; the mean over the three channels. Real films do
    not have 0: motion and grain count too.
    """

    def __init__(self) -> None:
        """Begin with no frame."""
        self._last: deque[_Array] = deque(maxlen=max(_DISTANCES) + 1)
        self._sums = dict.fromkeys(_DISTANCES, 0.0)
        self._counts = dict.fromkeys(_DISTANCES, 0)

    def add(self, rgb: RGB8) -> None:
        """Take in the next frame; all frames have the same size."""
        pixels = rgb.shape[0] * rgb.shape[1]
        histograms = [np.bincount(rgb[..., c].ravel(), minlength=256) for c in range(3)]
        self._last.append(np.stack(histograms) / pixels)
        for distance in _DISTANCES:
            if len(self._last) > distance:
                before = self._last[-1 - distance]
                self._sums[distance] += float(_divergence(before, self._last[-1]).mean())
                self._counts[distance] += 1

    @property
    def value(self) -> float | None:
        """The figure; None for fewer than five frames."""
        if not all(self._counts.values()):
            return None
        means = [self._sums[d] / self._counts[d] for d in _DISTANCES]
        return sum(means) / len(means)


def _divergence(p: _Array, q: _Array) -> _Array:
    """Return the Jensen-Shannon divergence along the last axis: half of KL(p, m) + KL(q, m) with
    m = (p + q)/2, and 0 log 0 = 0."""
    m = (p + q) / 2
    sums = np.zeros(p.shape[:-1])
    for part in (p, q):
        ratio = np.divide(part, m, out=np.ones_like(m), where=part > 0)
        sums += (part * np.log(ratio)).sum(axis=-1)
    return sums / 2
