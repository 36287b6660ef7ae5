"""What was found of a film that is looked at, for all that was decided about it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from filmcolor.media.source import FrameSource
from filmcolor.networks import Network
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot, ShotKind
from filmcolor.script.consensus import Agreed
from filmcolor.script.given import Given
from filmcolor.script.places import FeatureScale
from filmcolor.script.room_colors import ColorChange
from filmcolor.script.write import is_wanted
from filmcolor.settings import Settings
from filmcolor.viewing.draft_keys import DraftKeys
from filmcolor.viewing.drafts import DraftStore
from filmcolor.viewing.wished_shots import WishedShots

Keyframes = dict[int, Agreed]
"""By their timestamps."""


@dataclass(frozen=True)
class Decided:
    """All that the colours of a film depend on, besides its settings."""

    plan: Plan
    """As it is followed: with keyframes for all that is given."""
    given: tuple[Given, ...] = ()


@dataclass
class FoundColors:
    """What was found of a film until now; shared by all that was decided about it."""

    source: FrameSource
    settings: Settings
    network: Network
    store: DraftStore
    parts: OrderedDict[str, Keyframes] = field(default_factory=OrderedDict)
    changes: OrderedDict[tuple[str, ...], ColorChange] = field(default_factory=OrderedDict)
    scale: tuple[tuple[str, ...], FeatureScale] | None = None
    rooms: tuple[object, list[list[int]]] | None = None
    """Numbers of shots that show the same room, and of what that was found."""
    kinds: dict[str, ShotKind] = field(default_factory=dict)
    """What shots show, by their names, where a plan does not say it."""
    shots: dict[int, tuple[Shot, bool]] = field(default_factory=dict)
    """By identity: a plan that was changed has most of its shots from the one before."""
    looks: dict[int, tuple[Shot, str]] = field(default_factory=dict)
    """The names of what is noted of them; likewise."""
    wished: WishedShots = field(default_factory=WishedShots)
    guard: threading.RLock = field(default_factory=threading.RLock)
    """For what is in memory."""
    keys: DraftKeys = field(init=False)

    def __post_init__(self) -> None:
        """Name things by the settings."""
        self.keys = DraftKeys(self.settings, self.network)

    def is_wanted(self, shot: Shot) -> bool:
        """Return whether the colours of a shot's keyframes are wanted."""
        known = self.shots.get(id(shot))
        if known is None or known[0] is not shot:
            known = self.shots[id(shot)] = shot, is_wanted(shot, self.settings)
        return known[1]

    def looks_key(self, shot: Shot, networks: Mapping[str, Network]) -> str:
        """Return the name of what is noted of a shot."""
        known = self.looks.get(id(shot))
        if known is None or known[0] is not shot:
            known = self.looks[id(shot)] = shot, self.keys.looks(shot, networks)
        return known[1]

    def forget_shots(self, most: int) -> None:
        """Keep what is known of shots only if that is not of more than so many."""
        with self.guard:
            for known in (self.shots, self.looks):
                if len(known) > most:
                    known.clear()
