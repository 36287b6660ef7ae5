"""Colours that people give to keyframes: painted pictures and hints, carried through the shot.

What is given counts more than all that the network says. From the keyframe that has it, it is
carried to the other keyframes of the shot: where its things are in them is followed as coordinates
along the motion, and where the motion is not to be believed they are found again by the network's
features. So each keyframe gets given colours, and for each place a weight.

After the memory of ColorMNet (Yang et al., ECCV 2024), without a network of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats
from filmcolor.motion.flow import FlowPicture, Motion, grid, resized_flow, warp
from filmcolor.motion.tracks import (
    Track,
    backward,
    forward,
    still_track,
    track_confidence,
)
from filmcolor.planning.plan import Plan
from filmcolor.script.grids import averaged
from filmcolor.script.places import FeatureScale

_COARSEST, _FINEST = 2, 4
"""Times the size of the flows: given colours are carried at their own size between these."""

_POSITION_PRIOR = 0.15
"""What likeness loses for lying elsewhere, times the squared distance in picture heights."""

_REMEMBERED, _SHARPNESS = 20, 0.03
"""Places that are remembered for each place, the most alike ones, and how much more the best of
them counts (temperature of their likeness)."""

_BETTER, _BETTER_STEP = 0.04, 0.02
"""By how much a remembered place is more alike than the one along the motion to be taken half."""

_OTHER_L = 6.0
"""Difference of L, blurred, at which the motion has led to another thing."""

_DOUBT = 0.35
"""Part of what is remembered that may replace what the motion says, where nothing but doubt in the
motion speaks for it."""

_LIKE_FROM, _LIKE_TO = 0.15, 0.5
"""Likeness from which a remembered place counts, and from which it counts fully."""

_SURE_FROM, _SURE_TO = 0.05, 0.4
"""The same of the confidence in the motion."""

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

    def load(self) -> GivenColors:
        """Return the object itself."""
        return self


class GivenSource(Protocol):
    """Given colours that may lie on the disk until they are needed: those of a film are many."""

    def load(self) -> GivenColors:
        """Return the colours."""
        ...


@dataclass(frozen=True)
class Given:
    """Colours that somebody gives to one keyframe."""

    shot: int
    """Number of the shot."""
    pts: int
    """Timestamp of the keyframe, in units of the film's time base."""
    colors: GivenSource
    """Turned as the film is stored, as all colours of keyframes are."""
    spread: Spread = "shot"
    hint: bool = False
    """Whether these are strokes, to be spread over what belongs together; see
    `filmcolor.script.hints`."""


@dataclass(frozen=True)
class AsKept:
    """Given colours in half precision, as a colour script keeps them."""

    colors: GivenSource

    def load(self) -> GivenColors:
        """Return the colours."""
        exact = self.colors.load()
        ab, weight = (
            np.asarray(values.astype(np.float16), np.float32) for values in (exact.ab, exact.weight)
        )
        return GivenColors(ab, weight)


def placed(given: Iterable[Given], plan: Plan) -> list[Given]:
    """Return given colours with the numbers of the shots in which they lie in `plan`.

    Those that lie in none of them are left out. They are as precise as those of a script on the
    disk, so that it does not matter which has them.
    """
    found = []
    for each in given:
        shot = plan.shots[plan.place_at(each.pts)]
        if shot.pts <= each.pts < shot.end_pts:
            found.append(replace(each, shot=shot.number or 1, colors=AsKept(each.colors)))
    return found


@dataclass(frozen=True)
class ShotKeyframe:
    """A keyframe of a shot in which something is given."""

    pts: int
    picture: FlowPicture
    L: Floats
    """float32, shape (h, w), in 0..100, at any size."""
    features: tuple[NDArray[np.floating], ...]
    """Of the network, with its details; see `filmcolor.networks.look.Look`. May be none."""
    motion: Motion | None
    """To and from the keyframe before; None for the first one."""


