"""Finds where the shots of a film begin and end: cuts, fades and dissolves."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.planning.detection.dissolves import Dissolve, DissolveFinder
from filmcolor.planning.detection.fades import Fade, FadeFinder
from filmcolor.planning.detection.hard_cuts import SHORTEST_SHOT, CutFinder
from filmcolor.planning.detection.similarity import COARSE, small_picture

_PIXELS = (COARSE[0] // 2, COARSE[1] // 2)
"""Width and height of the vectors: movement within a shot should change them little."""


def _slopes() -> NDArray[np.float32]:
    """Return pictures that grow brighter to the right and downwards, as vectors of length 1."""
    y, x = np.mgrid[-1 : 1 : _PIXELS[1] * 1j, -1 : 1 : _PIXELS[0] * 1j]
    slopes = np.stack([x.ravel(), y.ravel()]).astype(np.float32)
    return np.asarray(slopes / np.linalg.norm(slopes, axis=1, keepdims=True), dtype=np.float32)


_SLOPES = _slopes()
_NOISE = 4.0
"""Variance in code values squared that tells nothing about what a picture shows."""


@dataclass(frozen=True)
class Join:
    """Where one shot ends and the next begins."""

    position: int
    """Number of the first frame of the next shot, from 0, of the frames that were looked at."""
    kind: Literal["cut", "fade", "dissolve"]
    before: int = 0
    """How many frames of the shot that ends lie within the transition; 0 at a cut."""
    after: int = 0
    """How many frames of the shot that begins lie within the transition; 0 at a cut."""


class ShotDetector:
    """Looks at the thumbnails of a film in order and tells where shots join."""

    def __init__(self) -> None:
        """Begin with no frame seen."""
        self._times: list[float] = []
        self._vector: NDArray[np.float32] | None = None
        self._cuts = CutFinder()
        self._fades = FadeFinder()
        self._dissolves = DissolveFinder(_PIXELS[0] * _PIXELS[1])
        self._was_blank = False

    def add(self, luma: NDArray[np.uint8], time: Fraction) -> None:
        """Look at the next frame; `luma`: uint8 (height, width), `time` in seconds."""
        index, seconds = len(self._times), float(time)
        self._times.append(seconds)
        luma = np.asarray(cv2.medianBlur(luma, 3), dtype=np.uint8)  # scratches and dust are thin
        coarse = small_picture(luma, COARSE)
        half = cv2.resize(coarse, _PIXELS, interpolation=cv2.INTER_AREA)
        vector = half.astype(np.float32).ravel()
        mean = float(vector.mean())
        vector -= mean
        contrast = sqrt(float(vector @ vector) / vector.size)
        for slope in _SLOPES:
            vector -= (vector @ slope) * slope
        blank = self._fades.add(seconds, mean, contrast, coarse)
        # Cuts from and to black or white are found as fades.
        near_blank = blank or self._was_blank
        correlation = 1.0 if near_blank else _correlation(self._vector, vector)
        self._cuts.add(index, seconds, luma, coarse, correlation)
        self._dissolves.add(index, seconds, vector, coarse)
        self._vector, self._was_blank = vector, blank

    def ends(self) -> tuple[int, int]:
        """Return how many frames fade in at the film's beginning, and out at its end.

        To be asked after `joins`; frames in black (or white) before and after count as well.
        """
        return self._fades.ends(set(self._cuts.cuts))

    def joins(self) -> list[Join]:
        """Return where shots join, in order, once all frames were looked at."""
        self._cuts.finish()
        self._dissolves.finish()
        cuts = self._cuts.cuts
        joins = [_at_fade(fade) for fade in self._fades.fades(set(cuts))]
        for join in [
            *(Join(cut, "cut") for cut in cuts),
            *map(_at_dissolve, self._dissolves.dissolves()),
        ]:
            at = bisect_left(joins, join.position, key=lambda other: other.position)
            if not any(self._too_close(join, other) for other in joins[max(0, at - 1) : at + 1]):
                joins.insert(at, join)
        return joins

    def _too_close(self, one: Join, other: Join) -> bool:
        """Return whether there is no room for a shot between two joins."""
        first, second = sorted((one, other), key=lambda join: join.position)
        overlap = second.position - second.before < first.position + first.after
        short = self._times[second.position] - self._times[first.position] < SHORTEST_SHOT
        return overlap or short


def _correlation(one: NDArray[np.float32] | None, other: NDArray[np.float32]) -> float:
    """Return the correlation of two pictures, as vectors without their means; 1 for flat ones."""
    if one is None:
        return 1.0
    noise = _NOISE * other.size
    product = sqrt((float(one @ one) + noise) * (float(other @ other) + noise))
    return (float(one @ other) + noise) / product


def _at_fade(fade: Fade) -> Join:
    return Join(fade.position, "fade", fade.position - fade.first, fade.end - fade.position)


def _at_dissolve(dissolve: Dissolve) -> Join:
    middle = (dissolve.first + dissolve.last + 1) // 2
    return Join(middle, "dissolve", middle - dissolve.first, dissolve.last + 1 - middle)
