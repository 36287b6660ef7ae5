"""Whether a place has the same colours when the film comes back to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.motion.flow import warp
from filmcolor.planning.plan import Plan
from filmcolor.script.color_script import ShotLooks
from filmcolor.script.grids import averaged
from filmcolor.script.places import FeatureScale, PlaceMatch, match_places

SURE = 0.5
"""Confidence from which a place counts as found again."""
_FEWEST_PLACES = 20
"""Of so few places that were found again a mean says nothing."""


@dataclass(frozen=True)
class ReturnFigures:
    """How far colours of one place are apart in shots that show it; None where none returns."""

    return_ab: float | None
    return_ab_truth: float | None
    returns: int
    """Pairs of shots that were compared."""
    rooms: int
    """Places that several shots show."""


@dataclass(frozen=True)
class _Return:
    """Two shots of a room, one after the other."""

    pts: tuple[int, int]
    """Of the keyframes that stand for them."""
    match: PlaceMatch


class ReturningPlaces:
    """Compares the colours of places that return in a film; takes its frames in order.

    In memory are small pictures of one frame for each shot that shows a place again.
    """

    def __init__(self, plan: Plan, looks: Mapping[int, ShotLooks]) -> None:
        """Prepare for a film; `looks`: what was noted of shots, by their numbers."""
        rooms: dict[int, list[ShotLooks]] = {}
        for shot in plan.shots:
            seen = looks.get(shot.number or 1)
            if shot.room is not None and shot.kind == "shot" and seen and seen.features:
                rooms.setdefault(shot.room, []).append(seen)
        returning = [shots for shots in rooms.values() if len(shots) > 1]
        self._rooms = len(returning)
        self._returns = list(_returns(returning))
        self._wanted = {
            pts: found.match.confidence.shape for found in self._returns for pts in found.pts
        }
        self._colors: dict[int, tuple[Floats, Floats]] = {}

    def add(self, pts: int, result: Floats, truth: Floats) -> None:
        """Take in a frame: its new and its true a and b, float32, shape (height, width, 2)."""
        size = self._wanted.get(pts)
        if size is not None:
            self._colors[pts] = averaged(result, size), averaged(truth, size)

    def figures(self) -> ReturnFigures:
        """Return the mean distances over all pairs of shots whose frames were taken in."""
        pairs = [
            [
                distance_ab(one, other, found.match)
                for one, other in zip(*(self._colors[pts] for pts in found.pts), strict=True)
            ]
            for found in self._returns
            if self._colors.keys() >= set(found.pts)
        ]
        if not pairs:
            return ReturnFigures(None, None, 0, self._rooms)
        result, truth = np.mean(pairs, axis=0)
        return ReturnFigures(float(result), float(truth), len(pairs), self._rooms)


def _returns(rooms: list[list[ShotLooks]]) -> Iterator[_Return]:
    if not rooms:
        return
    scale = FeatureScale.of(looks.features for shots in rooms for looks in shots)
    for shots in rooms:
        for one, other in pairwise(shots):
            match = match_places(one.features, other.features, scale)
            if np.count_nonzero(match.confidence >= SURE) >= _FEWEST_PLACES:
                yield _Return((one.pts, other.pts), match)


def distance_ab(one: Floats, other: Floats, match: PlaceMatch) -> float:
    """Return the mean distance in ab between places that are sure to be the same.

    `one`, `other`: colours of the two pictures, float32, shape (h, w, 2), `one` with the size of
    `match`.
    """
    height, width = other.shape[:2]
    places = match.coordinates * np.array([width, height], np.float32) - np.float32(0.5)
    moved = warp(other, np.asarray(places, np.float32))
    apart = np.linalg.norm(one - moved, axis=-1)
    return float(apart[match.confidence >= SURE].mean())
