"""Places in a film, as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from filmcolor.media.film import FilmInfo
from filmcolor.media.timecode import format_timecode

_PLACES_NAMED = 5


def place_in_words(info: FilmInfo, pts: int) -> str:
    """Return the timecode of a timestamp in the film's time base, from the film's beginning on."""
    return format_timecode(max(Fraction(0), pts * info.time_base - info.start))


def places_in_words(info: FilmInfo, timestamps: Iterable[int]) -> str:
    """Return timecodes of timestamps in the film's time base; what lies within a second is one.

    Of many places the first ones are named, and the others counted.
    """
    times = [max(Fraction(0), pts * info.time_base - info.start) for pts in sorted(set(timestamps))]
    places: list[list[Fraction]] = []
    for at in times:
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
    return f"{', '.join(named)}{more}"
