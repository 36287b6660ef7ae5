"""Finds out where the streams of a film begin, and which have nothing in them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av

from filmcolor.media.decode.container import open_container
from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.decode.packets import any_packets_of
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.film import FilmInfo
from filmcolor.media.source import FrameRange

_NEAR = 8 << 20
"""Bytes of packets: streams of which nothing comes within so many begin late, if at all."""

DECODED = 12
"""Packets of each stream that are tried."""

_FAR_BEHIND = 10
"""Seconds by which streams are mixed at most: what is shown at once lies as near in the file."""


@dataclass
class FirstPackets:
    """The first packets of a stream."""

    time: Fraction
    """When it begins, in seconds on the film's own clock."""
    position: int | None
    """Where in the file, in bytes, if that is known."""
    near: bool
    """Whether they come soon, where the part begins that is looked at."""
    count: int = 0
    decodes: bool = False
    """Whether any of the first packets decodes."""
    fails: bool = False
    """Whether any of them does not, because it is damaged."""


def first_packets(
    info: FilmInfo, part: FrameRange, wanted: Collection[int]
) -> dict[int, FirstPackets]:
    """Return the first packets, within `part`, of the streams with the `wanted` indices.

    Those of which there is nothing are missing: then the whole part was looked through, and no
    more. Raises `InputError` when the film cannot be read.
    """
    found: dict[int, FirstPackets] = {}
    moved = 0

    def read() -> None:
        nonlocal moved
        if not wanted:
            return
        with open_container(info.path) as container:
            if part.start is not None:
                with suppress(av.error.FFmpegError):  # then it is read from its beginning
                    container.seek(int(part.start * av.time_base))
            read_bytes = 0
            for packet in any_packets_of(info.path, container):
                moved += 1
                read_bytes += packet.size
                index = packet.stream_index
                near = read_bytes <= _NEAR
                if near or index not in found:
                    _enter(found, packet, part, near)
                enough = found.keys() >= set(wanted)
                all_tried = all(found[i].count >= DECODED for i in wanted if i in found)
                if enough and (all_tried or not near):
                    break
                if index == info.video.index and _is_past(packet, part):
                    break

    watched_reading(info.path, read, moves=lambda: moved)
    return {index: found[index] for index in wanted if index in found}


def _is_past(packet: Any, part: FrameRange) -> bool:
    """Whether nothing of `part` comes any more, as far behind it as a packet of video is."""
    at = packet.pts if packet.dts is None else packet.dts
    unit = exact(packet.time_base)
    if at is None or unit is None or part.end is None:
        return False
    return bool(at * unit > part.end + _FAR_BEHIND)


def _enter(found: dict[int, FirstPackets], packet: Any, part: FrameRange, near: bool) -> None:
    at = packet.dts if packet.pts is None else packet.pts
    unit = exact(packet.time_base)
    if not packet.size or at is None or unit is None:
        return
    time = at * unit
    ends = time + (packet.duration or 0) * unit
    if part.start is not None and ends <= part.start and time < part.start:
        return
    if part.end is not None and time >= part.end:
        return
    position = None if packet.pos is None or packet.pos < 0 else packet.pos
    first = found.setdefault(packet.stream_index, FirstPackets(time, position, near))
    first.count += 1
    if first.count <= DECODED and packet.stream.type == "audio":
        try:
            first.decodes |= bool(packet.decode())
        except (av.error.FFmpegError, ValueError):
            first.fails = True
