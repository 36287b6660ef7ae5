"""Carries the colours of keyframes to the frames between them.

Each frame looks into the keyframe before it and the keyframe after it, along the motion of the
luma, and takes from both, the more from the nearer one and from the one whose track deserves more
confidence (after the anchors of TCVC, Liu et al. 2021, and Lai et al., ECCV 2018; without a network
of its own).
Keyframes have their colours from the colour script, in which those of a shot agree. Where too much
of a frame is to be seen in neither of its keyframes, it becomes one itself: what can be seen there
keeps those colours, and the network is asked for the rest. So frames depend on nothing but what
lies between two planned keyframes. Colours never cross a cut; through a dissolve, one shot's
colours fade into the other's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.coloring.carried_frame import (
    CarriedFrame,
    ColoredKeyframe,
    Contribution,
    TrackedFrame,
)
from filmcolor.coloring.guided import apply_coefficients, guided_coefficients, is_guided, resize_ab
from filmcolor.motion.flow import warp
from filmcolor.motion.tracks import Track, backward, forward, still_track, track_confidence
from filmcolor.planning.planned_frames import Zone
from filmcolor.script.consensus import Light
from filmcolor.script.given import GivenColors

_CONFIDENT_FROM = 0.3
_UNKNOWN_AREA = 0.5
"""Contribution of a picture that may be seen in no keyframe before the frame becomes one itself."""
_LEAST_APART = 4
"""Frames between such a keyframe and its neighbours."""

_OTHER_LIGHT = 20.0
"""Difference of mean L at which a frame is hardly of its keyframe's kind (confidence falls to 1/e):
the flicker of old film is well below, a lamp that is switched on is not."""

_MOST_RELIT = 8.0
"""Times as much contrast as a dark frame has: beyond, it is grain that would be seen."""

_AGREED = 8.0
"""As so many networks count, in a keyframe that the plan does not have, the colours of its
neighbours, on which many keyframes have agreed."""

_LEAST_CONFIDENCE = 1e-3
"""In a keyframe of the same light: without confidence in either, the nearer one still wins."""


_Side = tuple[ColoredKeyframe, Track, Floats]
"""A keyframe before or after a frame, where the frame's things are in it, and the confidence."""


