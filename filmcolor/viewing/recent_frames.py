"""Frames that were read last, to be there at once when they are wanted again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field

from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource

_MOST_BYTES = 16 << 20
_LONGEST = 40
"""Frames from the beginning of a part that are kept."""


@dataclass
class _Part:
    frames: list[Frame] = field(default_factory=list)
    ended: bool = False

    @property
    def bytes(self) -> int:
        return sum(frame.luma.nbytes for frame in self.frames)


class RecentFrames(FrameSource):
    """Reads another source; the beginnings of the parts that were read last are remembered."""

    def __init__(self, source: FrameSource) -> None:
        """Remember nothing yet."""
        self.info = source.info
        self.notes = source.notes
        self._source = source
        self._parts: OrderedDict[FrameRange, _Part] = OrderedDict()
        self._lock = threading.Lock()

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the frames of a part; see `FrameSource`."""
        with self._lock:
            known = self._parts.get(part, _Part())
            begin, ended = list(known.frames), known.ended
        yield from begin
        if ended:
            return
        reading = self._source.frames(part)
        count = len(begin)
        with closing(reading):
            for number, frame in enumerate(reading):
                if number < count:
                    continue
                if number < _LONGEST:
                    begin.append(frame)
                    self._remember(part, begin, ended=False)
                yield frame
        if len(begin) < _LONGEST:
            self._remember(part, begin, ended=True)

    def _remember(self, part: FrameRange, frames: list[Frame], *, ended: bool) -> None:
        with self._lock:
            known = self._parts.setdefault(part, _Part())
            if len(frames) >= len(known.frames):
                known.frames, known.ended = list(frames), ended
            self._parts.move_to_end(part)
            total = sum(each.bytes for each in self._parts.values())
            while total > _MOST_BYTES and len(self._parts) > 1:
                total -= self._parts.popitem(last=False)[1].bytes

    def reopen(self) -> RecentFrames:
        """Return a new source of the same frames, which shares nothing with this one."""
        return RecentFrames(self._source.reopen())

    def close(self) -> None:
        """Forget all frames."""
        with self._lock:
            self._parts.clear()
        self._source.close()
