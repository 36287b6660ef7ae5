"""Puts decoded frames in the order in which they are shown, and says how long each is."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator

import av

from filmcolor.media.decode.decoded import Decoded
from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.film import FilmInfo

_REORDER_DEPTH = 8
"""Frames looked ahead to put timestamps in order. Some old files store decoding times where
presentation times belong; their frames come out right, with the times of the frames around."""


def in_order(
    frames: Iterable[av.VideoFrame], info: FilmInfo
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield frames with strictly increasing timestamps, in units of the film's time base.

    Decoders deliver frames in the order in which they are shown; where the timestamps are not in
    that order, they are sorted; where one is used twice, the next tick is taken, and where one is
    missing, the frame comes when the one before has been shown for as long as it says itself.
    """
    waiting: deque[av.VideoFrame] = deque()
    times: list[int] = []
    usual = max(1, round(1 / (info.frame_rate * info.time_base)))
    due: int | None = None
    """When the next frame comes, if it does not tell."""
    last: int | None = None

    def shown_at() -> int:
        nonlocal last
        pts = heapq.heappop(times)
        if last is not None and pts <= last:
            pts = last + 1
        last = pts
        return pts

    for frame in frames:
        pts = frame.pts
        unit = (exact(frame.time_base) or info.time_base) / info.time_base
        if pts is None:
            pts = 0 if due is None else due
        elif unit != 1:
            pts = round(pts * unit)
        lasts = round((frame.duration or 0) * unit) or usual
        due = pts + lasts if due is None else max(due, pts + lasts)
        waiting.append(frame)
        heapq.heappush(times, pts)
        if len(waiting) > _REORDER_DEPTH:
            yield shown_at(), waiting.popleft()
    while waiting:
        yield shown_at(), waiting.popleft()


def with_durations(frames: Iterable[Decoded], info: FilmInfo) -> Iterator[Decoded]:
    """Yield frames that last as long as they are shown: until the next one.

    The last frame lasts as long as the file says; where that is missing, much shorter than the
    one before (some containers write 1 tick) or leads beyond the end of the film, as long as the
    one before.
    """
    held: Decoded | None = None
    gap = max(1, round(1 / (info.frame_rate * info.time_base)))
    for frame in frames:
        if held is not None:
            gap = frame.pts - held.pts
            held.duration = gap
            yield held
        held = frame
    if held is not None:
        stated = held.duration
        film_ends = info.end_time or info.first_time
        likely = stated <= 2 * gap or (held.pts + stated) * info.time_base <= film_ends
        held.duration = stated if likely and 3 * stated >= 2 * gap else gap
        yield held