class Propagation:
    """Takes the frames of a film in order and says from where each takes its colours."""

    def __init__(self, most_waiting: int, keyframe: ColoredKeyframe | None = None) -> None:
        """Begin with no frame, or behind a frame that was a keyframe.

        `most_waiting`: frames that may wait for the next keyframe; the one after them becomes a
        keyframe itself. This bounds the memory.
        """
        self._most_waiting = most_waiting
        self._keyframe = keyframe
        self._waiting: list[TrackedFrame] = []
        self._dissolving = False

    def add(self, item: TrackedFrame) -> Iterator[CarriedFrame]:
        """Take the next frame; yield, in order, the frames that are ready by that."""
        zone = item.planned.zone
        if zone is Zone.DISSOLVE and self._keyframe is not None and not self._waiting:
            self._dissolving = True
        if item.planned.opens_shot and not self._dissolving:
            yield from self.end_shot()
        if self._dissolving and zone is not Zone.DISSOLVE:
            yield from self._dissolve(item)
            return
        if not self._dissolving and self._keyframe is not None and item.motion is not None:
            before = self._waiting[-1].track if self._waiting else still_track(_size(item))
            assert before is not None
            item.track = forward(before, item.motion)
        if item.planned.keyframe or len(self._waiting) >= self._most_waiting:
            if self._dissolving:
                yield from self._dissolve(item)
                return
            keyframe = self._make_keyframe(item, self._side_before(item))
            yield from self._between(self._keyframe, self._waiting, keyframe, item)
            yield _own(item, keyframe)
            self._keyframe, self._waiting = keyframe, []
        else:
            self._waiting.append(item)

    def end_shot(self) -> Iterator[CarriedFrame]:
        """Yield the frames that still wait; what comes next has nothing to do with them."""
        waiting, self._waiting = self._waiting, []
        if self._dissolving and self._keyframe is not None:
            self._dissolving = False
            for item in waiting:
                yield _own(item, self._keyframe)
        elif waiting:
            if self._keyframe is None:
                middle = len(waiting) // 2
                keyframe = self._make_keyframe(waiting[middle])
                yield from self._between(None, waiting[:middle], keyframe, waiting[middle])
                yield _own(waiting[middle], keyframe)
                _track_behind(waiting[middle], waiting[middle + 1 :])
                self._keyframe, waiting = keyframe, waiting[middle + 1 :]
            yield from self._between(self._keyframe, waiting, None, None)
        self._keyframe = None

    def _side_before(self, item: TrackedFrame) -> list[_Side]:
        before = self._keyframe
        if before is None or item.track is None:
            return []
        return [(before, item.track, _confidence(item, item.track, before))]

    def _make_keyframe(self, item: TrackedFrame, sides: Sequence[_Side] = ()) -> ColoredKeyframe:
        """Give a frame its colours: those of the script, or else of its `sides` and the network."""
        agreed, light = item.agreed_ab, Light(item.lightness, item.contrast)
        if agreed is None and item.planned.zone is Zone.FADE:
            agreed, light = _in_full_light(item, sides) or (None, light)
        if agreed is not None:
            ab = agreed
        else:
            ab = item.ask() if item.network_ab is None else item.network_ab.result()
        guide = _in_light(item.guide(), item, light)
        rows, columns = _size(item)
        small = resize_ab(ab, rows, columns)
        coefficients, full = None, None
        if is_guided(ab.shape[:2], guide.shape):
            coefficients = resize_ab(guided_coefficients(ab, guide), rows, columns)
        else:
            full = resize_ab(ab, *guide.shape)
        if agreed is None and sides:
            change = _change_towards(sides, small)
            small = small + change
            if coefficients is not None:
                coefficients[..., 2:] += change
            if full is not None:
                full = full + resize_ab(change, *guide.shape)
        if item.given is not None:
            if full is None:
                assert coefficients is not None
                full = apply_coefficients(coefficients, guide)
            small, coefficients = _with_given(small, item.given), None
            full = _with_given(full, item.given)
        return ColoredKeyframe(
            small, coefficients, full, item.picture, light.lightness, light.contrast
        )

    def _dissolve(self, item: TrackedFrame) -> Iterator[CarriedFrame]:
        """Mix the keyframe before the dissolve with `item`, the first frame after it.

        Nothing can be followed through a dissolve, so both stand still.
        """
        before, waiting = self._keyframe, self._waiting
        assert before is not None
        keyframe = self._make_keyframe(item)
        still = still_track(_size(item))
        for number, mixed in enumerate(waiting, 1):
            share = np.float32(number / (len(waiting) + 1))
            one = Contribution(before, still, still.consistency * (1 - share))
            yield CarriedFrame(
                mixed, (one, Contribution(keyframe, still, still.consistency * share))
            )
        yield _own(item, keyframe)
        self._keyframe, self._waiting, self._dissolving = keyframe, [], False

    def _between(
        self,
        before: ColoredKeyframe | None,
        items: Sequence[TrackedFrame],
        after: ColoredKeyframe | None,
        after_item: TrackedFrame | None,
    ) -> Iterator[CarriedFrame]:
        """Yield the frames between two keyframes, of which one may be missing."""
        if not items:
            return
        sides: list[list[_Side]] = [[] for _ in items]
        if before is not None:
            for item, side in zip(items, sides, strict=True):
                assert item.track is not None
                side.append((before, item.track, _confidence(item, item.track, before)))
        if after is not None:
            track, next_item = still_track(_size(items[0])), after_item
            for item, side in zip(reversed(items), reversed(sides), strict=True):
                assert next_item is not None and next_item.motion is not None
                track, next_item = backward(track, next_item.motion), item
                side.append((after, track, _confidence(item, track, after)))
        worst = self._least_known(items, sides, before is not None, after is not None)
        if worst is not None:
            yield from self._split(before, items, after, after_item, worst, sides[worst])
            return
        for number, (item, side) in enumerate(zip(items, sides, strict=True), 1):
            share = number / (len(items) + 1)
            near = (1 - share, share) if len(side) == 2 else (1.0,)
            contributions = tuple(
                Contribution(keyframe, track, confidence * np.float32(distance))
                for (keyframe, track, confidence), distance in zip(side, near, strict=True)
            )
            yield CarriedFrame(item, contributions, _fading(item, side, near))

    def _split(
        self,
        before: ColoredKeyframe | None,
        items: Sequence[TrackedFrame],
        after: ColoredKeyframe | None,
        after_item: TrackedFrame | None,
        at: int,
        sides: Sequence[_Side],
    ) -> Iterator[CarriedFrame]:
        """Make `items[at]` a keyframe, and go on with what lies on both sides of it."""
        chosen = items[at]
        keyframe = self._make_keyframe(chosen, sides)
        yield from self._between(before, items[:at], keyframe, chosen)
        yield _own(chosen, keyframe)
        _track_behind(chosen, items[at + 1 :])
        yield from self._between(keyframe, items[at + 1 :], after, after_item)

    def _least_known(
        self,
        items: Sequence[TrackedFrame],
        sides: Sequence[Sequence[_Side]],
        has_before: bool,
        has_after: bool,
    ) -> int | None:
        """Return which of the frames between should be a keyframe itself, if any."""
        worst, position = _UNKNOWN_AREA, None
        first = _LEAST_APART if has_before else 0
        last = len(items) - (_LEAST_APART if has_after else 0)
        for number in range(first, last):
            if items[number].planned.zone is not Zone.CLEAR:
                continue
            confidence = _best_confidence(sides[number])
            known = np.count_nonzero(confidence > _CONFIDENT_FROM)
            unknown = 1 - known / confidence.size
            if unknown > worst:
                worst, position = unknown, number
        return position


