"""Points in a film as people write them: `120f`, `12.5`, `00:01:02.500`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from filmcolor.errors import UsageError

_FRAME = re.compile(r"^(\d+)f$")
_SECONDS = re.compile(r"^\d+(?:\.\d*)?$|^\.\d+$")
_TIMECODE = re.compile(r"^(?:(\d+):)?([0-5]?\d):([0-5]?\d(?:\.\d*)?)$")


@dataclass(frozen=True)
class Position:
    """A point in a film: a frame number (from 0) or a time in seconds; one of the two is None."""

    frame: int | None = None
    seconds: Fraction | None = None


def parse_position(text: str | float | Fraction) -> Position:
    """Read a point in a film.

    `text` is a frame (`"120f"`), seconds (`"12.5"`, `12.5`, `Fraction(25, 2)`) or a timecode
    (`"1:02.5"`, `"00:01:02.500"`).

    Raises `UsageError` for anything else.
    """
    if isinstance(text, Fraction | int | float):
        if not 0 <= text < inf:
            raise UsageError(f"{text} is not a time in a film; write seconds from 0 on.")
        return Position(seconds=Fraction(str(text)) if isinstance(text, float) else Fraction(text))
    text = text.strip()
    if match := _FRAME.match(text):
        return Position(frame=int(match[1]))
    if _SECONDS.match(text):
        return Position(seconds=Fraction(text if not text.startswith(".") else "0" + text))
    if match := _TIMECODE.match(text):
        hours, minutes, seconds = match.groups()
        return Position(
            seconds=int(hours or 0) * 3600 + int(minutes) * 60 + Fraction(seconds.rstrip("."))
        )
    raise UsageError(
        f"{text!r} is not a point in a film: write a frame (120f), seconds (12.5) "
        "or a timecode (00:01:02.500)."
    )


def parse_positions(*texts: str | float | Fraction | None) -> list[Position | None]:
    """Read several points, of which some may not be given; raises as `parse_position` does."""
    return [None if text is None else parse_position(text) for text in texts]


def format_timecode(seconds: Fraction | float) -> str:
    """Return `seconds` (at least 0) as `HH:MM:SS.mmm`, rounded down to the millisecond."""
    milliseconds = int(Fraction(seconds) * 1000)
    rest, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds_part = divmod(rest, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds_part:02}.{milliseconds:03}"
