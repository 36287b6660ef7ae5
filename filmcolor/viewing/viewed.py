"""What is shown of a film, and what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from filmcolor.planning.shot import ShotSettings

RGB = NDArray[np.uint8]
"""R', G', B', shape (height, width, 3)."""

Scope = Literal["shot", "room", "film"]
"""What a change is about: a shot, all shots of its room, or all of the film."""

Change = ShotSettings | Mapping[str, Any]
"""What is to be otherwise; see `FilmView.change`."""


@dataclass(frozen=True)
class ViewedFrame:
    """A frame of a film, before and after."""

    number: int
    """Of the film's frames, from 0."""
    pts: int
    """When it is shown, in units of the film's time base."""
    time: Fraction
    """The same in seconds, from the film's beginning."""
    shot: int
    """Number of its shot in the plan."""
    revision: int
    """Of the view, when it was made."""
    grey: RGB
    """As in the film, upright, in square pixels."""
    color: RGB
    """In colour, at the same size."""
    luma: NDArray[Any]
    """The planes that the encoder gets, as the film is stored; uint8 or uint16, (h, w)."""
    u: NDArray[Any]
    """At the size of the chroma planes."""
    v: NDArray[Any]
    exact: bool = True
    """Whether the film will have just these colours; a stroke is shown before its shot is."""


@dataclass(frozen=True)
class Stroke:
    """A line of colour on a frame."""

    points: Sequence[tuple[float, float]]
    """x and y, in pixels of the film as it is shown in full, see `FilmView.size`; one is a dot."""
    color: str | None
    """sRGB, such as "#2e7d32" or "green"; "neutral", which stays grey; None: the eraser."""
    radius: float = 4.0
    """In the same pixels."""


@dataclass(frozen=True)
class Trial:
    """A change that is looked at before it is made, such as while a slider is dragged."""

    shot: int
    change: Change
    scope: Scope = "shot"
