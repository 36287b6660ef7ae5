"""Colours that people give to keyframes: painted pictures and hints, carried through the shot.

What is given counts more than all that the network says. From the keyframe that has it, it is
carried to the other keyframes of the shot: where its things are in them is followed as coordinates
along the motion, and where the motion is not to be believed they are found again by the network's
features. So each keyframe gets given colours, and for each place a weight.

After the memory of ColorMNet (Yang et al., ECCV 2024), without a network of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from filmcolor.color.colorspace import Floats

Spread = Literal["shot", "room", "film"]
"""How far given colours go."""


@dataclass(frozen=True)
class GivenColors:
    """Colours of a keyframe that count more than those of the network.

    They are what the film is to show: no adjustment changes them.
    """

    ab: Floats
    """float32, shape (h, w, 2), at any size."""
    weight: Floats
    """0 where nothing is given, 1 where it counts alone; float32, shape (h, w)."""


@dataclass(frozen=True)
class Given:
    """Colours that somebody gives to one keyframe."""

    shot: int
    """Number of the shot."""
    pts: int
    """Timestamp of the keyframe, in units of the film's time base."""
    colors: GivenColors
    spread: Spread = "shot"
