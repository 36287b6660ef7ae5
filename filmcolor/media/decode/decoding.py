"""Decodes a film once, from its beginning or from a place in it on."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from filmcolor.errors import DamagedFilmError, InputError
from filmcolor.media.decode.clock_jumps import bridge, own_time
from filmcolor.media.decode.container import open_container, without_threads
from filmcolor.media.decode.decoded import Decoded
from filmcolor.media.decode.deinterlace import Deinterlacer
from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.decode.frame_timing import in_order
from filmcolor.media.decode.packets import packets_of
from filmcolor.media.decode.streams import film_stream
from filmcolor.media.faults.cut_off import cut_off_words
from filmcolor.media.faults.watchdog import Watched, never_came_back
from filmcolor.media.film import FilmInfo
from filmcolor.media.findings import Findings
from filmcolor.media.places import place_in_words
from filmcolor.settings import Deinterlace

_DECODED_AHEAD = 2


class Decoding:
    """One way through a film; what it finds comes with its frames.

    The decoder has a thread of its own, so that one that hangs can be left behind.
    """

    def __init__(
        self,
        info: FilmInfo,
        start: Fraction | None,
        deinterlace: Deinterlace,
        *,
        strict: bool,
        rough: bool,
        whole_from: Fraction | None = None,
    ) -> None:
        """Decode from the keyframe at or before `start` on; where seeking leads, it may be later.

        `strict`: damage is an error, instead of being skipped. `rough`: the loop filter is left
        out, so that blocks may show, and interlaced frames stay so. `whole_from`: before that, in
        seconds, frames on which no others depend are left out.
        """
        self._info = info
        self._whole_from = whole_from
        self._start = start
        self._deinterlace: Deinterlace = "off" if rough else deinterlace
        self._strict = strict
        self._rough = rough
        self._notes: list[str] = []
        self._damage: list[int] = []
        self._known_damage: set[int] = set()
        self._shape: Fraction | None = None
        self._shape_changes = False
        self._moves = 0
        self._place: int | None = None

    def frames(self) -> Generator[Decoded]:
        """Yield the frames in the order in which they are shown; each lasts as it says itself.

        Raises `InputError` when the file cannot be read any more, or the decoder never comes back.
        """
        with Watched(self._read(), _DECODED_AHEAD, lambda: self._moves, self._stuck) as decoded:
            yield from decoded

    def _stuck(self, seconds: float) -> InputError:
        where = "" if self._place is None else f"at {place_in_words(self._info, self._place)}"
        return never_came_back(self._info.path, seconds, where)

    def _read(self) -> Generator[Decoded]:
        info = self._info
        with open_container(info.path) as container:
            stream = film_stream(container, info.video.index)
            if stream is None:
                raise InputError(f"{info.path}: the file was replaced while it was being read.")
            without_threads(stream)
            if self._rough:
                stream.codec_context.options |= {"skip_loop_filter": "all"}
            if self._start is not None:
                seek(container, stream, own_time(info, self._start))
            deinterlacer = Deinterlacer(info, self._deinterlace)
            pictures = deinterlacer.filter(self._pictures(container, stream))
            for pts, picture in in_order(pictures, info):
                yield Decoded(pts, picture.duration or 0, picture, self._found())

    def _found(self) -> Findings:
        """Return what was found since this was last asked."""
        found = Findings(tuple(self._notes), tuple(self._damage))
        self._notes.clear()
        self._damage.clear()
        return found

    def _pictures(self, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
        place: int | None = None
        first: int | None = None
        end = 0
        sought = self._start is not None
        move = bridge(self._info, stream.index)

        def damaged() -> None:
            self._damaged(place)

        for packet in packets_of(self._info.path, container, stream, damaged):
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
            if self._whole_from is not None:
                early = shown is not None and shown * self._info.time_base < self._whole_from
                stream.codec_context.skip_frame = "NONREF" if early else "DEFAULT"
            # Cut off: not every decoder minds. At joints of transport streams whole ones are too.
            if packet.is_corrupt and self._info.container != "mpegts":
                damaged()
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
            self._ends(end * self._info.time_base)

    def _look_at_shape(self, stream: VideoStream, frames: Sequence[av.VideoFrame]) -> None:
        shape = exact(stream.codec_context.sample_aspect_ratio)
        if not frames or not shape:
            return
        if self._shape is not None and shape != self._shape:
            self._shape_changes = True
            self._notes.append(
                f"the shape of pixels changes from {_ratio(self._shape)} to {_ratio(shape)} at "
                f"{place_in_words(self._info, frames[0].pts or 0)}; the result has "
                f"{_ratio(self._info.sample_aspect_ratio)} throughout."
            )
        self._shape = shape

    def _moved(self) -> None:
        self._moves += 1

    def _damaged(self, place: int | None) -> None:
        place = 0 if place is None else place
        if self._strict:
            raise DamagedFilmError(
                f"{self._info.path}: damaged at {place_in_words(self._info, place)}; without "
                "`strict`, all that can be decoded is coloured.",
                file=self._info.path,
                remedy="strict",
            )
        if place not in self._known_damage:
            self._known_damage.add(place)
            self._damage.append(place)

    def _ends(self, end: Fraction) -> None:
        """Take notice that the video ends there, in seconds on the film's clock."""
        words = cut_off_words(self._info, end, self._moved)
        if words is None:
            return
        if self._strict:
            raise DamagedFilmError(
                f"{self._info.path}: {words}; without `strict`, what there is is coloured."
            )
        self._notes.append(f"the film {words}.")


def _ratio(shape: Fraction) -> str:
    return f"{shape.numerator}:{shape.denominator}"


def seek(container: InputContainer, stream: VideoStream, start: Fraction) -> None:
    """Go to the keyframe at or before `start`, in seconds on the video's own clock."""
    time_base = exact(stream.time_base)
    assert time_base is not None
    try:
        container.seek(int(start / time_base), stream=stream, backward=True)
    except av.error.FFmpegError:
        with suppress(av.error.FFmpegError):  # a damaged film is read from where it stands
            container.seek(0)
