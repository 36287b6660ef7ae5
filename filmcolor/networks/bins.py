"""The 313 colour bins of Zhang et al. (2016).

"Colorful Image Colorization" (ECCV 2016), section 2.1: the ab plane of CIE Lab is cut into a grid
of spacing 10, and the 313 cells that hold colours of the sRGB gamut become the classes of the
network. For every a the occupied cells form one unbroken run along b, so the table of runs below
holds all of them.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

BIN_COUNT = 313
BIN_SPACING = 10

_B_RUNS = {  # a: lowest and highest b
    -90: (50, 90),
    -80: (20, 90),
    -70: (0, 90),
    -60: (-20, 90),
    -50: (-30, 100),
    -40: (-40, 100),
    -30: (-50, 100),
    -20: (-50, 100),
    -10: (-60, 100),
    0: (-70, 100),
    10: (-80, 90),
    20: (-80, 90),
    30: (-90, 90),
    40: (-100, 90),
    50: (-100, 80),
    60: (-110, 80),
    70: (-110, 80),
    80: (-110, 70),
    90: (-110, 70),
    100: (-90, 0),
}


@cache
def ab_bins() -> NDArray[np.float32]:
    """Return the bins' centres: float32 (313, 2), columns a and b, ordered by a and then by b.

    The array is shared and read-only.
    """
    bins = np.array(
        [(a, b) for a, (low, high) in _B_RUNS.items() for b in range(low, high + 1, BIN_SPACING)],
        dtype=np.float32,
    )
    if bins.shape != (BIN_COUNT, 2):
        raise AssertionError(f"the table of runs gives {len(bins)} bins, not {BIN_COUNT}")
    bins.flags.writeable = False
    return bins
