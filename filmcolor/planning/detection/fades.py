"""Finds fades: shots that end or begin in black or white."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from filmcolor.planning.detection.hard_cuts import SHORTEST_SHOT
from filmcolor.planning.detection.similarity import SmallPicture, similarity

_EMPTY = 4.0
"""Standard deviation in code values below which a picture shows nothing."""
_DARK, _BRIGHT = 48.0, 200.0
"""Mean code values of black, as lifted as in faded prints, and of white."""
_SIMILAR = 0.85
_LONGEST = 3.0
"""Seconds that a fade takes at most."""
_STEP, _GROWTH = 0.16, 1.04
"""During a fade the contrast changes at least by this factor within this many seconds."""


@dataclass
class _Blank:
    first: int
    end: int
    similar: bool
    """Whether the pictures before and after are the same."""


@dataclass(frozen=True)
class Fade:
    """One shot ends and the next begins in black or white, at `position`."""

    position: int
    first: int
    """The first frame that is darker (or lighter) than the shot before."""
    end: int
    """The first frame that is as light as the shot after."""


class FadeFinder:
    """Looks at the frames of a film in order and collects fades."""

    def __init__(self) -> None:
        """Begin with no frame seen."""
        self._times: list[float] = []
        self._contrasts: list[float] = []
        self._blanks: list[_Blank] = []
        self._leader = 0
        self._before: SmallPicture | None = None
        self._blank_since: int | None = None

    def add(self, time: float, mean: float, contrast: float, picture: SmallPicture) -> bool:
        """Look at a frame: mean and standard deviation of its code values.

        Returns whether it is blank: black or white, with nothing to be seen.
        """
        index = len(self._times)
        self._times.append(time)
        self._contrasts.append(contrast)
        blank = contrast < _EMPTY and (mean <= _DARK or mean >= _BRIGHT)
        if blank:
            if self._blank_since is None:
                self._blank_since = index
            return True
        if self._blank_since is not None:
            if self._before is not None:
                self._end_blank(index, picture)
            else:
                self._leader = index
            self._blank_since = None
        self._before = picture
        return False

    def _end_blank(self, end: int, after: SmallPicture) -> None:
        assert self._before is not None
        assert self._blank_since is not None
        similar = similarity(self._before, after) >= _SIMILAR
        last = self._blanks[-1] if self._blanks else None
        if last and self._nothing_between(last.end, self._blank_since):
            last.end, last.similar = end, last.similar and similar
        else:
            self._blanks.append(_Blank(self._blank_since, end, similar))

    def _nothing_between(self, first: int, end: int) -> bool:
        """Return whether the frames between two blanks show no more than scratches and dust."""
        short = self._times[end] - self._times[first] < SHORTEST_SHOT
        return short or max(self._contrasts[first:end]) < 2 * _EMPTY

    def fades(self, cuts: Collection[int] = ()) -> list[Fade]:
        """Return the fades, in order; they do not go on beyond `cuts`, first frames of shots."""
        times = self._times
        fades: list[Fade] = []
        begin = 0
        for blank in self._blanks:
            if blank.similar and times[blank.end] - times[blank.first] < SHORTEST_SHOT:
                continue
            first = self._ramp(blank.first, -1, cuts) + 1
            end = self._ramp(blank.end - 1, 1, cuts)
            if fades and first <= fades[-1].end:  # no shot was to be seen in between
                first = fades.pop().first
            else:
                begin = blank.first
            fades.append(Fade((begin + blank.end) // 2, first, end))
        return fades

    def ends(self, cuts: Collection[int] = ()) -> tuple[int, int]:
        """Return how many frames at the film's beginning and end are blank or faded; 0 and 0 for
        a film in which there is nothing to be seen."""
        if self._before is None:
            return 0, 0
        opening = self._ramp(self._leader - 1, 1, cuts) if self._leader else 0
        closing = 0
        if self._blank_since is not None:
            closing = len(self._times) - 1 - self._ramp(self._blank_since, -1, cuts)
        return opening, closing

    def _ramp(self, edge: int, step: int, cuts: Collection[int]) -> int:
        """Return the first frame outside a fade, from its blank frame `edge` on outwards."""
        times, contrasts = self._times, self._contrasts
        highest, risen = contrasts[edge], times[edge]
        top = at = edge + step
        while 0 <= at < len(times) and (away := abs(times[at] - times[edge])) <= _LONGEST:
            if away > SHORTEST_SHOT and max(at, at - step) in cuts:
                break
            if contrasts[at] >= highest * _GROWTH:
                highest, risen, top = contrasts[at], times[at], at
            elif abs(times[at] - risen) > _STEP:
                break
            at += step
        return top
