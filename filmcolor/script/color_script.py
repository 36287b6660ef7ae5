"""The colour script: which colours each keyframe of a film has, decided before it is coloured.

Film, preview and every worker read the same one. It holds the colours of things, before the user's
saturation, tint, warmth and strength; of shots that are coloured along the motion alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from filmcolor.color.colorspace import Floats
from filmcolor.planning.shot import ShotFacts, ShotKind
from filmcolor.script.consensus import Agreed, Light
from filmcolor.script.given import GivenColors


class ColorScript(ABC):
    """Colours of keyframes, by the number of their shot and their timestamp.

    Before all shots are known, those of each shot are found alone: the `draft`.
    """

    draft: ShotDrafts

    @abstractmethod
    def ab(self, shot: int, pts: int) -> Floats | None:
        """Return ab of a keyframe at the network's output size; None where it has none.

        float32, shape (h, w, 2). `pts`: in units of the film's time base.
        """

    @abstractmethod
    def light(self, shot: int, pts: int) -> Light | None:
        """Return how light a keyframe is; None where it has no colours."""

    @abstractmethod
    def holds(self, shot: int) -> bool:
        """Return whether the shot's keyframes have their colours."""

    @property
    @abstractmethod
    def keyframes(self) -> int:
        """How many keyframes it holds."""

    @abstractmethod
    def keep(self, shot: int, keyframes: Iterable[Agreed]) -> None:
        """Take the colours of all keyframes of a shot, in order."""

    @abstractmethod
    def give(self, shot: int, pts: int, colors: GivenColors) -> None:
        """Take colours for a keyframe that count more than its own."""

    @abstractmethod
    def given(self, shot: int, pts: int) -> GivenColors | None:
        """Return the colours that count more than the keyframe's own, where there are any."""

    @abstractmethod
    def finish(self, facts: Mapping[int, ShotFacts]) -> None:
        """Keep what was found out about the shots; the drafts are not needed any more."""

    @property
    @abstractmethod
    def facts(self) -> Mapping[int, ShotFacts] | None:
        """What was found out about the shots; None as long as the script is not finished."""


class ShotDrafts(ABC):
    """Shots whose own keyframes agree, but which have not been compared with others."""

    @abstractmethod
    def holds(self, shot: int) -> bool:
        """Return whether the shot is there."""

    @abstractmethod
    def keep(self, shot: int, keyframes: Iterable[Agreed], looks: ShotLooks) -> None:
        """Take the keyframes of a shot, in order, and what was noted on the way, at their end."""

    @abstractmethod
    def of(self, shot: int) -> Iterator[Agreed]:
        """Yield the keyframes of a shot that is there."""

    @abstractmethod
    def looks(self, shot: int) -> ShotLooks | None:
        """Return what was noted of a shot; None where it is not there."""


@dataclass
class ShotLooks:
    """What was noted about a shot besides its colours."""

    features: tuple[Floats, ...] = ()
    """Of the keyframe that stands for it; see `filmcolor.networks.look.Look`."""
    pts: int = 0
    """Timestamp of that keyframe."""
    kind: ShotKind = "shot"
    """What the shot shows."""
