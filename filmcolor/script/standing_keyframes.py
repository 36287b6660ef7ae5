"""Which of a shot's keyframes tell what it shows."""

from __future__ import annotations

import numpy as np

from filmcolor.planning.shot import Shot

_A_FEW = 5
"""Keyframes by which it is told what a shot shows."""


def representative(shot: Shot) -> int:
    """Return the timestamp of the keyframe that stands for a shot: the one in its middle."""
    keyframes = shot.keyframes
    return keyframes[len(keyframes) // 2].pts if keyframes else shot.pts


def a_few(shot: Shot) -> list[int]:
    """Return the timestamps of a few keyframes from all over a shot."""
    pts = [keyframe.pts for keyframe in shot.keyframes]
    picked = np.linspace(0, len(pts) - 1, min(len(pts), _A_FEW)).round().astype(int)
    return [pts[place] for place in picked]
