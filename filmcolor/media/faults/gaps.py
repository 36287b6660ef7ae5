"""Notices frames that a film leaves out, although nothing in it is damaged.

In a film of constant frame rate, a frame that is shown for twice the usual time stands where
another one is missing: a capture card was too slow, or a broadcast was disturbed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from filmcolor.media.film import FilmInfo
from filmcolor.media.places import places_in_words

_VARIABLE_BY_NATURE = frozenset({"gif", "apng", "webp", "webp_anim", "avi", "asf"})
"""Containers in which a longer time is meant so. In AVI files time is counted in frames, and a
gap is an empty packet, which says that the picture before stays; encoders of ASF files leave out
frames to save bits."""

_FROM = 1.75
"""Times the usual time; MPEG-2 from cinema film shows frames for 1.5 times that (soft telecine)."""

_LEAST_FRAMES = 24
_LEAST_REGULAR = 0.95
"""Part of the frames that must be shown equally long: with less, the frame rate is variable."""

_COARSEST_TICK = 0.1
"""Of the usual time, up to which a difference of one tick is taken for rounding."""


@dataclass(frozen=True)
class Gap:
    """A place where frames are missing."""

    pts: int
    """Timestamp of the frame before, in units of the film's time base."""
    frames: int
    """How many are missing, as far as the usual time tells."""


def find_gaps(
    info: FilmInfo, shown: Sequence[tuple[int, int]], holes: Sequence[int]
) -> tuple[Gap, ...]:
    """Return the gaps between frames that follow each other.

    `shown`: timestamp and duration (until the next frame) of each, `holes`: timestamps of what
    could not be decoded, which explains a gap; all in units of the film's time base. Nothing is
    found where the frame rate varies, or there are too few frames to tell.
    """
    if len(shown) < _LEAST_FRAMES or info.is_stills or info.container in _VARIABLE_BY_NATURE:
        return ()
    durations = np.array([duration for _, duration in shown])
    usual = float(np.median(durations))
    rounding = 1.0 if _COARSEST_TICK * usual >= 1 else 0.0
    regular = np.abs(durations - usual) <= rounding
    if regular.mean() < _LEAST_REGULAR:
        return ()
    return tuple(
        Gap(pts, round(duration / usual) - 1)
        for pts, duration in shown
        if duration >= _FROM * usual and not any(pts <= at <= pts + duration for at in holes)
    )


def gap_notes(info: FilmInfo, gaps: Sequence[Gap]) -> list[str]:
    """Return a sentence with timecodes about missing frames; none without `gaps`."""
    if not gaps:
        return []
    count = sum(gap.frames for gap in gaps)
    plural = "s seem" if count > 1 else " seems"
    stay = "pictures before stay" if len(gaps) > 1 else "picture before stays"
    return [
        f"{count} frame{plural} to be missing in the film, at "
        f"{places_in_words(info, [gap.pts for gap in gaps])}; the {stay} longer instead."
    ]
