"""Reads a film frame by frame: luma and exact time."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from filmcolor.color.colorspace import Plane
from filmcolor.errors import DamagedFilmError, InputError
from filmcolor.media.decode.clock_jumps import bridge, own_time
from filmcolor.media.decode.container_crop import cropped
from filmcolor.media.decode.deinterlace import Deinterlacer
from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.decode.frame_timing import in_order, with_durations
from filmcolor.media.decode.luma import encoding_of, fit_luma, luma_plane, mean_chroma
from filmcolor.media.decode.probe import film_stream, open_container, packets_of, without_threads
from filmcolor.media.decode.side_data import frame_side_data
from filmcolor.media.faults.cut_off import cut_off_words
from filmcolor.media.faults.watchdog import Watched, never_came_back
from filmcolor.media.film import FilmInfo
from filmcolor.media.timecode import format_timecode
from filmcolor.settings import Deinterlace

_COLOR_FROM = 3.0
"""Mean chroma, in 8-bit codes, from which a film counts as coloured or tinted."""

_LOOK_FOR_COLOR_EVERY = 12

_DECODED_AHEAD = 2

_RUN_UP = 1
"""Seconds that are decoded before a place where frames must be just as in one go: some decoders
and the deinterlacer need a few frames until they are."""

_FURTHER_BACK = (10, 60, 600)
"""Seconds by which seeking goes further back, where a container has no index to seek by."""


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
        self, info: FilmInfo, deinterlace: Deinterlace = "auto", *, strict: bool = False
    ) -> None:
        """Read the film that `info` describes; see `filmcolor.media.decode.probe.probe`.

        `strict`: damage is an error, instead of being skipped.
        """
        self.info = info
        self.notes: list[str] = []
        self.holes: list[int] = []
        self._deinterlace = deinterlace
        self._strict = strict
        self.is_colored = False
        """Whether the frames so far have colour, or a tint, of their own."""
        self._has_captions = False
        self._shape: Fraction | None = None
        self._shape_changes = False
        self._resized = False
        self._known_holes: set[int] = set()
        self._end: Fraction | None = None
        self._moves = 0
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

        Not `exact`: a keyframe at or before it, for which only a few pictures are decoded.
        """
        found = (None if exact else self._keyframe_near(time)) or self._shown_at(time)
        if found is None:
            return None
        self._look(found[1], 0)
        luma = self._luma(found[1], found[0])
        return Frame(0, found[0], 0, luma, found[0] * self.info.time_base)

    def _keyframe_near(self, time: Fraction) -> tuple[int, av.VideoFrame] | None:
        for earlier in (0, _FURTHER_BACK[0]):
            with closing(self._timed(time - earlier)) as frames:
                first = next(frames, None)
                if first is not None and first[0] * self.info.time_base <= time:
                    return first
        return None

    def _shown_at(self, time: Fraction) -> tuple[int, av.VideoFrame] | None:
        info = self.info
        found: tuple[int, av.VideoFrame] | None = None
        with closing(self._from(time)) as frames:
            for pts, frame in frames:
                if found is not None and pts * info.time_base > time:
                    return found
                found = pts, frame
        return None if info.end_time is not None and time >= info.end_time else found

    def _within(
        self, part: FrameRange, *, rough: bool = False, first_pts: int | None = None
    ) -> Generator[tuple[int, int, av.VideoFrame]]:
        frames = self._cut(self._from(part.start, rough=rough, before=_RUN_UP), part)
        if part.start is None or first_pts is None:
            yield from frames
            return
        with closing(frames):
            first = next(frames, None)
            if first is not None and first[0] == first_pts:
                yield first
                yield from frames
                return
        yield from self._cut(self._timed(None, rough=rough), part)

    def _cut(
        self, timed: Generator[tuple[int, av.VideoFrame]], part: FrameRange
    ) -> Generator[tuple[int, int, av.VideoFrame]]:
        time_base = self.info.time_base
        with closing(timed):
            for pts, duration, frame in with_durations(timed, self.info):
                if part.start is not None and pts * time_base < part.start:
                    continue
                if part.end is not None and pts * time_base >= part.end:
                    break
                yield pts, duration, frame

    def _from(
        self,
        start: Fraction | None,
        *,
        rough: bool = False,
        before: int = 0,
    ) -> Generator[tuple[int, av.VideoFrame]]:
        """Yield timed frames from a keyframe at least `before` seconds before `start` on.

        However far back that is: without a keyframe, what follows does not decode to what it is.
        """
        if start is not None:
            for earlier in (before, *_FURTHER_BACK):
                begin = start - earlier
                with closing(self._timed(begin, rough=rough)) as timed:
                    first = next(timed, None)
                    if first is not None and first[0] * self.info.time_base <= start:
                        yield first
                        yield from timed
                        return
        # Or seeking leads too far, always.
        yield from self._timed(None, rough=rough)

    def _timed(
        self, start: Fraction | None, *, rough: bool = False
    ) -> Generator[tuple[int, av.VideoFrame]]:
        # The decoder has a thread of its own, so that one that hangs can be left behind.
        decoding = self._decoding(start, rough)
        with Watched(decoding, _DECODED_AHEAD, lambda: self._moves, self._stuck) as decoded:
            yield from decoded

    def _stuck(self, seconds: float) -> InputError:
        where = "" if self._place is None else f"at {self._timecode(self._place)}"
        return never_came_back(self.info.path, seconds, where)

    def _decoding(
        self, start: Fraction | None, rough: bool
    ) -> Generator[tuple[int, av.VideoFrame]]:
        info = self.info
        with open_container(info.path) as container:
            stream = film_stream(container, info.video.index)
            if stream is None:
                raise InputError(f"{info.path}: the file was replaced while it was being read.")
            without_threads(stream)
            if rough:
                stream.codec_context.options |= {"skip_loop_filter": "all"}
            if start is not None:
                seek(container, stream, own_time(info, start))
            decoded = self._decoded(container, stream, sought=start is not None)
            deinterlacer = Deinterlacer(info, "off" if rough else self._deinterlace)
            yield from in_order(deinterlacer.filter(decoded), info)

    def _decoded(
        self, container: InputContainer, stream: VideoStream, *, sought: bool
    ) -> Iterator[av.VideoFrame]:
        place: int | None = None
        first: int | None = None
        end = 0
        move = bridge(self.info, stream.index)

        def damaged() -> None:
            self._damaged(place)

        for packet in packets_of(self.info.path, container, stream, damaged):
            self._moved()
            if not move(packet):
                continue
            if sought and packet.size:
                if not packet.is_keyframe:
                    continue  # seeking leads anywhere in containers without an index
                sought, first = False, packet.pts
            shown = packet.dts if packet.pts is None else packet.pts
            if shown is not None:
                place = shown
                end = max(end, shown + (packet.duration or 0))
            self._place = place
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                damaged()
                continue
            if not self._shape_changes:
                self._look_at_shape(stream, frames)
            for frame in frames:
                assert isinstance(frame, av.VideoFrame)
                if frame.is_corrupt:
                    self._damaged(place if frame.pts is None else frame.pts)
                if first is not None and frame.pts is not None and frame.pts < first:
                    continue  # it needs pictures from before the place that was sought
                yield frame
        if place is not None:
            self._ends(end * self.info.time_base)

    def _look_at_shape(self, stream: VideoStream, frames: Sequence[av.VideoFrame]) -> None:
        shape = exact(stream.codec_context.sample_aspect_ratio)
        if not frames or not shape:
            return
        if self._shape is not None and shape != self._shape:
            self._shape_changes = True
            self.notes.append(
                f"the shape of pixels changes from {_ratio(self._shape)} to {_ratio(shape)} at "
                f"{self._timecode(frames[0].pts or 0)}; the result has "
                f"{_ratio(self.info.sample_aspect_ratio)} throughout."
            )
        self._shape = shape

    def _moved(self) -> None:
        self._moves += 1

    def _damaged(self, place: int | None) -> None:
        place = 0 if place is None else place
        if self._strict:
            raise DamagedFilmError(
                f"{self.info.path}: damaged at {self._timecode(place)}; without `strict`, all that "
                "can be decoded is coloured.",
                file=self.info.path,
                remedy="strict",
            )
        if place not in self._known_holes:
            self._known_holes.add(place)
            self.holes.append(place)

    def _ends(self, end: Fraction) -> None:
        """Take notice that the video ends there, in seconds on the film's clock."""
        if self._end is not None and end >= self._end:
            return
        self._end = end
        words = cut_off_words(self.info, end, self._moved)
        if words is None:
            return
        if self._strict:
            raise DamagedFilmError(
                f"{self.info.path}: {words}; without `strict`, what there is is coloured."
            )
        self.notes.append(f"the film {words}.")

    def _timecode(self, pts: int) -> str:
        return format_timecode(max(Fraction(0), pts * self.info.time_base - self.info.start))

    def _look(self, frame: av.VideoFrame, index: int) -> None:
        info = self.info
        if not self.is_colored and index % _LOOK_FOR_COLOR_EVERY == 0:
            self.is_colored = mean_chroma(frame) >= _COLOR_FROM
            if self.is_colored:
                self.notes.append("the film has colour or a tint of its own; it is replaced.")
        if not self._has_captions and _holds_captions(frame):
            self._has_captions = True
            self.notes.append(
                "the video has closed captions inside (CEA-608 or 708); they are not kept."
            )
        if not self._resized and (frame.height, frame.width) != info.stored_size:
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
        luma = luma_plane(frame, info.encoding)
        if luma.shape == info.stored_size:
            luma = cropped(luma, info.crop)
        return fit_luma(luma, info.height, info.width)


def _ratio(shape: Fraction) -> str:
    return f"{shape.numerator}:{shape.denominator}"


_CAPTION_VALID, _NOTHING = 0x04, b"\x80\x80"


def _holds_captions(frame: av.VideoFrame) -> bool:
    """Whether a frame has closed captions that say anything; most of those sent are empty."""
    content = frame_side_data(frame, "A53_CC")
    if content is None:
        return False
    return any(
        content[place] & _CAPTION_VALID
        and bytes(byte | 0x80 for byte in content[place + 1 : place + 3]) != _NOTHING
        for place in range(0, len(content) - 2, 3)
    )


def seek(container: InputContainer, stream: VideoStream, start: Fraction) -> None:
    """Go to the keyframe at or before `start`, in seconds on the video's own clock."""
    time_base = exact(stream.time_base)
    assert time_base is not None
    try:
        container.seek(int(start / time_base), stream=stream, backward=True)
    except av.error.FFmpegError:
        with suppress(av.error.FFmpegError):  # a damaged film is read from where it stands
            container.seek(0)
