"""Reads the packets of a film, over damaged places, too."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from filmcolor.media.faults.read_errors import check_disk

_FAILURES_IN_A_ROW = 8
"""Failures to read a packet behind which no more is tried; some formats never find on again."""


def packets_of(
    path: Path,
    container: InputContainer,
    stream: Any,
    damaged: Callable[[], None] = lambda: None,
) -> Iterator[Any]:
    """Yield the packets of `stream`, the last one empty, which makes decoders give all frames.

    Where the film `path` is damaged, `damaged` is called, and what can be read behind goes on.
    Raises `InputError` when the disk cannot be read.
    """
    was_read = yield from any_packets_of(path, container, stream, damaged)
    if not was_read:
        last: av.Packet[Any] = av.Packet()
        last.stream = stream
        last.time_base = stream.time_base
        yield last


def any_packets_of(
    path: Path,
    container: InputContainer,
    stream: Any = None,
    damaged: Callable[[], None] = lambda: None,
) -> Generator[Any, None, bool]:
    """Yield the packets of `stream`, or of all, as `packets_of` does; return whether to the end."""
    offset = failures = 0
    wanted = () if stream is None else (stream,)
    packets = container.demux(*wanted)
    while failures < _FAILURES_IN_A_ROW:
        packet = _next(packets)
        if packet is None:
            return True
        if isinstance(packet, Exception):
            packets = container.demux(*wanted)
            if isinstance(packet, av.error.FFmpegError):
                check_disk(path, packet, offset)
                damaged()
                failures += 1
            continue
        failures = 0
        offset = offset if packet.pos is None else packet.pos
        yield packet
    return False


def _next(packets: Iterator[Any]) -> Any:
    """Return the next packet, None at the end, or the error that came in its place."""
    try:
        return next(packets, None)
    except (av.error.FFmpegError, IndexError) as error:
        # PyAV has an IndexError for a packet of a stream that appears on the way.
        return error
