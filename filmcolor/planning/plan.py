"""The plan of a film: its shots, their keyframes, and what is to be different about a shot.

A plan is what the quick look at a film finds and what colouring follows. People may change it.
Timestamps (pts, in units of the film's time base) decide where things are; frame numbers and
timecodes stand beside them for people.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from filmcolor.errors import InputError, UsageError
from filmcolor.media.source import WHOLE_FILM, FrameRange
from filmcolor.settings import (
    Method,
    References,
    ReferenceStrength,
    Saturation,
    Strength,
    Tint,
    Warmth,
)

VERSION: Final = 1

Ticks = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A timestamp in units of the film's time base."""

Count = Annotated[int, Field(ge=0, lt=2**63)]


def _read_fraction(value: object) -> object:
    if isinstance(value, Fraction):
        return value
    parts = value.split("/") if isinstance(value, str) else []
    digits = [part for part in parts if part.isascii() and part.isdigit() and len(part) <= 10]
    if len(digits) != 2 or len(parts) != 2 or not all(map(int, digits)):
        raise ValueError('should be a fraction of a second such as "1/25"')
    return Fraction(int(digits[0]), int(digits[1]))


TimeBase = Annotated[
    Fraction,
    BeforeValidator(_read_fraction),
    PlainSerializer(lambda value: f"{value.numerator}/{value.denominator}"),
]


class _Object(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )


class FilmIdentity(_Object):
    """By what a film is recognised; what is None is not compared."""

    name: str = ""
    """File name, for people: a film may be renamed."""
    bytes: Count | None = None
    """Size of the file (of all files, for a sequence of pictures)."""
    width: Count | None = None
    height: Count | None = None
    time_base: TimeBase
    """What timestamps count, in seconds."""
    frames: Count | None = None
    """Number of frames that the container tells of."""
    first_pts: Ticks | None = None
    """Timestamp of the first frame."""
    video_stream: Count | None = None
    """Index of the video stream, where it is not the one that is usually coloured."""


class CoveredPart(_Object):
    """The part of the film that a plan covers, the end excluded; None stands for the film's own
    beginning or end."""

    pts: Ticks | None = None
    end_pts: Ticks | None = None


class Transition(_Object):
    """How a shot begins or ends."""

    kind: Literal["start", "end", "cut", "fade", "dissolve"] = "cut"
    """`start` and `end` are those of the film, or of the part of it that the plan covers."""
    frames: Count = 0
    """How many frames of the shot lie within the transition, none at a cut; at the `start` and
    `end`, how many are black or white or on the way there."""


class Keyframe(_Object):
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


class Hint(_Object):
    """A point of colour on a frame, which spreads over what it lies on."""

    frame: Count
    """Number of the frame; it becomes a keyframe if it is none."""
    x: Annotated[float, Field(ge=0)]
    """From the left, in pixels of the film as it is shown: upright, in square pixels."""
    y: Annotated[float, Field(ge=0)]
    """From the top, likewise."""
    colour: Annotated[str, AfterValidator(_checked_color)]
    """sRGB, such as "#2e7d32" or "green", or "neutral"; its brightness does not matter."""


class ShotSettings(_Object):
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


class ShotFacts(_Object):
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


