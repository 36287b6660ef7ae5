"""When a film begins, how long it lasts and how fast it runs, by its container's account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from filmcolor.media.decode.exact_numbers import exact

_ABSOLUTE_START = frozenset({"mov", "matroska", "webm", "avi", "asf", "gif", "flv", "ivf"})
"""Containers whose timestamps count from the beginning of the film, so that 0 is the beginning
even when the first picture comes later; in others (broadcast streams) any number may come first.
"""

_DURATION_FROM_ZERO = frozenset({"matroska", "flv"})
"""Containers whose duration counts from 0, also where the first picture comes later."""


@dataclass(frozen=True)
class StatedTimes:
    """What a container says of the time of its film, all in seconds."""

    time_base: Fraction
    container_start: Fraction
    """When the first of all streams begins."""
    start: Fraction
    """The beginning of the film, from which people count."""
    duration: Fraction | None
    frame_rate: Fraction
    frames: int | None
    """How many; where the container does not say, by its duration."""


def stated_times(container: InputContainer, stream: Any, shown: Sequence[Fraction]) -> StatedTimes:
    """Return what `container` says of the film in `stream`.

    `shown`: when the first frames are shown, in seconds.
    """
    names = container.format.name.split(",")
    start = _seconds(container.start_time, Fraction(1, av.time_base)) or Fraction(0)
    absolute = any(name in _ABSOLUTE_START for name in names)
    rate = _frame_rate(stream)
    time_base = exact(stream.time_base) or Fraction(1, 1000)
    duration = _seconds(stream.duration, time_base) or _seconds(
        container.duration, Fraction(1, av.time_base)
    )
    if duration and not stream.duration and names[0] in _DURATION_FROM_ZERO:
        duration = max(Fraction(0), duration - max(Fraction(0), start)) or None
    count = stream.frames or None
    if count is None and duration:
        count = max(1, round(duration * rate))
    return StatedTimes(
        time_base=time_base,
        container_start=start,
        start=Fraction(0) if absolute else min([start, *shown]),
        duration=duration,
        frame_rate=rate,
        frames=count,
    )


def _frame_rate(stream: Any) -> Fraction:
    average, guessed = exact(stream.average_rate), exact(stream.guessed_rate)
    for rate in (average, guessed, exact(stream.base_rate)):
        if rate and 1 <= rate <= 480:
            return rate
    for rate in (average, guessed):
        if rate and 0 < rate < 1:
            return rate
    return Fraction(25)


def _seconds(value: int | None, unit: Fraction) -> Fraction | None:
    return None if value is None else value * unit
