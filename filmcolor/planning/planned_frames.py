"""Frames with what the plan says of them: their shot, its settings, and their part in it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from enum import Enum

from filmcolor.media.source import Frame
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot
from filmcolor.settings import ColorSettings


class Zone(Enum):
    """Where in its shot a frame lies."""

    CLEAR = "clear"
    """Nothing but the shot is to be seen."""
    FADE = "fade"
    """The shot comes out of black or white, or goes there."""
    DISSOLVE = "dissolve"
    """The shot and its neighbour are seen through each other."""


@dataclass(frozen=True)
class ShotChoices:
    """How the frames of a shot are coloured."""

    settings: ColorSettings
    """Those of the run, with the changes that the plan makes to this shot."""
    network: str | None
    """The network of this shot, where the plan names one."""
    grey: bool
    """Whether the shot stays grey."""

    @property
    def propagated(self) -> bool:
        """Whether the colours of keyframes are carried to the frames between."""
        return self.settings.method == "propagate" and not self.grey


def shot_choices(shot: Shot, settings: ColorSettings) -> ShotChoices:
    """Return how the frames of a shot are coloured, by the settings of the run and its own."""
    changed = shot.settings.changed
    skip = changed.pop("skip", None)
    neutral = shot.kind not in (None, "shot") and settings.titles == "neutral"
    grey = neutral if skip is None else bool(skip)
    network = changed.pop("network", None)
    return ShotChoices(settings.model_copy(update=changed), None if grey else network, grey)


@dataclass(frozen=True)
class PlannedFrame:
    """A frame and what the plan says of it."""

    frame: Frame
    choices: ShotChoices
    opens_shot: bool
    keyframe: bool
    zone: Zone
    number: int
    """Of the frame in its shot, from 0."""
    shot: int = 1
    """Number of its shot in the film."""
    next_keyframe: int | None = None
    """Timestamp of the shot's next keyframe behind it; None: there is none in the plan."""


@dataclass(frozen=True)
class Passed:
    """How far a shot has come already, where frames begin in the middle of one."""

    frames: int
    pts: int
    """Timestamp of the last of these frames."""


def planned_frames(
    frames: Generator[Frame], plan: Plan, settings: ColorSettings, passed: Passed | None = None
) -> Generator[PlannedFrame]:
    """Yield `frames`, in order, with what `plan` says of each; timestamps decide.

    With `passed`, the first frame goes on with its shot instead of opening it.
    """
    with closing(frames):
        upcoming = iter(plan.shots)
        following = next(upcoming, None)
        shot: _OpenShot | None = None
        for frame in frames:
            opens = shot is None
            while following is not None and (shot is None or frame.pts >= following.pts):
                shot = _OpenShot(following, settings)
                following = next(upcoming, None)
                opens = True
            assert shot is not None
            if passed is not None:
                shot.skip(passed)
                passed, opens = None, False
            yield shot.frame(frame, opens)


def every_frame_alone(
    frames: Generator[Frame], settings: ColorSettings, passed: Passed | None = None
) -> Generator[PlannedFrame]:
    """Yield `frames` as one shot without keyframes; for methods that need no plan."""
    choices = ShotChoices(settings, None, False)
    first = passed.frames if passed is not None else 0
    with closing(frames):
        for number, frame in enumerate(frames, first):
            yield PlannedFrame(frame, choices, number == 0, False, Zone.CLEAR, number)


class _OpenShot:
    """A shot while its frames are read."""

    def __init__(self, shot: Shot, settings: ColorSettings) -> None:
        self._choices = shot_choices(shot, settings)
        self._shot = shot
        self._count = 0
        self._keyframes = [keyframe.pts for keyframe in shot.keyframes]
        """Those that are still to come."""
        opening, closing_ = shot.opens.frames, shot.closes.frames
        if opening + closing_ >= shot.frames:
            opening = closing_ = 0  # nothing clear would be left
        self._clear_from, self._clear_to = opening, shot.frames - closing_

    def skip(self, passed: Passed) -> None:
        """Go on behind the frames that have passed."""
        self._count = passed.frames
        self._keyframes = [pts for pts in self._keyframes if pts > passed.pts]

    def frame(self, frame: Frame, opens: bool) -> PlannedFrame:
        """Return the next frame of the shot with what is known of it."""
        number = self._count
        self._count += 1
        shot = self._shot
        zone, transition = Zone.CLEAR, None
        if number < self._clear_from:
            transition = shot.opens
        elif self._clear_to < shot.frames and number >= self._clear_to:
            transition = shot.closes
        if transition is not None:
            zone = Zone.DISSOLVE if transition.kind == "dissolve" else Zone.FADE
        # A keyframe that an edited plan puts between two frames is the one after.
        keyframe = False
        while self._keyframes and self._keyframes[0] <= frame.pts:
            self._keyframes.pop(0)
            keyframe = True
        keyframe |= not self._shot.keyframes and number == self._clear_from
        # The last clear frame before a dissolve and the first one after it carry it.
        for kind, border in (
            (shot.opens.kind, self._clear_from if self._clear_from else None),
            (shot.closes.kind, self._clear_to - 1 if self._clear_to < shot.frames else None),
        ):
            keyframe |= kind == "dissolve" and number == border
        return PlannedFrame(
            frame,
            self._choices,
            opens,
            keyframe,
            zone,
            number,
            self._shot.number or 1,
            self._keyframes[0] if self._keyframes else None,
        )
