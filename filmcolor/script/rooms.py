"""Shots that show the same place again: dialogue that goes to and fro, a set seen again later.

Two keyframes are alike as far as cells of one and of the other are each other's nearest neighbours
in a network's features, and agree about how the picture has moved. Mutual neighbours alone, without
that agreement, also grow in number where both pictures have the same black border.

A shot comes into a room when it is alike to the room's shots on the mean and to none of them like
a stranger, never by one of them alone: so no chain of shots that change little by little joins two
places. It is better to leave two shots apart, which costs nothing, than to give one the colours of
another place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from filmcolor.script.places import Features, FeatureScale, Grid

THRESHOLD = 0.2
"""Likeness from which on two shots show the same place; see `python -m benchmarks.rooms`."""
RECENT_SHOTS = 1000
_CANDIDATES = 4
_MEMBERS_ASKED = 3
_MOST_CELLS = 400
_KEPT_READY = 200  # of some 100 kB
_STANDS_STILL = 0.25, 0.6
"""Change of a cell over the film, of what others change, up to which it counts nothing; from which
on it counts fully."""
_SAME_SHIFT = 0.2
"""How far a cell may lie from where the others have moved, in shares of width and height."""


def find_rooms(
    shots: Sequence[Sequence[Features]],
    *,
    threshold: float = THRESHOLD,
    recent: int = RECENT_SHOTS,
) -> list[int | None]:
    """Group the shots of a film that show the same place.

    The time taken grows with the number of shots, not with its square.

    Args:
        shots: features of the keyframes of each shot, in the film's order; one or two a shot are
            enough. All from one network and at one size; only the coarsest grids are looked at.
        threshold: likeness that a shot must have to a room's shots on the mean, 0..1.
        recent: a shot's place is looked for in so many shots before it.

    Returns:
        For each shot the number of its room, from 1 in the order of their first shots, or None
        where it is alone or has no features.

    Raises:
        ValueError: grids differ in shape.

    Example:
        >>> features = [[network.look(L).features] for L in keyframe_of_each_shot]
        >>> find_rooms(features)
        [1, 2, 1, 2, None]
    """
    return rooms_by_features(len(shots), shots.__getitem__, threshold=threshold, recent=recent)


def rooms_by_features(
    count: int,
    features_of: Callable[[int], Sequence[Features]],
    *,
    threshold: float = THRESHOLD,
    recent: int = RECENT_SHOTS,
) -> list[int | None]:
    """Group shots as `find_rooms` does, without all their features in memory at once.

    `count`: how many shots; `features_of`: gives the features of one, by its place, and is called
    several times for each.
    """
    places = _Places(count, features_of)
    rooms: list[list[int]] = []
    room_of: dict[int, list[int]] = {}
    for shot in places.shots:
        room = _room_for(shot, places, room_of, threshold, max(0, shot - recent))
        if room is None:
            room = []
            rooms.append(room)
        room.append(shot)
        room_of[shot] = room
    numbers = {id(room): number for number, room in enumerate(filter(_returns, rooms), 1)}
    return [numbers.get(id(room_of.get(shot))) for shot in range(count)]


def _returns(room: list[int]) -> bool:
    return len(room) > 1


def _room_for(
    shot: int, places: _Places, room_of: dict[int, list[int]], threshold: float, since: int
) -> list[int] | None:
    candidates = places.candidates(shot, since)
    likeness = dict(zip(candidates, places.likeness(shot, candidates), strict=True))
    for found in sorted(candidates, key=likeness.__getitem__, reverse=True):
        if likeness[found] < threshold:
            return None
        room = room_of[found]
        asked = _spread(room, found)
        new = [member for member in asked if member not in likeness]
        likeness |= zip(new, places.likeness(shot, new), strict=True)
        found_alike = [likeness[member] for member in asked]
        if np.mean(found_alike) >= threshold and min(found_alike) >= threshold / 2:
            return room
    return None


def _spread(room: list[int], found: int) -> list[int]:
    """Return a few shots of a room from its first to its last, `found` among them."""
    picked = np.linspace(0, len(room) - 1, min(len(room), _MEMBERS_ASKED)).round().astype(int)
    return sorted({found, *(room[i] for i in picked)})


class _Places:
    """The keyframes of a film's shots, ready to be compared."""

    def __init__(self, count: int, features_of: Callable[[int], Sequence[Features]]) -> None:
        """Measure what the film's features have in common; they are asked for again and again."""
        self._features_of = features_of
        self._keyframes: list[tuple[int, int]] = []
        """Shot of each keyframe, and its place among those of the shot that have features."""
        self._shape: tuple[int, ...] | None = None
        self._shot_of = np.zeros(0, np.intp)
        try:
            self._scale = FeatureScale.of([grid] for grid in self._all(count))
        except ValueError:
            if self._keyframes:
                raise
            return
        self._shot_of = np.array([shot for shot, _ in self._keyframes])
        self._ready = lru_cache(_KEPT_READY)(self._unit)
        total = np.zeros_like(self._unit(0))
        means = []
        for keyframe in range(len(self._keyframes)):
            unit = self._unit(keyframe)
            total += unit
            means.append(unit.mean((0, 1)))
        self._means = np.array(means)
        self._means /= np.maximum(np.linalg.norm(self._means, axis=1, keepdims=True), 1e-6)
        self._weights = _changing((total / np.float32(len(means))).astype(np.float32))

    def _all(self, count: int) -> Iterator[Grid]:
        """Yield the grids of all keyframes, and note whose they are."""
        for shot in range(count):
            for place, grid in enumerate(_coarsest(self._features_of(shot))):
                if self._shape is not None and grid.shape != self._shape:
                    raise ValueError("Features of one film must have one shape.")
                self._shape = grid.shape
                self._keyframes.append((shot, place))
                yield _small(grid)

    @property
    def shots(self) -> list[int]:
        """Those that have features, in order."""
        return list(dict.fromkeys(shot for shot, _ in self._keyframes))

    def candidates(self, shot: int, since: int) -> list[int]:
        """Return the shots from `since` on and before `shot` that are most like it as a whole."""
        first, last = np.searchsorted(self._shot_of, [since, shot])
        own = self._means[self._shot_of == shot]
        alike = (self._means[first:last] @ own.T).max(1)
        ordered = self._shot_of[first:last][np.argsort(-alike, kind="stable")]
        return list(dict.fromkeys(ordered.tolist()))[:_CANDIDATES]

    def likeness(self, shot: int, others: Sequence[int]) -> list[float]:
        """Return how alike the shot is to others, 0..1.

        Of two shots the keyframes that are most alike as a whole are compared.
        """
        if not others:
            return []
        here, there = zip(*(self._most_alike(shot, other) for other in others), strict=True)
        one, another = (
            np.stack([self._ready(i) for i in keyframes]) for keyframes in (here, there)
        )
        return [float(value) for value in _likeness(one, another, self._weights)]

    def _most_alike(self, shot: int, other: int) -> tuple[int, int]:
        own, its = (np.flatnonzero(self._shot_of == which) for which in (shot, other))
        best = np.unravel_index(
            (self._means[own] @ self._means[its].T).argmax(), (len(own), len(its))
        )
        return int(own[best[0]]), int(its[best[1]])

    def _unit(self, keyframe: int) -> Grid:
        shot, place = self._keyframes[keyframe]
        return self._scale.unit(_small(_coarsest(self._features_of(shot))[place]))