def _track_behind(keyframe: TrackedFrame, items: Sequence[TrackedFrame]) -> None:
    """Track the frames behind a keyframe back to it."""
    track = still_track(_size(keyframe))
    for item in items:
        assert item.motion is not None
        track = item.track = forward(track, item.motion)


def _size(item: TrackedFrame) -> tuple[int, int]:
    height, width = item.picture.shape
    return height, width


def _confidence(item: TrackedFrame, track: Track, keyframe: ColoredKeyframe) -> Floats:
    confidence: Floats = track_confidence(track, item.picture, keyframe.picture) + np.float32(
        _LEAST_CONFIDENCE
    )
    if item.planned.zone is not Zone.FADE:
        difference = (item.lightness - keyframe.lightness) / _OTHER_LIGHT
        confidence *= np.float32(max(1e-6, exp(-(difference**2))))
    return confidence


def _own(item: TrackedFrame, keyframe: ColoredKeyframe) -> CarriedFrame:
    still = still_track(_size(item))
    side = (keyframe, still, still.consistency)
    return CarriedFrame(item, (Contribution(*side),), _fading(item, [side], (1.0,)))


def _in_full_light(item: TrackedFrame, sides: Sequence[_Side]) -> tuple[Floats, Light] | None:
    """Return the colours of a frame in a fade that becomes a keyframe, as too many would wait.

    The network would see a dark or pale picture. They are those of the keyframe before it, or else
    of the one that comes, and its light is theirs; None without either.
    """
    if not sides:
        return item.next_keyframe()
    keyframe, track, _ = sides[0]
    light = Light(keyframe.lightness, keyframe.contrast)
    return np.asarray(warp(keyframe.ab, track.places), np.float32), light


def _in_light(guide: Floats, item: TrackedFrame, light: Light) -> Floats:
    """Return the luma of a frame as it would be in another light, by mean and contrast.

    Colours of full light follow edges of that height.
    """
    if (light.lightness, light.contrast) == (item.lightness, item.contrast):
        return guide
    height = min(_MOST_RELIT, light.contrast / max(item.contrast, 1e-3))
    relit = (guide - np.float32(item.lightness / 100)) * np.float32(height)
    return np.asarray(relit + np.float32(light.lightness / 100), np.float32)


def _with_given(ab: Floats, given: GivenColors) -> Floats:
    """Return ab with what is given in its place."""
    height, width = ab.shape[:2]
    # Colours count by their weight, so that what is not given does not bleed into what is.
    layer = np.dstack([given.ab * given.weight[..., None], given.weight])
    if layer.shape[:2] != (height, width):
        how = cv2.INTER_AREA if height < layer.shape[0] else cv2.INTER_LINEAR
        layer = np.asarray(cv2.resize(layer, (width, height), interpolation=how), np.float32)
    return np.asarray(ab * (1 - layer[..., 2:]) + layer[..., :2], np.float32)


def _change_towards(sides: Sequence[_Side], ab: Floats) -> Floats:
    """Return by how much `ab`, at the size of the flows, moves towards what its sides have."""
    change, trust = np.zeros_like(ab), np.ones(ab.shape[:2], np.float32)
    for keyframe, track, confidence in sides:
        weight = confidence * np.float32(_AGREED)
        change += (warp(keyframe.ab, track.places) - ab) * weight[..., None]
        trust += weight
    return change / trust[..., None]


def _best_confidence(side: Sequence[_Side]) -> Floats:
    """Return the confidence in the better of the keyframes, at each place."""
    best = side[0][2]
    return best if len(side) == 1 else np.maximum(best, side[1][2])


def _fading(
    item: TrackedFrame,
    side: Sequence[_Side],
    near: Sequence[float],
) -> float:
    """Return by how much the chroma of a fading frame shrinks."""
    if item.planned.zone is not Zone.FADE:
        return 1.0
    weighted = [(keyframe, weight) for (keyframe, _, _), weight in zip(side, near, strict=True)]
    lit = sum(_chroma_in_light(keyframe.lightness) * weight for keyframe, weight in weighted)
    contrast = sum(keyframe.contrast * weight for keyframe, weight in weighted)
    # L has less contrast by the same factor; black that is not quite black shows only in that.
    return min(
        1.0,
        _chroma_in_light(item.lightness) / max(lit, 1e-6),
        item.contrast / max(contrast, 1e-6),
    )


def _chroma_in_light(lightness: float) -> float:
    """Return how a and b of a thing follow the light on it, as a function of its L.

    a = 500 (f(X) - f(Y)), and light that falls by a factor takes X and Y with it, so that small a
    fall like Y f'(Y): like the cube root, L + 16, and like L itself where f is straight, below
    L = 8 (CIE 15:2004, section 8.2.1). The same holds for b.
    """
    return lightness + 16.0 if lightness >= 8.0 else 3.0 * lightness
