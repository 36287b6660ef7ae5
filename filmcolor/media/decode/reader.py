"""Reads a film frame by frame: luma and exact time."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from copy import copy
from fractions import Fraction

from filmcolor.color.colorspace import Plane
from filmcolor.errors import InputError
from filmcolor.media.decode.container_crop import cropped
from filmcolor.media.decode.decoded import Decoded
from filmcolor.media.decode.decoding import Decoding
from filmcolor.media.decode.frame_timing import with_durations
from filmcolor.media.decode.luma import encoding_of, fit_luma, luma_plane, luma_view
from filmcolor.media.decode.replaced import Replaced, is_colored
from filmcolor.media.film import FilmInfo
from filmcolor.media.findings import NOTHING_FOUND, Findings
from filmcolor.media.places import place_in_words
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource
from filmcolor.settings import Deinterlace

_RUN_UP = 1
"""Seconds that are decoded before a place where frames must be just as in one go: some decoders
and the deinterlacer need a few frames until they are."""

FURTHER_BACK = (10, 60, 600)
"""Seconds by which seeking goes further back, where a container has no index to seek by."""


class FilmReader(FrameSource):
    """Reads the frames of a film file."""

    def __init__(
        self, info: FilmInfo, deinterlace: Deinterlace = "auto", *, strict: bool = False
    ) -> None:
        """Read the film that `info` describes; see `filmcolor.media.decode.probe.probe`.

        `strict`: damage is an error, instead of being skipped.
        """
        self.info = info
        self._deinterlace: Deinterlace = deinterlace
        self._strict = strict
        self._hurries = False

    def hurried(self) -> FilmReader:
        """Return a reader of the same frames that is quicker at the beginning of a part.

        On the way there it leaves out frames on which no others depend, so damage that lies in
        them is not told.
        """
        other = copy(self)
        other._hurries = not self._strict
        return other

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the frames of `part` in the order in which they are shown.

        Damaged packets are skipped, as players do. Raises `InputError` when the file cannot be
        read any more, when the bit depth changes on the way, or when the decoder never comes back.
        """
        replaced = Replaced(self.info)
        with closing(self.decoded(part)) as frames:
            for index, frame in enumerate(frames):
                yield self._careful(frame, index, replaced)

    def rough_frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield as many frames as `frames` does, at the same times, decoded with less care.

        The decoder leaves out the loop filter, so that blocks may show, and interlaced frames stay
        so. The luma is often the decoder's own: it is not to be written to. A frame of another size
        than the film keeps it.
        """
        with closing(self.decoded(part, rough=True)) as frames:
            for index, frame in enumerate(frames):
                luma = self._cropped(frame, luma_view(frame.picture, self.info.encoding))
                yield self._frame(frame, index, luma)

    def frame_at(self, time: Fraction) -> Frame | None:
        """Return the frame that is shown at `time`, or None where the film has ended by then."""
        info = self.info
        found: Decoded | None = None
        run_up = _RUN_UP if self._deinterlaces else 0
        with closing(self._from(time, before=run_up)) as timed:
            for frame in with_durations(timed, info):
                if found is not None and frame.pts * info.time_base > time:
                    return self._careful(found, 0, Replaced(info))
                found = frame
        if found is None:
            return None
        # A container's end may lie before its last frame has been shown, or begins at all.
        ended = info.end_time is not None and time >= info.end_time
        if ended and time > found.pts * info.time_base:
            return None
        return self._careful(found, 0, Replaced(info))

    def has_color(self) -> bool:
        """Return whether the film has colour, or a tint, of its own, judged by its first frame.

        Raises `InputError` when no frame can be decoded.
        """
        with closing(self._timed(None, rough=True)) as frames:
            first = next(frames, None)
        if first is None:
            raise InputError(f"{self.info.path}: no picture could be decoded.")
        return is_colored(first.picture)

    def reopen(self) -> FilmReader:
        """Return a new reader of the same film."""
        return copy(self)

    def decoded(self, part: FrameRange = WHOLE_FILM, *, rough: bool = False) -> Generator[Decoded]:
        """Yield the frames that `frames` yields, or `rough_frames`, with all their planes."""
        with closing(
            self._cut(self._from(part.start, rough=rough, before=_RUN_UP), part)
        ) as frames:
            if part.start is None or part.first_pts is None:
                yield from frames
                return
            first = next(frames, None)
            if first is not None and first.pts == part.first_pts:
                yield first
                yield from frames
                return
        yield from self._cut(self._timed(None, rough=rough), part)

    def _cut(self, timed: Generator[Decoded], part: FrameRange) -> Generator[Decoded]:
        time_base = self.info.time_base
        before = NOTHING_FOUND
        with closing(timed):
            for frame in with_durations(timed, self.info):
                if part.start is not None and frame.pts * time_base < part.start:
                    before += frame.found
                    continue
                if part.end is not None and frame.pts * time_base >= part.end:
                    break
                frame.found = before + frame.found
                before = NOTHING_FOUND
                yield frame

    def _from(
        self, start: Fraction | None, *, rough: bool = False, before: int = 0
    ) -> Generator[Decoded]:
        """Yield timed frames from a keyframe at least `before` seconds before `start` on.

        However far back that is: without a keyframe, what follows does not decode to what it is.
        """
        if start is not None:
            for earlier in (before, *FURTHER_BACK):
                begin = start - earlier
                whole_from = start - before if self._hurries else None
                with closing(self._timed(begin, rough=rough, whole_from=whole_from)) as timed:
                    first = next(timed, None)
                    if first is not None and first.pts * self.info.time_base <= start:
                        yield first
                        yield from timed
                        return
        # Or seeking leads too far, always.
        yield from self._timed(None, rough=rough)

    def _timed(
        self, start: Fraction | None, *, rough: bool = False, whole_from: Fraction | None = None
    ) -> Generator[Decoded]:
        return Decoding(
            self.info,
            start,
            self._deinterlace,
            strict=self._strict,
            rough=rough,
            whole_from=whole_from,
        ).frames()

    @property
    def _deinterlaces(self) -> bool:
        return self._deinterlace == "on" or (self._deinterlace == "auto" and self.info.interlaced)

    def _careful(self, frame: Decoded, index: int, replaced: Replaced) -> Frame:
        info = self.info
        luma = self._cropped(frame, luma_plane(frame.picture, info.encoding))
        frame.found += Findings(replaced.notes(frame.picture))
        return self._frame(frame, index, fit_luma(luma, info.height, info.width))

    def _frame(self, frame: Decoded, index: int, luma: Plane) -> Frame:
        time = frame.pts * self.info.time_base
        return Frame(index, frame.pts, frame.duration, luma, time, frame.found)

    def _cropped(self, frame: Decoded, luma: Plane) -> Plane:
        """Return what the container shows of a frame's luma; raises where its depth is another."""
        info, picture = self.info, frame.picture
        if picture.format.name != info.pixel_format:
            found = encoding_of(picture, info.video.codec)
            if found.depth != info.encoding.depth:
                raise InputError(
                    f"{info.path}: the bit depth changes from {info.encoding.depth} to "
                    f"{found.depth} at {place_in_words(info, frame.pts)}; cut the film there and "
                    "colour the parts one by one."
                )
        return cropped(luma, info.crop) if luma.shape == info.stored_size else luma
