"""Finds dissolves: for a while the picture is a mixture of two others.

During a dissolve from A to B each frame is a*A + b*B, with a falling from 1 to 0 and b rising
from 0 to 1. So three frames inside a stretch are tried as mixtures of the frames at its ends, over
stretches of many lengths; inner products of small pictures are all that this takes. A moving
camera or a passing cart can look like that, too. But then the picture is better put together from
moved pieces of either end than from the two on top of each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from filmcolor.planning.detection.similarity import SmallPicture, similarity

_LONGEST = 4.0
"""Seconds that a dissolve takes at most."""
_LENGTHS = np.array([4, 8, 12, 16, 24, 32, 48, 64, 96, 128])
"""Lengths that are tried, in frames; multiples of 4."""
_QUARTERS = np.array([[1], [2], [3]])
_SPACING = 1 / 31
"""Seconds between the frames that are looked at, at least: 30 a second of faster films."""
_TRY_EVERY = 1 / 16
"""Seconds between the frames at which a dissolve may have ended."""
_KEPT = 200
"""Frames that are kept: the greatest length and a quarter of it on either side."""

_CONTRAST = 5.0
"""Least standard deviation of both ends in code values; less is a fade."""
_CORRELATED = 0.7
"""Correlation from which the two ends are the same picture."""
_STILL = 0.8
"""Outside a dissolve, over a quarter of its length, the picture changes at most this share of what
it changes over half of it inside."""
_MIXED = 0.6
"""Share of a frame's contrast that a mixture has to explain."""
_STEP = 0.05
"""By how much the share of the second picture rises over a quarter, at least."""
_DISSIMILAR = 0.25
"""Dissimilarity of the two ends, which allows for movement, at least."""
_BETTER = 0.02
"""By how much a frame in the middle is more like the mixture than like either end."""
_SCORE = 0.45
"""Least sum of the dissimilarity of the ends and three times what the mixture is better by: fast
movement can pass for one of the two, hardly for both."""
_MARGIN = 0.08
"""Share of one picture in the other that cannot be told from movement and flicker."""
_JUMP = 0.4
"""Share of the way from one picture to the other that is never gone in one frame, but at cuts."""
_SHORTEST = 0.15
"""Seconds; what is shorter is a cut with a mixed frame or two, or a jump in the gate."""


@dataclass(frozen=True)
class Dissolve:
    """Frames `first` to `last` show two shots at once."""

    first: int
    last: int
    score: float


@dataclass(frozen=True)
class _Stretch:
    begin: int
    end: int


