"""A shot of which people want something: what its keyframes look like, whatever that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from filmcolor.color.colorspace import Floats
from filmcolor.media.film import FilmInfo
from filmcolor.networks.look import Look
from filmcolor.script.given import CarriedColors, Given, ShotKeyframe
from filmcolor.script.given_layers import KeyframeWishes


@dataclass(frozen=True)
class SeenClosely:
    """A keyframe of which something is wanted."""

    L: Floats | None
    """As `lightness_for_hints` gives it; None where nothing is to be spread over it."""
    look: Look


@dataclass(frozen=True)
class WishedShot:
    """All keyframes of a shot, as they were seen for what people want of some.

    Who wants something else of the same keyframes need not look at the film again.
    """

    keyframes: Sequence[ShotKeyframe]
    seen: Mapping[int, SeenClosely]
    """By the timestamps of keyframes of which something was wanted."""

    def carried(
        self, wishes: Mapping[int, KeyframeWishes], shot: int, info: FilmInfo
    ) -> CarriedColors | None:
        """Return what is wanted, by timestamps, carried to all keyframes of the shot.

        None where something is wanted of a keyframe that was not seen for that.
        """
        there = {keyframe.pts for keyframe in self.keyframes}
        given = []
        for pts in sorted(there & wishes.keys()):
            seen, wish = self.seen.get(pts), wishes[pts]
            if seen is None or (wish.has_hints and seen.L is None):
                return None
            given.append(Given(shot, pts, wish.colors(seen.L, seen.look, info)))
        return CarriedColors(self.keyframes, given)

    @property
    def bytes(self) -> int:
        """How much memory it takes, about."""
        total = 0
        for each in self.keyframes:
            total += each.picture.nbytes + each.L.nbytes
            total += sum(grid.nbytes for grid in each.features)
            if each.motion is not None:
                total += sum(values.nbytes for values in vars(each.motion).values())
        return total + sum(0 if each.L is None else each.L.nbytes for each in self.seen.values())
