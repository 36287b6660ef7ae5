"""What is told of a film's damaged places."""

from __future__ import annotations

from collections.abc import Sequence

from filmcolor.media.film import FilmInfo
from filmcolor.media.places import places_in_words


def damage_notes(info: FilmInfo, holes: Sequence[int]) -> list[str]:
    """Return a sentence with timecodes about what could not be decoded; none without `holes`.

    `holes`: timestamps of the packets concerned, in the film's time base.
    """
    if not holes:
        return []
    plural = "s were" if len(holes) > 1 else " was"
    return [
        f"{len(holes)} damaged packet{plural} skipped or patched up, at "
        f"{places_in_words(info, holes)}."
    ]