class DissolveFinder:
    """Looks at the frames of a film in order and collects dissolves."""

    def __init__(self, features: int) -> None:
        """Begin with no frame seen; `features` is the length of the vectors that will come."""
        self._vectors = np.zeros((_KEPT, features), np.float32)
        self._products = np.zeros((_KEPT, _KEPT), np.float64)
        self._indices = np.zeros(_KEPT, np.int64)
        self._times = np.full(_KEPT, -1e9)
        self._pictures: list[SmallPicture] = [np.zeros((0, 0), np.uint8)] * _KEPT
        self._count = 0
        self._tried = -1e9
        self._found: list[Dissolve] = []

    def add(
        self, index: int, time: float, vector: NDArray[np.float32], picture: SmallPicture
    ) -> None:
        """Look at a frame: its pixels as a vector without their mean, and its coarse picture."""
        if time - self._times[(self._count - 1) % _KEPT] < _SPACING:
            return
        at = self._count % _KEPT
        self._vectors[at] = vector
        self._indices[at], self._times[at], self._pictures[at] = index, time, picture
        self._products[at] = self._products[:, at] = self._vectors @ vector
        self._count += 1
        if time - self._tried >= _TRY_EVERY:
            self._tried = time
            self._try(missing=0)

    def finish(self) -> None:
        """Look for dissolves that end with the film."""
        for missing in range(1, int(_LENGTHS[-1]) // 4 + 1):
            self._try(missing)

    def dissolves(self) -> list[Dissolve]:
        """Return the dissolves, in order; of those that overlap, the clearest."""
        chosen: list[Dissolve] = []
        for one in sorted(self._found, key=lambda dissolve: -dissolve.score):
            if all(one.last < other.first or other.last < one.first for other in chosen):
                chosen.append(one)
        return sorted(chosen, key=lambda dissolve: dissolve.first)

    def _try(self, missing: int) -> None:
        """Try the stretches of all lengths behind which a quarter of their length was seen.

        `missing` frames of that quarter are not there, because the film is over.
        """
        stretch = self._best_stretch(missing)
        if stretch is None:
            return
        one, other = self._pictures[stretch.begin % _KEPT], self._pictures[stretch.end % _KEPT]
        dissimilarity = 1 - similarity(one, other)
        if dissimilarity < _DISSIMILAR:
            return
        better = self._better_as_mixture(stretch, one, other)
        score = dissimilarity + 3 * better
        if better >= _BETTER and score >= _SCORE:
            self._note(stretch, score)

    def _best_stretch(self, missing: int) -> _Stretch | None:
        """Return the stretch that looks most like a dissolve, or None where none does."""
        newest, oldest = self._count - 1, max(0, self._count - _KEPT)
        ends = newest - _LENGTHS // 4 + missing
        begins = ends - _LENGTHS
        begin, end = begins % _KEPT, ends % _KEPT
        g = self._products
        own_begin, own_end, cross = g[begin, begin], g[end, end], g[begin, end]
        contrasts = np.sqrt(own_begin * own_end)
        possible = (
            (begins >= oldest)
            & (ends <= newest)
            & (cross < _CORRELATED * contrasts)
            & (np.minimum(own_begin, own_end) >= self._vectors.shape[1] * _CONTRAST**2)
            & (self._times[end] - self._times[begin] <= _LONGEST)
        )
        if not possible.any():
            return None
        lengths, begins, ends, begin, end = (
            array[possible] for array in (_LENGTHS, begins, ends, begin, end)
        )
        own_begin, own_end, cross, contrasts = (
            array[possible] for array in (own_begin, own_end, cross, contrasts)
        )
        before = np.maximum(begins - lengths // 4, oldest) % _KEPT
        after = np.minimum(ends + lengths // 4, newest) % _KEPT
        inner = (begins + lengths // 4 * _QUARTERS) % _KEPT
        still = (self._apart(before, begin) < _STILL * self._apart(begin, inner[1])) & (
            self._apart(end, after) < _STILL * self._apart(inner[1], end)
        )
        # Least squares: each inner frame as a * begin + b * end.
        with_begin, with_end = g[inner, begin], g[inner, end]
        determinant = own_begin * own_end - cross * cross
        a = (with_begin * own_end - with_end * cross) / determinant
        b = (with_end * own_begin - with_begin * cross) / determinant
        explained = (a * with_begin + b * with_end) / np.maximum(g[inner, inner], 1e-6)
        share = b / np.maximum(np.abs(a) + np.abs(b), 1e-6)
        mixed = (
            still
            & (explained.min(axis=0) >= _MIXED)
            & (np.abs(share[1] - 0.5) <= 0.25)
            & (np.diff(share, axis=0).min(axis=0) >= _STEP)
            & (np.abs(share - 0.5).max(axis=0) <= 0.6)
        )
        fit = np.where(mixed, explained.min(axis=0) - cross / contrasts, -np.inf)
        best = int(fit.argmax())
        return _Stretch(int(begins[best]), int(ends[best])) if mixed[best] else None

    def _apart(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the squared distance of frames."""
        g = self._products
        return np.asarray(g[one, one] - 2 * g[one, other] + g[other, other])

    def _better_as_mixture(
        self, stretch: _Stretch, one: SmallPicture, other: SmallPicture
    ) -> float:
        """Return by how much the middle frame is more like the mixture than like either end."""
        middle = self._pictures[(stretch.begin + stretch.end) // 2 % _KEPT]
        ends = np.stack([one.ravel(), other.ravel()], axis=1).astype(np.float32)
        ends -= ends.mean(axis=0)
        level = float(middle.mean())
        shares = np.linalg.lstsq(ends, middle.ravel() - level, rcond=None)[0]
        mixture = np.clip(ends @ shares + level, 0, 255).astype(np.uint8).reshape(middle.shape)
        alone = max(similarity(middle, one), similarity(middle, other))
        return similarity(middle, mixture) - alone

    def _note(self, stretch: _Stretch, score: float) -> None:
        """Note which frames are mixed."""
        # The stretch may be but the middle of a long dissolve: the pure pictures lie outside.
        room = (stretch.end - stretch.begin) // 4
        begin = max(stretch.begin - room, 0, self._count - _KEPT)
        end = min(stretch.end + room, self._count - 1)
        frames = np.arange(begin, end + 1) % _KEPT
        from_begin = self._apart(frames[:1], frames)
        from_end = self._apart(frames, frames[-1:])
        whole = max(float(from_begin[-1]), 1e-6)
        # How far along the line from one picture to the other each frame lies, 0 to 1.
        way = (from_begin - from_end + whole) / (2 * whole)
        middle = (stretch.begin + stretch.end) // 2 - begin
        first = 1 + max(np.flatnonzero(way[:middle] <= _MARGIN), default=0)
        last = middle + min(np.flatnonzero(way[middle:] >= 1 - _MARGIN), default=end - begin) - 1
        more = round(_MARGIN * (last - first))  # what is mixed with still less
        first, last = max(1, first - more), min(end - begin - 1, last + more)
        if first >= last or np.diff(way).max() > _JUMP:
            return
        mixed = frames[first : last + 1]
        if self._times[mixed[-1]] - self._times[mixed[0]] >= _SHORTEST:
            ends = int(self._indices[mixed[0]]), int(self._indices[mixed[-1]])
            self._found.append(Dissolve(*ends, score))
