"""Where in a film a position lies: frame numbers and times become seconds on the film's clock."""

from __future__ import annotations

import math
from contextlib import closing
from fractions import Fraction
from itertools import islice

from filmcolor.errors import InputError
from filmcolor.media.decode.clock_jumps import bridge, own_time
from filmcolor.media.decode.container import open_container
from filmcolor.media.decode.decoding import seek
from filmcolor.media.decode.packets import packets_of
from filmcolor.media.decode.reader import FURTHER_BACK, FilmReader
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.film import FilmInfo
from filmcolor.media.source import FrameRange
from filmcolor.media.timecode import Position, format_timecode
from filmcolor.wording.words import counted

_REORDER_DEPTH = 16
"""The most frames by which any codec's packets are out of order (H.264 annex A.3.1)."""


def frame_times(info: FilmInfo, count: int, start: Fraction | None = None) -> list[int]:
    """Return the timestamps of the first `count` frames from `start` on, as they are shown.

    Nothing is decoded, where each packet is a frame. Fewer come back where the film ends earlier.
    Raises `InputError` when it cannot be read.
    """
    if info.is_stills:
        first = 0 if start is None else math.ceil(start / info.time_base)
        return [pts for pts in info.stills_times if pts >= first][:count]
    if not info.packets_are_frames:
        with closing(FilmReader(info).decoded(FrameRange(start), rough=True)) as frames:
            return [frame.pts for frame in islice(frames, count)]
    times: list[int] = []

    def read() -> None:
        if start is not None:
            # In a container without an index, seeking may lead beyond: then from further back.
            for earlier in (0, *FURTHER_BACK):
                if read_from(start - earlier, start):
                    return
        read_from(None, start)

    def read_from(begin: Fraction | None, start: Fraction | None) -> bool:
        """Take the times from `start` on; return whether reading began early enough for that."""
        times.clear()
        early = begin is None or start is None
        with open_container(info.path) as container:
            stream = container.streams.get(info.video.index)[0]
            if begin is not None:
                seek(container, stream, own_time(info, begin))
            move = bridge(info, stream.index)
            for packet in packets_of(info.path, container, stream):
                if not move(packet) or packet.pts is None:
                    continue
                time = packet.pts * info.time_base
                if not early:  # no frame is missing from a keyframe on
                    if packet.is_keyframe and start is not None and time > start:
                        return False
                    early = packet.is_keyframe
                if packet.is_discard:
                    continue
                if info.first_shown is not None and packet.pts < info.first_shown:
                    continue
                if start is None or time >= start:
                    times.append(packet.pts)
                if len(times) >= count + _REORDER_DEPTH:
                    break
        return early

    watched_reading(info.path, read, moves=lambda: len(times))
    return sorted(times)[:count]


def no_frames_in_range(info: FilmInfo) -> InputError:
    """Return the error for a part of a film in which nothing is shown."""
    first = frame_times(info, 1)
    where = ""
    if first:
        at = max(Fraction(0), first[0] * info.time_base - info.start)
        where = f"; the first one is shown at {format_timecode(at)}"
    return InputError(f"{info.path}: there are no frames in this range{where}.", file=info.path)


def _seconds(info: FilmInfo, position: Position) -> Fraction:
    if position.frame is None:
        return info.start + (position.seconds or 0)
    times = frame_times(info, position.frame + 1)
    if position.frame == len(times) and times:  # just behind the last frame: a fine end
        return (times[-1] + 1) * info.time_base
    if position.frame >= len(times):
        raise InputError(
            f"{info.path}: there is no frame {position.frame}; the film has "
            f"{counted(len(times), 'frame')}, the last one is {len(times) - 1}."
        )
    return times[position.frame] * info.time_base


def resolve_range(
    info: FilmInfo,
    start: Position | None = None,
    end: Position | None = None,
    frames: int | None = None,
) -> FrameRange:
    """Return the part of the film from `start` (included) to `end` (excluded).

    Frame numbers are looked up in the file, so that they are right at variable frame rates.
    `frames` gives a number of frames instead of an end. Raises `InputError` when the part lies
    outside the film or nothing is left of it.
    """
    first = _seconds(info, start) if start is not None else None
    last = _seconds(info, end) if end is not None else None
    if frames is not None:
        times = frame_times(info, frames + 1, first)
        last = times[frames] * info.time_base if len(times) > frames else None
    if first is not None and last is not None and last <= first:
        raise InputError(f"{info.path}: the range is empty: its end does not lie after its start.")
    if first is not None and info.end_time is not None and first >= info.end_time:
        raise InputError(
            f"{info.path}: the range starts after the end of the film, which is at "
            f"{float(info.end_time - info.first_time):.3f} s."
        )
    return FrameRange(first, last)