class CarriedColors:
    """Colours that are given to some keyframes of a shot, carried to the others."""

    def __init__(self, keyframes: Sequence[ShotKeyframe], given: Sequence[Given]) -> None:
        """Carry nothing yet; `keyframes`: all of one shot, in order."""
        self._places = {keyframe.pts: number for number, keyframe in enumerate(keyframes)}
        sources = [
            (self._places[each.pts], each.colors.load())
            for each in given
            if each.pts in self._places
        ]
        self._own = dict(sources)
        size = _carried_size(keyframes, [colors for _, colors in sources])
        self._carried = [_Carried(keyframes, place, colors, size) for place, colors in sources]

    def at(self, pts: int) -> GivenColors | None:
        """Return the colours of a keyframe; None where nothing leads to it."""
        number = self._places.get(pts)
        if number is None or not self._carried:
            return None
        if number in self._own:
            return self._own[number]
        return _mixed([each.at(number) for each in self._carried])

    def __iter__(self) -> Iterator[tuple[int, GivenColors]]:
        """Yield timestamps of keyframes, in order, with the colours that are given to them."""
        for pts in self._places:
            colors = self.at(pts)
            if colors is not None:
                yield pts, colors


def _carried_size(
    keyframes: Sequence[ShotKeyframe], given: Sequence[GivenColors]
) -> tuple[int, int]:
    """Return the height and width at which all that is given to a shot is carried."""
    height, width = (
        max(
            _COARSEST * side,
            min(_FINEST * side, max((each.weight.shape[axis] for each in given), default=0)),
        )
        for axis, side in enumerate(keyframes[0].picture.shape if keyframes else (0, 0))
    )
    return height, width


@dataclass(frozen=True)
class _Part:
    """What one source gives to a keyframe."""

    colors: GivenColors
    nearness: float


def _mixed(parts: Sequence[_Part]) -> GivenColors:
    if len(parts) == 1:
        return parts[0].colors
    weights = np.stack([part.colors.weight for part in parts])
    shares = weights * np.array([[[part.nearness]] for part in parts], np.float32)
    total = np.maximum(shares.sum(axis=0), np.float32(1e-6))
    ab = np.einsum("nhw,nhwc->hwc", shares, np.stack([part.colors.ab for part in parts]))
    return GivenColors(np.asarray(ab / total[..., None], np.float32), weights.max(axis=0))


class _Carried:
    """The colours of one keyframe, on their way through its shot."""

    def __init__(
        self,
        keyframes: Sequence[ShotKeyframe],
        source: int,
        colors: GivenColors,
        size: tuple[int, int],
    ) -> None:
        """`size`: height and width at which colours are carried."""
        self._keyframes = keyframes
        self._source = source
        self._colors = colors
        self._size = size
        self._tracks = self._followed()
        self._memory = None
        if keyframes[source].features:
            scale = FeatureScale.of(keyframe.features for keyframe in keyframes)
            self._memory = _Memory(keyframes[source], colors, scale)

    def _followed(self) -> list[Track]:
        """Return where the places of each keyframe are in the source."""
        keyframes, source = self._keyframes, self._source
        size = keyframes[source].picture.shape
        still = still_track((size[0], size[1]))
        tracks = [still] * len(keyframes)
        for number in range(source + 1, len(keyframes)):
            motion = keyframes[number].motion
            assert motion is not None
            tracks[number] = forward(tracks[number - 1], motion)
        for number in range(source - 1, -1, -1):
            motion = keyframes[number + 1].motion
            assert motion is not None
            tracks[number] = backward(tracks[number + 1], motion)
        return tracks

    def at(self, number: int) -> _Part:
        now, source, track = (
            self._keyframes[number],
            self._keyframes[self._source],
            self._tracks[number],
        )
        confidence = track_confidence(track, now.picture, source.picture)
        height, width = self._size
        ab = _fetched(self._colors.ab, track, height, width)
        weight = _fetched(self._colors.weight, track, height, width)
        sure = averaged(_ramp(confidence, _SURE_FROM, _SURE_TO), (height, width))
        if self._memory is not None:
            L_there = warp(averaged(source.L, now.picture.shape), track.places)
            off = cv2.GaussianBlur(np.abs(L_there - averaged(now.L, now.picture.shape)), (0, 0), 1)
            other = 1 - np.exp(-((off / np.float32(_OTHER_L)) ** 2))
            found = self._memory.at(now, track)
            take = found.better * np.maximum(
                averaged(other, found.better.shape),
                np.float32(_DOUBT) * (1 - averaged(confidence, found.better.shape)),
            )
            take, remembered = averaged(take, (height, width)), averaged(found.ab, (height, width))
            ab = ab + take[..., None] * (remembered - ab)
            weight = weight + take * (averaged(found.weight, (height, width)) - weight)
            sure = np.maximum(sure, averaged(found.alike, (height, width)))
        return _Part(
            GivenColors(np.asarray(ab, np.float32), np.asarray(weight * sure, np.float32)),
            1 / (1 + abs(number - self._source)),
        )


