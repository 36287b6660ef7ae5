"""Finds cuts between shots while a film is read."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from filmcolor.colorspace import Floats

_SIZE = (32, 24)
_LEAST_CHANGE = 6.0
"""Mean change of L, in Lab units, below which there is no cut however still the film was."""
_TIMES_USUAL = 3.0
_UNLIKE = 0.6
"""Correlation with the picture before below which a picture is a different one."""
_MEMORY = 24


class CutDetector:
    """Tells for each frame whether a new shot begins with it.

    A cut changes the picture much more than the frames before it changed (adaptive threshold, as
    in PySceneDetect's AdaptiveDetector) and leaves it uncorrelated with the one before: flicker,
    fades and exposure jumps of old film change brightness, but not what is where.
    """

    def __init__(self) -> None:
        """Begin with no frame seen."""
        self._before: Floats | None = None
        self._changes: deque[float] = deque(maxlen=_MEMORY)

    def is_cut(self, L: Floats) -> bool:
        """Return whether a new shot begins with this frame; `L`: float32 (h, w), 0..100.

        The first frame begins a shot.
        """
        small = np.asarray(cv2.resize(L, _SIZE, interpolation=cv2.INTER_AREA), dtype=np.float32)
        before, self._before = self._before, small
        if before is None:
            return True
        change = float(np.abs(small - before).mean())
        usual = float(np.median(self._changes)) if self._changes else 0.0
        self._changes.append(change)
        if change < max(_LEAST_CHANGE, _TIMES_USUAL * usual):
            return False
        cut = _correlation(small, before) < _UNLIKE
        if cut:
            self._changes.clear()
        return cut


def _correlation(one: Floats, other: Floats) -> float:
    """Return the correlation of two pictures, in -1..1; 1 where one of them is flat."""
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one * one).sum() * (other * other).sum()))
    flat = 2.0 * one.size  # a standard deviation of about one unit of L in both
    return float((one * other).sum()) / norm if norm > flat else 0.0
