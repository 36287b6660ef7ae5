"""The user's own changes to the colours."""

from __future__ import annotations

import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.settings import ColorSettings


def adjust(ab: Floats, settings: ColorSettings) -> Floats:
    """Return ab with saturation, tint, warmth and strength applied, in this order.

    float32, shape (..., 2). Saturation multiplies what the network says; tint and warmth shift a
    and b of everything; strength fades the whole.
    """
    shift = np.array([settings.tint, settings.warmth], dtype=np.float32)
    changed = ab * np.float32(settings.saturation) + shift
    return np.asarray(changed * np.float32(settings.strength), dtype=np.float32)
