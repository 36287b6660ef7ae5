"""The PSNR that ColorMNet and others publish, which is computed wrongly; for comparisons alone."""

from __future__ import annotations

import math

import numpy as np

from filmcolor.evaluation.lab import RGB8
from filmcolor.evaluation.pictures import BEST_PSNR


def wrapped_psnr(one: RGB8, other: RGB8) -> float:
    """Return what a script gets that subtracts and squares pixels without leaving uint8.

    Differences and their squares are left modulo 256, so a difference of 16 counts as none and the
    mean square is never more than 255: pictures without colour score 30 dB. ColorMNet's published
    evaluation (evaluation_matrics/evaluation.py, `calculate_psnr`) does so. In dB, at most 60 as
    `psnr`; never to be set beside a true PSNR.
    """
    difference = one - other  # wraps around, as theirs does
    error = float(np.mean(difference * difference, dtype=np.float64))
    return min(BEST_PSNR, 10 * math.log10(255**2 / error)) if error else BEST_PSNR
