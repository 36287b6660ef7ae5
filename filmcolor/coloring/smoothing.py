"""Exponential smoothing of ab over time, the simplest cure for flicker."""

from __future__ import annotations

from fractions import Fraction
from math import exp

import numpy as np

from filmcolor.color.colorspace import Floats


class Smoother:
    """Smooths the ab of the frames of one shot; a new shot needs a new one."""

    def __init__(self, seconds: float) -> None:
        """Smooth with a time constant in seconds, so that the frame rate does not matter."""
        self._seconds = seconds
        self._smoothed: Floats | None = None
        self._last_time = Fraction(0)

    def smooth(self, ab: Floats, time: Fraction) -> Floats:
        """Return the smoothed ab of the next frame, shown at `time` in seconds."""
        if self._smoothed is None:
            self._smoothed = ab
        else:
            passed = max(0.0, float(time - self._last_time))
            keep = exp(-passed / self._seconds)
            self._smoothed = ab + np.float32(keep) * (self._smoothed - ab)
        self._last_time = time
        return self._smoothed