class Plan(_Object):
    """The shots of a film, or of a part of it, in order and without gaps."""

    version: Literal[1] = VERSION
    film: FilmIdentity
    part: CoveredPart | None = None
    """None: all of the film."""
    shots: tuple[Shot, ...] = Field(min_length=1)

    @field_validator("shots")
    @classmethod
    def _numbered(cls, shots: tuple[Shot, ...]) -> tuple[Shot, ...]:
        """Number the shots, unless they have numbers in order already."""
        numbers = [shot.number for shot in shots]
        if all(a is not None and b is not None and a < b for a, b in pairwise([0, *numbers])):
            return shots
        return tuple(
            shot.model_copy(update={"number": number}) for number, shot in enumerate(shots, 1)
        )

    @model_validator(mode="after")
    def _without_gaps(self) -> Plan:
        for shot, following in pairwise(self.shots):
            if following.pts != shot.end_pts:
                fault = "there is a gap between" if following.pts > shot.end_pts else "overlap:"
                raise ValueError(
                    f"{fault} shots {shot.number} and {following.number}: set end_pts of shot "
                    f"{shot.number} ({shot.end_pts}) and pts of shot {following.number} "
                    f"({following.pts}) to the same timestamp"
                )
        return self

    @property
    def covered(self) -> FrameRange:
        """The part of the film that the plan covers."""
        if self.part is None:
            return WHOLE_FILM
        ends = (self.part.pts, self.part.end_pts)
        start, end = (None if pts is None else pts * self.film.time_base for pts in ends)
        return FrameRange(start, end)

    def with_settings(self, changes: Mapping[int, ShotSettings]) -> Plan:
        """Return the plan with other settings of some shots, by their numbers.

        What a change leaves open stays. Raises `UsageError` for a shot that the plan does not have.
        """
        if not changes:
            return self
        numbers = [shot.number or 0 for shot in self.shots]
        for number in changes:
            if number not in numbers:
                there = f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"
                near = min(numbers, key=lambda other: abs(other - number))
                raise UsageError(
                    f"`shot`: there is no shot {number} in {self.film.name or 'this film'}, or in "
                    f"this part of it, but {there} (the nearest is {near}).",
                    what="shot",
                    value=number,
                )

        def changed(shot: Shot) -> Shot:
            change = changes.get(shot.number or 0)
            if change is None:
                return shot
            return shot.model_copy(
                update={"settings": shot.settings.model_copy(update=change.changed)}
            )

        return self.model_copy(update={"shots": tuple(map(changed, self.shots))})

    def with_keyframes(
        self, wanted: Collection[int], frames: Mapping[int, int] | None = None
    ) -> Plan:
        """Return the plan in which frames of some timestamps are keyframes, too.

        Timestamps outside of the plan are passed over. `frames` are numbers of frames by their
        timestamps; others are reckoned from the time, exactly only at constant frame rates.
        """
        new: dict[int, list[int]] = {}
        for pts in sorted(set(wanted)):
            place = self.place_at(pts)
            shot = self.shots[place]
            known = any(keyframe.pts == pts for keyframe in shot.keyframes)
            if shot.pts <= pts < shot.end_pts and not known:
                new.setdefault(place, []).append(pts)
        if not new:
            return self
        shots = list(self.shots)
        for place, added in new.items():
            shots[place] = shots[place].with_keyframes(added, frames or {})
        return self.model_copy(update={"shots": tuple(shots)})

    def with_facts(self, facts: Mapping[int, ShotFacts]) -> Plan:
        """Return the plan with what was found out, by number of shot; what it says itself stays."""

        def told(shot: Shot) -> Shot:
            found = facts.get(shot.number or 0)
            if found is None:
                return shot
            change = {
                name: value
                for name, value in found.model_dump(include=set(ShotFacts.model_fields)).items()
                if getattr(shot, name) is None
            }
            return shot.model_copy(update=change)

        return self.model_copy(update={"shots": tuple(map(told, self.shots))})

    def place_at(self, pts: int | Fraction) -> int:
        """Return the place, from 0, of the shot that is shown at a time in ticks.

        The first one, or the last one, where that lies outside of the plan.
        """
        return max(0, bisect_right(self.shots, pts, key=lambda shot: shot.pts) - 1)

    def within(self, part: FrameRange) -> Plan:
        """Return the plan of a part of the film: the shots in it, those at its ends cut to size.

        A shot that is left without keyframes has its first frame for one. Raises `InputError`
        when the plan covers nothing of `part`.
        """
        first, last = self.shots[0].pts, self.shots[-1].end_pts
        begin = first if part.start is None else math.ceil(part.start / self.film.time_base)
        end = last if part.end is None else math.ceil(part.end / self.film.time_base)
        begin, end = max(begin, first), min(end, last)
        shots = tuple(
            shot
            if begin <= shot.pts and shot.end_pts <= end
            else shot.within(max(begin, shot.pts), min(end, shot.end_pts))
            for shot in self.shots
            if shot.pts < end and begin < shot.end_pts
        )
        if not shots:
            raise InputError(
                f"{self.film.name}: the plan covers nothing of this part of the film; make a plan "
                "of it with `filmcolor shots`."
            )
        whole = begin == first and end == last
        covered = self.part if whole else CoveredPart(pts=begin, end_pts=end)
        return self.model_copy(update={"part": covered, "shots": shots})
