"""Makes shots of one room agree about the colours of things.

Each shot has one keyframe that stands for it. Where its places are found in those of other shots of
the room (`filmcolor.script.places`), the colours there are other opinions about the same things,
and the robust mean of all of them is what this shot should have. By how much its colours have to
move for that is known for those places; all other places, in all keyframes of the shot, move like
those of nearly the same luma and colour, above all near by (kernel regression; Nadaraya 1964,
Watson 1964), and not at all where there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.motion.flow import warp
from filmcolor.script.consensus import robust_mean
from filmcolor.script.given import GivenColors
from filmcolor.script.grids import averaged
from filmcolor.script.places import Features, FeatureScale, PlaceMatch, match_places

ASKED = 6
"""Other shots of the room that have a say in a shot, those next to it in time."""

_LEAST_CONFIDENCE = 0.3
"""In the place of a thing in another shot; what is less sure says nothing."""

_NEAR_L, _NEAR_AB = 6.0, 5.0
"""How far luma and colour may lie from a place that is known (its say falls to 1/e)."""

_NEAR = 0.12
"""The same of the distance, in picture heights."""

_ELSEWHERE = 0.03
"""How much less likeness says far away: a thing moves, and shots are not framed alike."""

_NOWHERE = 1e3
"""A place that is far from all."""

_FAR = np.float32(25.0)
"""Square of the distance beyond which it does not matter any more: e^-25 is 1e-11."""

_SOME = 0.003
"""As much of a say as it takes for half of the change; less far away from what is known."""


@dataclass(frozen=True)
class RoomKeyframe:
    """The keyframe that stands for a shot."""

    ab: Floats
    """float32, shape (h, w, 2)."""
    L: Floats
    """float32, shape (h, w), in 0..100."""
    features: Features


@dataclass(frozen=True)
class ColorChange:
    """How colours of a shot move, by luma and colour, and most of all near where that is known."""

    known: Floats
    """L, a and b of places where it is known, in units of nearness; shape (n, 3)."""
    places: Floats
    """Where they are, as shares of the picture's height, in units of nearness; shape (n, 2)."""
    change: Floats
    """By how much a and b move there; shape (n, 2)."""
    confidence: Floats
    """shape (n,), in 0..1."""

    def apply(self, ab: Floats, L: Floats) -> Floats:
        """Return the ab of a keyframe of the shot after the change; float32, shape (h, w, 2)."""
        if not len(self.known):
            return ab
        height, width = L.shape
        pixels, places = _by_nearness(L, ab), _by_place(height, width)
        across = _falling((places[0, :, :1] - self.places[:, 0]) ** 2)
        down = _falling((places[:, 0, 1:] - self.places[:, 1]) ** 2)
        # The third column adds up how much is said.
        said = np.column_stack([self.change, np.ones_like(self.confidence)])
        said *= self.confidence[:, None]
        moved = np.empty((height, width, 2), np.float32)
        for row in range(height):  # what is worked with at once stays in the processor's cache
            say = _falling(_squared(pixels[row], self.known))
            say *= across * down[row] + np.float32(_ELSEWHERE)
            found = say @ said
            moved[row] = found[:, :2] / (found[:, 2:] + np.float32(_SOME))
        return np.asarray(ab + moved, np.float32)


def _falling(squares: Floats) -> Floats:
    """Return exp(-squares), but nothing so small that processors reckon slowly with it."""
    return np.asarray(np.exp(-np.minimum(squares, _FAR)), np.float32)


def _squared(one: Floats, other: Floats) -> Floats:
    """Return the squared distances of each of (m, d) to each of (n, d); float32, shape (m, n)."""
    squares = (np.einsum("ij,ij->i", each, each) for each in (one, other))
    distance = next(squares)[:, None] - 2 * one @ other.T + next(squares)
    return np.asarray(np.maximum(distance, 0), np.float32)


def room_changes(
    count: int,
    keyframe: Callable[[int], RoomKeyframe],
    scale: FeatureScale,
    places: Iterable[int] | None = None,
) -> list[ColorChange]:
    """Return for each of the `count` shots of a room, or some `places` in it, how colours move.

    `keyframe` gives that which stands for the shot at a place in the room, from 0 in the order of
    the film. It may be asked several times.
    """
    return [
        _change(
            keyframe(place),
            [keyframe(other) for other in next_to(place, count)],
            scale,
        )
        for place in (range(count) if places is None else places)
    ]


def change_to_given(ab: Floats, L: Floats, given: GivenColors) -> ColorChange:
    """Return how colours move by what is given to a keyframe whose colours are `ab`."""
    size = L.shape
    wanted, weight = averaged(given.ab, size), averaged(given.weight, size)
    change = _known_change(ab, L, wanted, np.where(weight > _LEAST_CONFIDENCE, weight, 0))
    # In other shots things are anywhere.
    return replace(change, places=np.full_like(change.places, _NOWHERE))


def next_to(place: int, count: int) -> Sequence[int]:
    """Return the places of the shots of a room that have a say in the one at `place`."""
    others = sorted(
        (other for other in range(count) if other != place), key=lambda o: abs(o - place)
    )
    return sorted(others[:ASKED])


def _change(own: RoomKeyframe, others: Sequence[RoomKeyframe], scale: FeatureScale) -> ColorChange:
    ab, L = (averaged(values, own.features[-1].shape[:2]) for values in (own.ab, own.L))
    said, trust = [ab], [np.ones(ab.shape[:2], np.float32)]
    for other in others:
        match = match_places(own.features, other.features, scale)
        confidence = np.where(match.confidence >= _LEAST_CONFIDENCE, match.confidence, 0)
        said.append(_there(other.ab, match))
        trust.append(confidence.astype(np.float32))
    if others:
        # As much as one of the others: so two shots meet half-way.
        found = np.stack(trust[1:])
        trust[0] = found.sum(axis=0) / np.maximum(np.count_nonzero(found, axis=0), 1)
        trust[0] += trust[0] == 0
    mean = robust_mean(np.stack(said), np.stack(trust))
    sure = np.max(trust[1:], axis=0) if others else np.zeros(ab.shape[:2], np.float32)
    return _known_change(ab, L, mean, sure)


def _known_change(ab: Floats, L: Floats, wanted: Floats, sure: Floats) -> ColorChange:
    known = sure > 0
    return ColorChange(
        _by_nearness(L, ab)[known],
        _by_place(*L.shape)[known],
        np.asarray((wanted - ab)[known], np.float32),
        np.asarray(sure[known], np.float32),
    )


def _there(ab: Floats, match: PlaceMatch) -> Floats:
    height, width = ab.shape[:2]
    places = match.coordinates * np.array([width, height], np.float32) - np.float32(0.5)
    return warp(ab, np.asarray(places, np.float32))


def _by_place(height: int, width: int) -> Floats:
    """Return x and y in units of how near is near; float32, shape (h, w, 2)."""
    y, x = np.mgrid[:height, :width].astype(np.float32) / np.float32(height * _NEAR)
    return np.stack([x, y], axis=-1)


def _by_nearness(L: Floats, ab: Floats) -> Floats:
    """Return L, a and b in units of how near is near; float32, shape (h, w, 3)."""
    return np.concatenate([L[..., None] / _NEAR_L, ab / _NEAR_AB], axis=-1, dtype=np.float32)
