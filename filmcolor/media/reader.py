"""Reads a film frame by frame: luma and exact time."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress
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
from filmcolor.media.probe import film_stream, open_container, packets_of, without_threads
from filmcolor.media.timecode import format_timecode
from filmcolor.media.watchdog import PATIENCE, Watched

_REORDER_DEPTH = 8
"""Frames looked ahead to put timestamps in order. Some old files store decoding times where
presentation times belong; their frames come out right, with the times of the frames around."""

_COLOR_FROM = 3.0
"""Mean chroma, in 8-bit codes, from which a film counts as coloured or tinted."""

_LOOK_FOR_COLOR_EVERY = 12

_DECODED_AHEAD = 2

_RUN_UP = 1
"""Seconds that are decoded before a place where frames must be just as in one go: some decoders
and the deinterlacer need a few frames until they are."""

_FURTHER_BACK = (10, 60)
"""Seconds by which seeking goes further back, where a container has no index to seek by."""

_RECENT_HOLES = 64
_LOOK_AT = 1 << 20
"""Bytes that are read to see whether the disk is well."""


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

    `notes` collects sentences about what was found on the way (colour, changes of size), `holes`
    the timestamps of what could not be decoded, in units of the film's time base.
    """

    def __init__(
        self, info: FilmInfo, deinterlace: DeinterlaceMode = "auto", *, strict: bool = False
    ) -> None:
        """Read the film that `info` describes; see `filmcolor.media.probe.probe`.

        `strict`: damage is an error, instead of being skipped.
        """
        self.info = info
        self.notes: list[str] = []
        self.holes: list[int] = []
        self._deinterlace = deinterlace
        self._strict = strict
        self._colored = False
        self._resized = False
        self._packets = 0
        self._place: int | None = None

    def frames(
        self, part: FrameRange = WHOLE_FILM, *, first_pts: int | None = None
    ) -> Generator[Frame]:
        """Yield the frames of `part` in the order in which they are shown.

        Damaged packets are skipped, as players do. `first_pts`: the timestamp that the first frame
        is known to have; should seeking lead elsewhere, the film is read from its beginning.
        Raises `InputError` when the file cannot be read any more, when the bit depth changes on
        the way, or when the decoder never comes back.
        """
        info = self.info
        for index, (pts, duration, frame) in enumerate(self._within(part, first_pts=first_pts)):
            self._look(frame, index)
            yield Frame(index, pts, duration, self._luma(frame, pts), pts * info.time_base)

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
        with closing(self._timed(time) if not exact else self._from(time)) as frames:
            for pts, frame in frames:
                if found is not None and (not exact or pts * info.time_base > time):
                    break
                found = pts, frame
            else:
                if exact and info.end_time is not None and time >= info.end_time:
                    found = None
        if found is None:
            return None
        self._look(found[1], 0)
        luma = self._luma(found[1], found[0])
        return Frame(0, found[0], 0, luma, found[0] * info.time_base)

    def _within(
        self, part: FrameRange, *, rough: bool = False, first_pts: int | None = None
    ) -> Generator[tuple[int, int, av.VideoFrame]]:
        if part.start is None or first_pts is None:
            yield from self._cut(self._from(part.start, rough=rough), part)
            return
        with closing(self._cut(self._from(part.start, rough=rough, before=_RUN_UP), part)) as found:
            first = next(found, None)
            if first is not None and first[0] == first_pts:
                yield first
                yield from found
                return
        yield from self._cut(self._timed(None, rough=rough), part)

    def _cut(
        self, timed: Generator[tuple[int, av.VideoFrame]], part: FrameRange
    ) -> Generator[tuple[int, int, av.VideoFrame]]:
        time_base = self.info.time_base
        with closing(timed):
            for pts, duration, frame in _with_durations(timed, self.info):
                if part.start is not None and pts * time_base < part.start:
                    continue
                if part.end is not None and pts * time_base >= part.end:
                    break
                yield pts, duration, frame

    def _from(
        self, start: Fraction | None, *, rough: bool = False, before: int = 0
    ) -> Generator[tuple[int, av.VideoFrame]]:
        """Yield timed frames from a keyframe at least `before` seconds before `start` on."""
        if start is not None:
            for earlier in (before, *_FURTHER_BACK):
                with closing(self._timed(start - earlier, rough=rough)) as timed:
                    first = next(timed, None)
                    if first is not None and first[0] * self.info.time_base <= start:
                        yield first
                        yield from timed
                        return
        yield from self._timed(None, rough=rough)  # or seeking leads too far, always

    def _timed(
        self, start: Fraction | None, *, rough: bool = False
    ) -> Generator[tuple[int, av.VideoFrame]]:
        # The decoder has a thread of its own, so that one that hangs can be left behind.
        decoding = self._decoding(start, rough)
        with Watched(decoding, _DECODED_AHEAD, lambda: self._packets, self._stuck) as decoded:
            yield from decoded

    def _stuck(self, seconds: float) -> InputError:
        where = "" if self._place is None else f", at {self._timecode(self._place)}"
        return InputError(
            f"{self.info.path}: the decoder has not come back for {seconds:g} s{where}; the film "
            f"is damaged there, or its disk is very slow ({PATIENCE}=SECONDS waits longer)."
        )

    def _decoding(
        self, start: Fraction | None, rough: bool
    ) -> Generator[tuple[int, av.VideoFrame]]:
        info = self.info
        with open_container(info.path) as container:
            stream = film_stream(container)
            if stream is None or stream.index != info.video.index:
                raise InputError(f"{info.path}: the file was replaced while it was being read.")
            without_threads(stream)
            if rough:
                stream.codec_context.options |= {"skip_loop_filter": "all"}
            if start is not None:
                seek(container, stream, start)
            decoded = self._decoded(container, stream)
            deinterlacer = Deinterlacer(info, "off" if rough else self._deinterlace)
            yield from _in_order(deinterlacer.filter(decoded), info)

    def _decoded(self, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
        packets = packets_of(container, stream)
        place: int | None = None
        offset = 0
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                self._check_disk(offset, error)
                self._damaged(place)
                return
            if packet is None:
                return
            self._packets += 1
            if packet.pts is not None or packet.dts is not None:
                place = packet.pts if packet.pts is not None else packet.dts
            self._place = place
            offset = packet.pos if packet.pos is not None else offset
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self._damaged(place)
                continue
            for frame in frames:
                assert isinstance(frame, av.VideoFrame)
                if frame.is_corrupt:
                    self._damaged(place if frame.pts is None else frame.pts)
                yield frame

    def _damaged(self, place: int | None) -> None:
        place = 0 if place is None else place
        if self._strict:
            raise InputError(
                f"{self.info.path}: damaged at {self._timecode(place)}; without --strict, all that "
                "can be decoded is coloured."
            )
        if place not in self.holes[-_RECENT_HOLES:]:
            self.holes.append(place)

    def _check_disk(self, offset: int, reason: Exception) -> None:
        """Raise `InputError` if the disk, not the film, is what cannot be read behind `offset`."""
        path = self.info.path
        try:
            with path.open("rb") as file:
                file.seek(offset)
                file.read(_LOOK_AT)
        except OSError as error:
            raise InputError(
                f"{path}: reading failed ({error.strerror or error}); check the disk."
            ) from reason

    def _timecode(self, pts: int) -> str:
        return format_timecode(max(Fraction(0), pts * self.info.time_base - self.info.start))

    def _look(self, frame: av.VideoFrame, index: int) -> None:
        info = self.info
        if not self._colored and index % _LOOK_FOR_COLOR_EVERY == 0:
            self._colored = mean_chroma(frame) >= _COLOR_FROM
            if self._colored:
                self.notes.append("the film has colour or a tint of its own; it is replaced.")
        if not self._resized and (frame.width, frame.height) != (info.width, info.height):
            self._resized = True
            self.notes.append(
                "the picture changes size on the way; all frames were brought to "
                f"{info.width}x{info.height}."
            )

    def _luma(self, frame: av.VideoFrame, pts: int) -> Plane:
        info = self.info
        if frame.format.name != info.pixel_format:
            found = encoding_of(frame, info.video.codec)
            if found.depth != info.encoding.depth:
                raise InputError(
                    f"{info.path}: the bit depth changes from {info.encoding.depth} to "
                    f"{found.depth} at {self._timecode(pts)}; cut the film there and colour the "
                    "parts one by one."
                )
        return fit_luma(luma_plane(frame, info.encoding), info.height, info.width)


def seek(container: InputContainer, stream: VideoStream, start: Fraction) -> None:
    """Go to the keyframe at or before `start`, in seconds on the film's own clock."""
    assert stream.time_base is not None
    try:
        container.seek(int(start / stream.time_base), stream=stream, backward=True)
    except av.error.FFmpegError:
        with suppress(av.error.FFmpegError):  # a damaged film is read from where it stands
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
