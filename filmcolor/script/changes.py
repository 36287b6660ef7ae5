"""What people want otherwise than the plan of a film, and the networks, have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from filmcolor.media.source import FrameRange
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import ShotSettings
from filmcolor.script.given import Given


@dataclass(frozen=True)
class Changes:
    """Changes to the colours of a film."""

    shots: Mapping[int, ShotSettings] = field(default_factory=dict)
    """What is different about single shots, besides what the plan says; by their numbers."""
    given: tuple[Given, ...] = ()
    """Colours of keyframes that count more than those of the network."""

    def followed(self, plan: Plan, part: FrameRange) -> Plan:
        """Return what is followed of a plan: a part of it, with these changes.

        Of what this returns, it returns the same again. Raises `UsageError` for a shot that is not
        there, `InputError` when the plan covers nothing of the part.
        """
        return (
            plan.within(part)
            .with_settings(self.shots)
            .with_keyframes([each.pts for each in self.given])
        )
