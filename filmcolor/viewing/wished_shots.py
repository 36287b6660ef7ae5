"""Shots on which somebody paints, kept as they were seen, so that the next stroke is quick."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from filmcolor.script.given import AsKept, CarriedColors, GivenColors
from filmcolor.script.wished_shot import WishedShot

_MOST_BYTES = 32 << 20
_SHOTS_KEPT = 2
_CARRIED_KEPT = 2
_KEYFRAMES_KEPT = 3
"""Of those to which something is carried: a frame lies between two; of several MB each."""


class Carried:
    """What is given to the keyframes of a shot, found as it is asked for; thread-safe."""

    def __init__(self, colors: CarriedColors, agreed: str) -> None:
        """Find nothing yet. `agreed`: the name of the shot's own colours, which are the same."""
        self.agreed = agreed
        self._colors = colors
        self._known: OrderedDict[int, GivenColors | None] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, pts: int) -> GivenColors | None:
        """Return what is given to a keyframe, as precisely as it is kept on the disk."""
        with self._lock:
            if pts not in self._known:
                found = self._colors.at(pts)
                self._known[pts] = None if found is None else AsKept(found).load()
                if len(self._known) > _KEYFRAMES_KEPT:
                    self._known.popitem(last=False)
            return self._known[pts]


class WishedShots:
    """The shots that were seen last for what people want of them; thread-safe."""

    def __init__(self) -> None:
        """Nothing is wanted yet."""
        self._shots: OrderedDict[str, tuple[WishedShot, str]] = OrderedDict()
        self._carried: OrderedDict[str, Carried] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, key: str, shot: WishedShot, agreed: str) -> None:
        """Keep a shot by its name; `agreed`: the name of its own colours."""
        with self._lock:
            self._shots[key] = shot, agreed
            self._shots.move_to_end(key)
            total = sum(each.bytes for each, _ in self._shots.values())
            while total > _MOST_BYTES or len(self._shots) > _SHOTS_KEPT:
                total -= self._shots.popitem(last=False)[1][0].bytes

    def carried(
        self, key: str, colors: str, carry: Callable[[WishedShot], CarriedColors | None]
    ) -> Carried | None:
        """Return what is wanted of a shot, carried by `carry`; None where it was not seen for it.

        `key`: the shot's name; `colors`: that of its colours with what is wanted.
        """
        with self._lock:
            known, shot = self._carried.get(colors), self._shots.get(key)
        if known is not None or shot is None:
            return known
        found = carry(shot[0])
        if found is None:
            return None
        with self._lock:
            known = self._carried[colors] = Carried(found, shot[1])
            if len(self._carried) > _CARRIED_KEPT:
                self._carried.popitem(last=False)
            return known
