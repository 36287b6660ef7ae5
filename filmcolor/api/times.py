"""How moments of a film are given."""

from __future__ import annotations

from fractions import Fraction

from filmcolor.media.timecode import Position, parse_position

Time = str | int | float | Fraction
"""A point in a film: a frame (`"120f"`), seconds (`12.5`) or a timecode (`"00:01:02.500"`)."""


def positions(*times: Time | None) -> list[Position | None]:
    """Return times as they are meant; raises `UsageError` for what is none."""
    return [None if time is None else parse_position(time) for time in times]