@dataclass(frozen=True)
class _Found:
    """What is remembered about the places of a keyframe, at the size of the features."""

    ab: Floats
    weight: Floats
    better: Floats
    """How much more alike these places are than those along the motion, 0..1."""
    alike: Floats
    """How alike they are, 0..1."""


class _Memory:
    """The places of the keyframe that has the colours, by the network's features."""

    def __init__(self, source: ShotKeyframe, colors: GivenColors, scale: FeatureScale) -> None:
        self._scale = scale
        vectors = scale.vectors(source.features)
        self._size = vectors.shape[0], vectors.shape[1]
        self._vectors = vectors.reshape(-1, vectors.shape[2])
        self._ab = averaged(colors.ab, self._size).reshape(-1, 2)
        self._weight = averaged(colors.weight, self._size).reshape(-1)
        height, width = self._size
        y, x = np.mgrid[:height, :width].astype(np.float32) / np.float32(height)
        where = np.stack([x.ravel(), y.ravel()], axis=1)
        squared = ((where[:, None] - where[None]) ** 2).sum(axis=2)
        self._prior = np.float32(_POSITION_PRIOR) * squared

    def at(self, now: ShotKeyframe, track: Track) -> _Found:
        height, width = self._size
        vectors = self._scale.vectors(now.features).reshape(self._vectors.shape)
        likeness = vectors @ self._vectors.T
        score = likeness - self._prior
        count = min(_REMEMBERED, score.shape[1])
        best = np.argpartition(-score, count - 1, axis=1)[:, :count]
        scores = np.take_along_axis(score, best, 1)
        top = scores.max(axis=1, keepdims=True)
        share = np.exp((scores - top) / np.float32(_SHARPNESS))
        share /= share.sum(axis=1, keepdims=True)
        ab = np.einsum("nk,nkc->nc", share, self._ab[best])
        weight = np.einsum("nk,nk->n", share, self._weight[best])
        there = track.resized(height, width).places
        channels = self._vectors.reshape(height, width, -1)
        along = np.zeros((height, width), np.float32)
        for first in range(0, channels.shape[2], 4):
            part = np.ascontiguousarray(channels[..., first : first + 4])
            moved = warp(part, there).reshape(height, width, -1)
            along += (moved * vectors.reshape(height, width, -1)[..., first : first + 4]).sum(2)
        gain = cv2.GaussianBlur(top.reshape(height, width) - along, (0, 0), 1)
        better = 1 / (1 + np.exp(-(gain - _BETTER) / _BETTER_STEP))
        return _Found(
            np.asarray(ab.reshape(height, width, 2), np.float32),
            np.asarray(weight.reshape(height, width), np.float32),
            np.asarray(better, np.float32),
            _ramp(top.reshape(height, width), _LIKE_FROM, _LIKE_TO),
        )


def _fetched(values: Floats, track: Track, height: int, width: int) -> Floats:
    """Return values of the source, of any size, at the places of a keyframe; shape (h, w[, n])."""
    size = track.consistency.shape
    moved = resized_flow(track.places - grid(*size), height, width) + grid(height, width)
    rows, columns = values.shape[:2]
    scale = np.array([columns / width, rows / height], np.float32)
    return warp(values, (moved + np.float32(0.5)) * scale - np.float32(0.5))


def _ramp(values: Floats, low: float, high: float) -> Floats:
    return np.asarray(np.clip((values - low) / (high - low), 0, 1), np.float32)
