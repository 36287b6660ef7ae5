"""Reads through a film whose clock may start again, or which may go on in another stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from filmcolor.media.decode.clock_jumps import Scan, scan
from filmcolor.media.decode.container import open_container
from filmcolor.media.decode.packets import any_packets_of
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.film import FilmInfo, GoesOn

_GOES_ON_WITHIN = 2
"""Seconds between the end of one stream of video and the beginning of another."""


def with_jumps(info: FilmInfo) -> FilmInfo:
    """Return the facts of a film whose clock may start again, for which all of it is read.

    It is also seen whether it goes on in another stream. Raises `InputError` as `probe` does.
    """
    sound = [stream.index for stream in info.streams if stream.kind == "audio"]
    moved = 0

    def counted(packets: Iterable[Any]) -> Iterator[Any]:
        nonlocal moved
        for packet in packets:
            moved += 1
            yield packet

    def read() -> Scan:
        with open_container(info.path) as container:
            packets = any_packets_of(info.path, container)
            return scan(counted(packets), info.video.index, sound)

    found = watched_reading(info.path, read, moves=lambda: moved)
    if not found.jumps:
        return replace(info, goes_on=_goes_on(info, found))
    return replace(
        info,
        jumps=found.jumps,
        duration=found.end - info.first_time,
        frames=found.packets,
    )


def _goes_on(info: FilmInfo, found: Scan) -> GoesOn | None:
    """Return in which other stream of video the film goes on, if it seems to."""
    middle = (info.first_time + found.end) / 2
    for stream in info.other_streams:
        if stream.kind == "video" and not stream.is_cover and stream.index in found.begins:
            begins = found.begins[stream.index]
            if begins > middle and abs(begins - found.end) <= _GOES_ON_WITHIN:
                return GoesOn(stream.index, found.end)
    return None
