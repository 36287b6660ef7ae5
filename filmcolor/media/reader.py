"""Reads a film frame by frame: luma and exact time."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from filmcolor.colorspace import Plane
from filmcolor.errors import InputError
from filmcolor.media.deinterlace import DeinterlaceMode, Deinterlacer
from filmcolor.media.film import FilmInfo
from filmcolor.media.luma import encoding_of, fit_luma, luma_plane, mean_chroma
from filmcolor.media.probe import film_stream, open_container, without_threads

_REORDER_DEPTH = 8
"""Frames looked ahead to put timestamps in order. Some old files store decoding times where
presentation times belong; their frames come out right, with the times of the frames around."""

_COLOR_FROM = 3.0
"""Mean chroma, in 8-bit codes, from which a film counts as coloured or tinted."""

_LOOK_FOR_COLOR_EVERY = 12


@dataclass
class Frame:
    """One frame of a black-and-white film."""

    index: int
    """Number from 0 of the frames that were read (not of the film, when reading starts later)."""
    pts: int
    """When it is shown, in units of the film's time base."""
    duration: int
    """How long it is shown, in the same units."""
    luma: Plane
    """The film's own luma; uint8 or uint16, shape (height, width)."""
    time: Fraction
    """When it is shown, in seconds on the film's own clock."""


@dataclass(frozen=True)
class FrameRange:
    """A part of a film: times in seconds on the film's own clock, the end excluded."""

    start: Fraction | None = None
    end: Fraction | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.start is None and self.end is None


WHOLE_FILM = FrameRange()


