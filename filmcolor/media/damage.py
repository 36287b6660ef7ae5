"""What is told of a film's damaged places."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from filmcolor.media.film import FilmInfo
from filmcolor.media.timecode import format_timecode

_PLACES_NAMED = 5


def damage_notes(info: FilmInfo, holes: Sequence[int]) -> list[str]:
    """Return a sentence with timecodes about what could not be decoded; none without `holes`.

    `holes`: timestamps of the packets concerned, in the film's time base.
    """
    if not holes:
        return []
    times = [max(Fraction(0), pts * info.time_base - info.start) for pts in sorted(set(holes))]
    places: list[list[Fraction]] = []
    for at in times:  # within a second, it is one place
        if places and at - places[-1][-1] <= 1:
            places[-1].append(at)
        else:
            places.append([at])
    named = [
        format_timecode(place[0])
        + (f" to {format_timecode(place[-1])}" if place[-1] > place[0] else "")
        for place in places[:_PLACES_NAMED]
    ]
    more = f" and {len(places) - _PLACES_NAMED} more places" if len(places) > _PLACES_NAMED else ""
    plural = "s were" if len(holes) > 1 else " was"
    return [
        f"{len(holes)} damaged packet{plural} skipped or patched up, at {', '.join(named)}{more}."
    ]
