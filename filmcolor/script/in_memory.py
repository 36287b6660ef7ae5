"""A colour script in memory, for a short film or a part of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.planning.shot import ShotFacts
from filmcolor.script.color_script import ColorScript, ShotDrafts, ShotLooks
from filmcolor.script.consensus import Agreed, Light
from filmcolor.script.given import GivenColors
from filmcolor.script.given_files import given_bytes, given_of
from filmcolor.script.records import (
    Halves,
    as_kept,
    looks_bytes,
    looks_of,
)


class ScriptInMemory(ColorScript):
    """A colour script for one use, of a short film or a part of one."""

    def __init__(self) -> None:
        """Begin with no shot."""
        self.draft: DraftsInMemory = DraftsInMemory()
        self._shots: dict[int, dict[int, tuple[Halves, Light]]] = {}
        self._given: dict[tuple[int, int], GivenColors] = {}
        self._facts: Mapping[int, ShotFacts] | None = None

    def ab(self, shot: int, pts: int) -> Floats | None:
        """Return ab of a keyframe; see `ColorScript`."""
        found = self._shots.get(shot, {}).get(pts)
        return None if found is None else found[0].astype(np.float32)

    def light(self, shot: int, pts: int) -> Light | None:
        """Return how light a keyframe is; see `ColorScript`."""
        found = self._shots.get(shot, {}).get(pts)
        return None if found is None else found[1]

    def holds(self, shot: int) -> bool:
        """Return whether the shot's keyframes have their colours."""
        return shot in self._shots

    @property
    def keyframes(self) -> int:
        """How many keyframes it holds."""
        return sum(map(len, self._shots.values()))

    def keep(self, shot: int, keyframes: Iterable[Agreed]) -> None:
        """Take the colours of all keyframes of a shot, in order."""
        self._shots[shot] = {
            each.pts: (each.ab.astype(np.float16), as_kept(each).light) for each in keyframes
        }

    def give(self, shot: int, pts: int, colors: GivenColors) -> None:
        """Take colours for a keyframe, as exactly as they would stand on the disk."""
        self._given[shot, pts] = given_of(given_bytes(colors))

    def given(self, shot: int, pts: int) -> GivenColors | None:
        """Return the colours that count more than the keyframe's own, where there are any."""
        return self._given.get((shot, pts))

    def finish(self, facts: Mapping[int, ShotFacts]) -> None:
        """Keep what was found out about the shots."""
        self._facts = dict(facts)
        self.draft = DraftsInMemory()

    @property
    def facts(self) -> Mapping[int, ShotFacts] | None:
        """What was found out about the shots, once the script is finished."""
        return self._facts


class DraftsInMemory(ShotDrafts):
    """Drafts of a `ScriptInMemory`."""

    def __init__(self) -> None:
        """Begin with no shot."""
        self._shots: dict[int, tuple[list[Agreed], bytes]] = {}

    def holds(self, shot: int) -> bool:
        """Return whether the shot is there."""
        return shot in self._shots

    def keep(self, shot: int, keyframes: Iterable[Agreed], looks: ShotLooks) -> None:
        """Take the keyframes of a shot, as exactly as they would stand on the disk."""
        rounded = [as_kept(each) for each in keyframes]
        # As bytes: of a long film, all shots may be looked at, and this is half as much.
        self._shots[shot] = rounded, looks_bytes(looks)

    def of(self, shot: int) -> Iterator[Agreed]:
        """Yield the keyframes of a shot."""
        yield from self._shots[shot][0]

    def looks(self, shot: int) -> ShotLooks | None:
        """Return what was noted of a shot."""
        return looks_of(self._shots[shot][1]) if shot in self._shots else None