class FilmReader:
    """Iterates over the frames of a film file.

    `notes` collects sentences about what was found on the way (damaged packets, colour).
    """

    def __init__(self, info: FilmInfo, deinterlace: DeinterlaceMode = "auto") -> None:
        """Read the film that `info` describes; see `filmcolor.media.probe.probe`."""
        self.info = info
        self.notes: list[str] = []
        self._deinterlace = deinterlace
        self._damaged = 0
        self._colored = False
        self._resized = False

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the frames of `part` in the order in which they are shown.

        Damaged packets are skipped, as players do. Raises `InputError` when the file cannot be
        opened any more.
        """
        info = self.info
        self._damaged = 0
        for index, (pts, duration, frame) in enumerate(self._within(part)):
            self._look(frame, index)
            yield Frame(index, pts, duration, self._luma(frame), pts * info.time_base)
        if self._damaged:
            plural = "s were" if self._damaged > 1 else " was"
            self.notes.append(f"{self._damaged} damaged packet{plural} skipped.")
        if self._resized:
            self.notes.append(
                "the picture changes size on the way; all frames were brought to "
                f"{info.width}x{info.height}."
            )

    def rough_frames(
        self, part: FrameRange = WHOLE_FILM
    ) -> Generator[tuple[int, int, av.VideoFrame]]:
        """Yield timestamp, duration and decoded frame of the frames that `frames` would yield.

        For a quick look: the decoder leaves out the loop filter, so that blocks may show, and
        interlaced frames stay so.
        """
        yield from self._within(part, rough=True)

    def frame_near(self, time: Fraction, *, exact: bool) -> Frame | None:
        """Return the frame shown at `time`, or None where the film has ended by then.

        Not `exact`: the keyframe at or before it, for which only a few pictures are decoded.
        """
        info = self.info
        found: tuple[int, av.VideoFrame] | None = None
        for pts, frame in self._timed(time) if not exact else self._from(time):
            if found is not None and (not exact or pts * info.time_base > time):
                break
            found = pts, frame
        else:
            if exact and info.end_time is not None and time >= info.end_time:
                found = None
        if found is None:
            return None
        self._look(found[1], 0)
        return Frame(0, found[0], 0, self._luma(found[1]), found[0] * info.time_base)

    def _within(
        self, part: FrameRange, *, rough: bool = False
    ) -> Iterator[tuple[int, int, av.VideoFrame]]:
        time_base = self.info.time_base
        timed = self._from(part.start, rough=rough)
        for pts, duration, frame in _with_durations(timed, self.info):
            if part.start is not None and pts * time_base < part.start:
                continue
            if part.end is not None and pts * time_base >= part.end:
                break
            yield pts, duration, frame

    def _from(
        self, start: Fraction | None, *, rough: bool = False
    ) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yield timed frames from the keyframe at or before `start` on."""
        if start is not None:
            timed = self._timed(start, rough=rough)
            first = next(timed, None)
            if first is not None and first[0] * self.info.time_base <= start:
                yield first
                yield from timed
                return
            timed.close()  # the seek went too far: read from the beginning
        yield from self._timed(None, rough=rough)

    def _timed(
        self, start: Fraction | None, *, rough: bool = False
    ) -> Generator[tuple[int, av.VideoFrame]]:
        info = self.info
        with open_container(info.path) as container:
            stream = film_stream(container)
            if stream is None or stream.index != info.video.index:
                raise InputError(f"{info.path}: the file was replaced while it was being read.")
            without_threads(stream)
            if rough:
                stream.codec_context.options = {"skip_loop_filter": "all"}
            if start is not None:
                seek(container, stream, start)
            decoded = self._decoded(container, stream)
            deinterlacer = Deinterlacer(info, "off" if rough else self._deinterlace)
            yield from _in_order(deinterlacer.filter(decoded), info)

    def _decoded(self, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                self._damaged += 1
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self._damaged += 1
                continue
            for frame in frames:
                assert isinstance(frame, av.VideoFrame)
                yield frame

    def _look(self, frame: av.VideoFrame, index: int) -> None:
        if not self._colored and index % _LOOK_FOR_COLOR_EVERY == 0:
            self._colored = mean_chroma(frame) >= _COLOR_FROM
            if self._colored:
                self.notes.append("the film has colour or a tint of its own; it is replaced.")
        self._resized |= (frame.width, frame.height) != (self.info.width, self.info.height)

    def _luma(self, frame: av.VideoFrame) -> Plane:
        info = self.info
        if frame.format.name != info.pixel_format:
            found = encoding_of(frame, info.video.codec)
            if found.depth != info.encoding.depth:
                raise InputError(f"{info.path}: the bit depth changes in the middle of the film.")
        return fit_luma(luma_plane(frame, info.encoding), info.height, info.width)


def seek(container: InputContainer, stream: VideoStream, start: Fraction) -> None:
    """Go to the keyframe at or before `start`, in seconds on the film's own clock."""
    assert stream.time_base is not None
    try:
        container.seek(int(start / stream.time_base), stream=stream, backward=True)
    except av.error.FFmpegError:
        container.seek(0)


def _in_order(
    frames: Iterable[av.VideoFrame], info: FilmInfo
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield frames with strictly increasing timestamps, in units of the film's time base.

    Decoders deliver frames in the order in which they are shown; where the timestamps are not in
    that order, they are sorted, and where one is missing or used twice, the next tick is taken.
    """
    waiting: deque[av.VideoFrame] = deque()
    times: list[int] = []
    usual = max(1, round(1 / (info.frame_rate * info.time_base)))
    newest: int | None = None
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
        if pts is None:
            pts = 0 if newest is None else newest + usual
        elif frame.time_base is not None and frame.time_base != info.time_base:
            pts = round(pts * frame.time_base / info.time_base)
        newest = pts if newest is None else max(newest, pts)
        waiting.append(frame)
        heapq.heappush(times, pts)
        if len(waiting) > _REORDER_DEPTH:
            yield shown_at(), waiting.popleft()
    while waiting:
        yield shown_at(), waiting.popleft()


def _with_durations(
    frames: Iterable[tuple[int, av.VideoFrame]], info: FilmInfo
) -> Iterator[tuple[int, int, av.VideoFrame]]:
    """Add to each frame how long it is shown: until the next one.

    The last frame lasts as long as the file says; where that is missing, much shorter than the
    one before (some containers write 1 tick) or leads beyond the end of the film, as long as the
    one before.
    """
    held: tuple[int, av.VideoFrame] | None = None
    gap = max(1, round(1 / (info.frame_rate * info.time_base)))
    for pts, frame in frames:
        if held is not None:
            gap = pts - held[0]
            yield held[0], gap, held[1]
        held = pts, frame
    if held is not None:
        stated = held[1].duration or 0
        film_ends = info.end_time or info.first_time
        likely = stated <= 2 * gap or (held[0] + stated) * info.time_base <= film_ends
        yield held[0], stated if likely and 3 * stated >= 2 * gap else gap, held[1]
