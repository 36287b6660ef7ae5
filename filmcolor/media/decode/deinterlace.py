"""Turns interlaced frames into whole ones, one for one, with FFmpeg's bwdif filter."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.filter import Graph

from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.film import FilmInfo
from filmcolor.settings import Deinterlace


class Deinterlacer:
    """Filters a sequence of decoded frames; as many come out as go in, with their timestamps.

    `auto` starts the filter at the first frame that is marked as interlaced and leaves frames
    that are not so marked as they are; `on` treats every frame; `off` none.
    """

    def __init__(self, info: FilmInfo, mode: Deinterlace) -> None:
        """Prepare for the film that `info` describes."""
        self._info = info
        self._mode = mode
        self._graph: Graph | None = None
        self._format: tuple[int, int, str] | None = None
        self._pending: deque[tuple[int | None, Fraction | None, int]] = deque()

    def filter(self, frames: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """Yield the frames, whole."""
        if self._mode == "off":
            yield from frames
            return
        for frame in frames:
            layout = (frame.width, frame.height, frame.format.name)
            if self._graph is not None and layout != self._format:
                yield from self._flush()
            if self._graph is None:
                if self._mode == "auto" and not frame.interlaced_frame:
                    yield frame
                    continue
                self._start(frame, layout)
            graph = self._graph
            if graph is None:
                yield frame
                continue
            self._pending.append((frame.pts, exact(frame.time_base), frame.duration))
            graph.push(frame)
            yield from self._pull(graph)
        if self._graph is not None:
            yield from self._flush()

    def _start(self, frame: av.VideoFrame, layout: tuple[int, int, str]) -> None:
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=exact(frame.time_base) or self._info.time_base,
        )
        which = "interlaced" if self._mode == "auto" else "all"
        bwdif = graph.add("bwdif", f"mode=send_frame:parity=auto:deint={which}")
        sink = graph.add("buffersink")
        source.link_to(bwdif)
        bwdif.link_to(sink)
        try:
            graph.configure()
        except av.error.ArgumentError:
            return  # bwdif takes no planes of less than 3 columns or 4 rows; they stay as they are
        self._graph, self._format = graph, layout

    def _pull(self, graph: Graph) -> Iterator[av.VideoFrame]:
        while True:
            try:
                frame = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(frame, av.VideoFrame)
            # bwdif counts in half ticks; the frame keeps the time that it came with.
            pts, time_base, duration = self._pending.popleft()
            frame.pts = pts
            frame.time_base = time_base or self._info.time_base
            frame.duration = duration
            yield frame

    def _flush(self) -> Iterator[av.VideoFrame]:
        graph = self._graph
        assert graph is not None
        graph.push(None)
        yield from self._pull(graph)
        self._graph = None
        self._pending.clear()