def _coarsest(shot: Sequence[Features]) -> list[Grid]:
    return [features[0] for features in shot if features]


def _changing(mean: Grid) -> NDArray[np.float32]:
    """Return how much each cell says of a place, 0..1: borders, the same all film long, do not.

    In a film of one place all cells change little, so it counts what others do.

    Args:
        mean: of the film's unit vectors, which is the shorter the more they differ.
    """
    change = 1 - (mean**2).sum(2)
    usual = max(float(np.quantile(change, 0.75)), 1e-6)
    low, high = _STANDS_STILL
    weights = np.clip((change / usual - low) / (high - low), 0, 1)
    # Of one keyframe, or one that never changes, nothing can be told.
    return np.asarray(weights if weights.any() else np.ones_like(weights), np.float32)


def _small(grid: Grid) -> Grid:
    """Return a grid with few enough cells to compare each with each: means of its squares."""
    small = np.asarray(grid, np.float32)
    while small.shape[0] * small.shape[1] > _MOST_CELLS and min(small.shape[:2]) > 1:
        height, width, channels = small.shape
        even = small[: height // 2 * 2, : width // 2 * 2]
        small = even.reshape(height // 2, 2, width // 2, 2, channels).mean((1, 3))
    return small


def _likeness(
    here: NDArray[np.float32], there: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return how alike pairs of keyframes are, each in 0..1.

    Both (n, h, w, c), of unit vectors. `weights` (h, w) say how much each cell counts.
    """
    count, height, width, channels = here.shape
    cells = height * width
    flat = (grids.reshape(count, cells, channels) for grids in (here, there))
    products = np.matmul(next(flat), next(flat).transpose(0, 2, 1))
    nearest = products.argmax(2)
    best = np.take_along_axis(products, nearest[..., None], axis=2)[..., 0]
    mutual = np.take_along_axis(products.max(1), nearest, axis=1) == best
    cell = np.arange(cells)
    shift = np.stack(
        [(nearest % width - cell % width) / width, (nearest // width - cell // width) / height]
    ).astype(np.float32)
    off = shift - _medians(shift, mutual)[..., None]
    agreed = mutual & ((off**2).sum(0) < _SAME_SHIFT**2)
    counted = weights.ravel()
    total: NDArray[np.float32] = np.where(agreed, np.maximum(best, 0), 0) @ counted
    return total / max(float(counted.sum()), 1e-6)


def _medians(values: NDArray[np.float32], counted: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the (upper) medians along the last axis of the values that are counted; n >= 1."""
    ordered = np.sort(np.where(counted, values, np.inf), axis=-1)
    middle = np.broadcast_to(counted.sum(-1) // 2, values.shape[:-1])
    return np.take_along_axis(ordered, middle[..., None], -1)[..., 0]
