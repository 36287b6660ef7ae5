"""A shot of a film as a plan has it: where it lies, its keyframes, and what is different about it.

Timestamps (pts, in units of the film's time base) decide where things are; frame numbers and
timecodes stand beside them for people.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from filmcolor.planning.plan_values import Count, PlanObject, Ticks
from filmcolor.settings import (
    Method,
    References,
    ReferenceStrength,
    Saturation,
    Strength,
    Tint,
    Warmth,
)


class Transition(PlanObject):
    """How a shot begins or ends."""

    kind: Literal["start", "end", "cut", "fade", "dissolve"] = "cut"
    """`start` and `end` are those of the film, or of the part of it that the plan covers."""
    frames: Count = 0
    """How many frames of the shot lie within the transition, none at a cut; at the `start` and
    `end`, how many are black or white or on the way there."""


class Keyframe(PlanObject):
    """A frame that the network colours itself."""

    frame: Count
    pts: Ticks
    time: str = ""
    """Timecode, for people."""


def _checked_color(text: str) -> str:
    if text != "neutral":
        from PIL import ImageColor  # slow to import, and most plans have no hints

        try:
            ImageColor.getrgb(text)
        except ValueError:
            raise ValueError('should be a colour such as "#2e7d32", or "neutral"') from None
    return text


class Hint(PlanObject):
    """A point of colour on a frame, which spreads over what it lies on."""

    frame: Count
    """Number of the frame; it becomes a keyframe if it is none."""
    x: Annotated[float, Field(ge=0)]
    """From the left, in pixels of the film as it is shown: upright, in square pixels."""
    y: Annotated[float, Field(ge=0)]
    """From the top, likewise."""
    colour: Annotated[str, AfterValidator(_checked_color)]
    """sRGB, such as "#2e7d32" or "green", or "neutral"; its brightness does not matter."""


class ShotSettings(PlanObject):
    """What is different about a shot; what is None is as the run says."""

    saturation: Saturation | None = None
    warmth: Warmth | None = None
    tint: Tint | None = None
    strength: Strength | None = None
    method: Method | None = None
    network: str | None = Field(default=None, min_length=1)
    """A network's name, or a path."""
    references: References | None = None
    """Paths of colour pictures that lend their colours, instead of those of the run."""
    reference_strength: ReferenceStrength | None = None
    skip: bool | None = None
    """Whether the shot stays grey."""

    @property
    def changed(self) -> dict[str, Any]:
        """The settings that are given, by name."""
        return self.model_dump(exclude_none=True)


ShotKind = Literal["shot", "title", "leader", "bars", "black"]
"""What a shot shows: a picture of the world, text, a countdown, a test picture, or nothing (white
counts as black). See `filmcolor.planning.detection.titles`."""


class ShotFacts(PlanObject):
    """What is found out about a shot by looking at its keyframes."""

    room: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    """Shots of one number show the same place, and its things get the same colours; None: not
    looked for."""
    kind: ShotKind | None = None
    """None: not looked for."""


class Shot(ShotFacts):
    """A run of frames from one camera, from `pts` until just before `end_pts`."""

    number: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    """Its place in the film, from 1, by which messages and sheets call it."""
    first_frame: Count
    end_frame: Count
    """Number of the frame after the last one."""
    pts: Ticks
    end_pts: Ticks
    time: str = ""
    """Timecode of the first frame, for people."""
    seconds: float | None = Field(default=None, ge=0)
    """How long it lasts, for people."""
    opens: Transition = Transition()
    closes: Transition = Transition()
    settings: ShotSettings = ShotSettings()
    hints: tuple[Hint, ...] | None = None
    """Points of colour on frames of the shot."""
    keyframes: tuple[Keyframe, ...] = ()
    """In order; none means that the first frame is the only one."""

    @property
    def frames(self) -> int:
        """How many frames the shot has."""
        return self.end_frame - self.first_frame

    def dissolves_into(self, following: Shot) -> bool:
        """Return whether the shot and the one that follows are seen through each other."""
        return "dissolve" in (self.closes.kind, following.opens.kind)

    @model_validator(mode="after")
    def _in_order(self) -> Shot:
        if self.end_pts <= self.pts:
            raise ValueError("should end after it begins: set end_pts above pts")
        if self.end_frame <= self.first_frame:
            raise ValueError("should have frames: set end_frame above first_frame")
        for hint in self.hints or ():
            if not self.first_frame <= hint.frame < self.end_frame:
                raise ValueError(
                    f"a hint on frame {hint.frame} lies outside its shot (frames "
                    f"{self.first_frame} to {self.end_frame - 1}): move it to the shot of its frame"
                )
        last: int | None = None
        for number, keyframe in enumerate(self.keyframes, 1):
            if not self.pts <= keyframe.pts < self.end_pts:
                raise ValueError(
                    f"keyframe {number} (pts {keyframe.pts}) lies outside its shot "
                    f"({self.pts} to {self.end_pts}): move it or take it out"
                )
            if last is not None and keyframe.pts <= last:
                raise ValueError(
                    f"keyframe {number} (pts {keyframe.pts}) does not lie after the one before "
                    "it: sort the keyframes by pts"
                )
            last = keyframe.pts
        return self

    def within(self, pts: int, end_pts: int) -> Shot:
        """Return the piece of the shot from `pts` until just before `end_pts`.

        Both lie within the shot. The frame numbers of a new beginning or end are reckoned from
        the time, so they are exact only at constant frame rates; the timestamps are exact.
        """
        keyframes = tuple(k for k in self.keyframes if pts <= k.pts < end_pts)
        change: dict[str, Any] = {"keyframes": keyframes}
        if pts > self.pts:
            change |= {"pts": pts, "time": "", "opens": Transition(kind="start")}
            change["first_frame"] = min(self._frame_at(pts), self.end_frame - 1)
        if end_pts < self.end_pts:
            change |= {"end_pts": end_pts, "closes": Transition(kind="end")}
            first = change.get("first_frame", self.first_frame)
            change["end_frame"] = max(self._frame_at(end_pts), first + 1)
        if len(change) > 1:
            change["seconds"] = None
        if self.hints:
            first = change.get("first_frame", self.first_frame)
            end = change.get("end_frame", self.end_frame)
            change["hints"] = tuple(hint for hint in self.hints if first <= hint.frame < end)
        return self.model_copy(update=change)

    def with_keyframes(self, added: Collection[int], frames: Mapping[int, int]) -> Shot:
        """Return the shot with keyframes at these timestamps, too; none of them is one yet.

        `frames`: numbers of frames by their timestamps, as far as they are known.
        """
        # A shot without any has its first frame for one, and keeps it.
        pts = {*added, self.pts} if not self.keyframes else added
        new = [Keyframe(frame=frames.get(p, self._frame_at(p)), pts=p) for p in pts]
        keyframes = sorted([*self.keyframes, *new], key=lambda keyframe: keyframe.pts)
        return self.model_copy(update={"keyframes": tuple(keyframes)})

    def _frame_at(self, pts: int) -> int:
        """Return the number of the first frame at or after `pts`, if all last equally long."""
        passed = Fraction(self.frames * (pts - self.pts), self.end_pts - self.pts)
        return self.first_frame + math.ceil(passed)
