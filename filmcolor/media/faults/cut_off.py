"""Notices that a film is longer by its own account than what there is of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction

import av

from filmcolor.media.decode.container import open_container
from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.film import FilmInfo
from filmcolor.media.timecode import format_timecode

_STATE_THEIR_LENGTH = frozenset({"mov", "matroska", "flv", "avi", "mxf"})
"""Containers that have their length written in them; of others FFmpeg works it out from what is
there. (Of ASF files that are cut off, FFmpeg does not tell the length.)"""

_TOLERANCE, _TOLERANCE_SHARE = Fraction(1), Fraction(1, 200)
"""Seconds, and share of the film: containers that are whole are less precise than one would
think. A frame rate of 24 for one of 23.976 makes a thousandth of a film."""


def cut_off_words(info: FilmInfo, end: Fraction, moved: Callable[[], None]) -> str | None:
    """Return the words "ends at ..., though ..." for a film that is cut off, else None.

    `end`: where its last packet of video ends, in seconds on the film's clock. As sound often goes
    on behind the pictures, the other streams have to end early, too. `moved` is called for each of
    their packets.
    """
    stated = _stated_end(info)
    if stated is None:
        return None
    least = stated - max(_TOLERANCE, _TOLERANCE_SHARE * (stated - info.first_time))
    if end >= least or _others_reach(info, end, least, moved):
        return None
    ends, lasts = (format_timecode(max(Fraction(0), at - info.start)) for at in (end, stated))
    return (
        f"ends at {ends}, though it says that it lasts until {lasts}; it is cut off, or says so "
        "wrongly"
    )


def _stated_end(info: FilmInfo) -> Fraction | None:
    if info.container not in _STATE_THEIR_LENGTH:
        return None
    if info.container == "avi" and info.frames is not None:
        # FFmpeg corrects the duration by the file's size, but not the number of frames.
        return info.first_time + info.frames / info.frame_rate
    return info.end_time


def _others_reach(
    info: FilmInfo, start: Fraction, least: Fraction, moved: Callable[[], None]
) -> bool:
    """Return whether any packet from `start` on ends behind `least`."""
    with (
        open_container(info.path) as container,
        # Damage ends the film; and PyAV fails at a packet of a stream that appears on the way.
        suppress(av.error.FFmpegError, IndexError),
    ):
        container.seek(int(start * av.time_base))
        for packet in container.demux():
            moved()
            unit = exact(packet.time_base)
            if packet.pts is None or unit is None:
                continue
            if (packet.pts + (packet.duration or 0)) * unit >= least:
                return True
    return False
