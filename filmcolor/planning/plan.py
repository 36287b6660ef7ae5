"""The plan of a film: its shots in order, and of which film they are.

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
from typing import Final, Literal

from pydantic import Field, field_validator, model_validator

from filmcolor.errors import InputError, UsageError
from filmcolor.media.source import WHOLE_FILM, FrameRange
from filmcolor.planning.plan_values import Count, PlanObject, Ticks, TimeBase
from filmcolor.planning.shot import Shot, ShotFacts, ShotSettings

VERSION: Final = 1


class FilmIdentity(PlanObject):
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


class CoveredPart(PlanObject):
    """The part of the film that a plan covers, the end excluded; None stands for the film's own
    beginning or end."""

    pts: Ticks | None = None
    end_pts: Ticks | None = None


class Plan(PlanObject):
    """The shots of a film, or of a part of it, in order and without gaps."""

    version: Literal[1] = VERSION
    film: FilmIdentity
    part: CoveredPart | None = None
    """None: all of the film."""
    rooms: Literal["unsought"] | None = None
    """`unsought`: nobody has looked yet which shots show the same place, and colouring does not
    look either, so that each shot gets its own colours. None: what the shots say; where none of
    them says anything, colouring looks."""
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
    def rooms_are_open(self) -> bool:
        """Whether colouring is to look for shots that show the same place."""
        several = len(self.shots) > 1 and self.rooms is None
        return several and all(shot.room is None for shot in self.shots)

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
