"""Encodes colour frames, with exact timestamps, into a file that holds only the video."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import cv2
import numpy as np
from av.filter import Graph
from av.video.format import VideoFormat as AVVideoFormat

from filmcolor.color.colorspace import UNSPECIFIED, Plane, YUVEncoding
from filmcolor.errors import OutputError
from filmcolor.media.decode.luma import plane_view
from filmcolor.media.encode.encoders import Encoder, PixelFormat
from filmcolor.media.encode.scheduling import kept_scheduling
from filmcolor.media.local_files import file_url
from filmcolor.system.cpu import available_cores
from filmcolor.wording.reasons import reason_of

_LIMITED, _FULL = 1, 2  # H.273 VideoFullRangeFlag as FFmpeg's AVColorRange numbers it
_LARGEST_TIMESCALE = 2**31 - 1

_MOST_CORES = 4

_AVX_512F = 13
"""OpenCV's number of the instructions (`CpuFeatures`, CPU_AVX_512F)."""
_UP_TO_AVX2 = "MMX2,SSE2Fast,LZCNT,SSSE3,SSE4.2,AVX,FMA3,BMI2,AVX2"

_BT709_TAG = 1
"""H.273's number of BT.709 primaries and transfer: those of sRGB, in which colours are made."""


@dataclass(frozen=True)
class VideoFormat:
    """Everything about the video to write that stays the same from frame to frame."""

    width: int
    height: int
    encoding: YUVEncoding
    """At the depth of `pixel_format`."""
    encoder: Encoder
    pixel_format: PixelFormat
    options: Mapping[str, str]
    time_base: Fraction
    frame_rate: Fraction
    sample_aspect_ratio: Fraction = Fraction(1)
    field_order: str = ""
    """`tff` or `bff` where frames are marked as two fields each, the top or bottom one first."""

    @property
    def coded_size(self) -> tuple[int, int]:
        """Height and width as encoded: even where the codec's chroma needs it."""
        if not self.encoder.needs_even_size:
            return self.height, self.width
        step_y, step_x = 1 << self.pixel_format.shift_y, 1 << self.pixel_format.shift_x
        return -(-self.height // step_y) * step_y, -(-self.width // step_x) * step_x

    @property
    def chroma_size(self) -> tuple[int, int]:
        """Height and width of the U and V planes."""
        return self.pixel_format.chroma_size(*self.coded_size)


def encoder_threads() -> int:
    """Return how many threads an encoder gets on this computer.

    x264's result depends on it, so it is chosen once for a film. No more than four cores are
    reckoned with: where there are more, several segments of a film are encoded at once.
    """
    return ceil(1.5 * min(available_cores(), _MOST_CORES))


class VideoWriter:
    """Writes frames into a file of their own; use as a context manager.

    It is a QuickTime or MP4 file: these count time in any unit, so that every source timestamp is
    kept as it is; Matroska would round to milliseconds. The file is not meant for people:
    `filmcolor.media.encode.mux` brings the video and all other streams together.
    """

    def __init__(self, path: Path, video: VideoFormat, threads: int | None = None) -> None:
        """Create the file; the encoder gets so many `threads`, see `encoder_threads`.

        Raises `OutputError` when the encoder or the file cannot be opened.
        """
        self.video = video
        self._durations: dict[int, int] = {}
        self._frames = 0
        self._fields = _field_marker(video) if video.field_order else None
        height, width = video.coded_size
        try:
            muxer, options = video_file_options(video)
            self._container = av.open(file_url(path), "w", format=muxer, options=options)
            stream = self._container.add_stream(
                video.encoder.library, rate=video.frame_rate.limit_denominator(100_000)
            )
        except (av.error.FFmpegError, ValueError) as error:
            raise OutputError(f"{path}: cannot be written ({reason_of(error)}).") from error
        assert isinstance(stream, av.VideoStream)
        self._stream = stream
        stream.time_base = video.time_base
        context = stream.codec_context
        context.width, context.height = width, height
        context.pix_fmt = video.pixel_format.name
        context.time_base = video.time_base
        context.sample_aspect_ratio = video.sample_aspect_ratio
        context.color_range = _FULL if video.encoding.full_range else _LIMITED
        context.colorspace = video.encoding.matrix.code
        # Untagged films are shown as BT.709, the primaries and curve the colours are made for.
        context.color_primaries = _tag(video.encoding.primaries)
        context.color_trc = _tag(video.encoding.transfer)
        # x264 takes "slice" threads, PyAV's default, as an order to cut the picture up.
        context.thread_type = "FRAME"
        context.thread_count = threads or encoder_threads()
        context.options = _repeatable(video)
        self._path = path

    def __enter__(self) -> VideoWriter:
        """Return the writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Finish the file; after an error, just let it go."""
        if kind is None:
            self.finish()
        else:
            self.abandon()

    def abandon(self) -> None:
        """Let go of a file that nobody wants any more."""
        with suppress(av.error.FFmpegError, OSError):
            self._container.close()

    def finish(self) -> None:
        """Encode what the encoder still holds, and close the file.

        May be called in another thread than `write`. Raises `OutputError` when writing fails.
        """
        try:
            packets = self._stream.encode(None)
            if self._frames < 3:
                for packet in packets:  # x265 leaves them unset in films of one or two frames
                    packet.dts = packet.pts
            self._mux(packets)
            self._container.close()
        except (av.error.FFmpegError, OSError) as failure:
            self.abandon()
            raise OutputError(f"{self._path}: writing failed ({reason_of(failure)}).") from failure

    def write(self, luma: Plane, u: Plane, v: Plane, pts: int, duration: int) -> None:
        """Encode one frame.

        `luma`: shape (height, width) of the film; `u`, `v`: `video.chroma_size`; all with the
        depth of `video.encoding`. `pts` and `duration` in units of `video.time_base`.
        """
        frame = av.VideoFrame(self._stream.width, self._stream.height, self.video.pixel_format.name)
        dtype: np.dtype[Any] = np.dtype(self.video.encoding.dtype)
        height, width = luma.shape
        target = plane_view(frame.planes[0], dtype)
        target[:height, :width] = luma
        # Codecs with halved chroma want even sizes: the last row and column are doubled.
        target[height:, :width] = luma[-1:, :]
        target[:, width:] = target[:, width - 1 : width]
        plane_view(frame.planes[1], dtype)[:] = u
        plane_view(frame.planes[2], dtype)[:] = v
        if self._fields is not None:
            self._fields.push(frame)
            marked = self._fields.pull()
            assert isinstance(marked, av.VideoFrame)
            frame = marked
        frame.pts = pts
        frame.time_base = self.video.time_base
        frame.colorspace = self.video.encoding.matrix.code
        frame.color_range = _FULL if self.video.encoding.full_range else _LIMITED
        self._durations[pts] = duration
        self._frames += 1
        try:
            # The encoder is opened with the first frame.
            with kept_scheduling() if self._frames == 1 else nullcontext():
                packets = self._stream.encode(frame)
            self._mux(packets)
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(f"{self._path}: writing failed ({reason_of(error)}).") from error

    def _mux(self, packets: list[av.Packet[Any]]) -> None:
        for packet in packets:
            if packet.pts is not None:
                packet.duration = self._durations.pop(packet.pts, packet.duration or 0)
            self._container.mux(packet)


def _field_marker(video: VideoFormat) -> Graph:
    """Return the filter that marks frames as interlaced, which PyAV itself does not."""
    height, width = video.coded_size
    graph = Graph()
    source = graph.add_buffer(
        width=width,
        height=height,
        format=AVVideoFormat(video.pixel_format.name, width, height),
        time_base=video.time_base,
    )
    marker, sink = graph.add("setfield", video.field_order), graph.add("buffersink")
    source.link_to(marker)
    marker.link_to(sink)
    graph.configure()
    return graph


def _repeatable(video: VideoFormat) -> dict[str, str]:
    """Return the encoder's options, with what it needs to give the same result each time.

    On processors with AVX-512, x264's macroblock tree looks at parts of its frames that were never
    written (it repeats itself with `asm=0`, without macroblock tree, or where that memory happens
    to be zero), so that encodes of a film come out a little different. With the instructions up to
    AVX2 it does not; that costs x264 some 3 percent of its time.
    """
    options = dict(video.options)
    if video.encoder.library == "libx264" and cv2.checkHardwareSupport(_AVX_512F):
        given = options.get("x264-params")
        options["x264-params"] = f"asm={_UP_TO_AVX2}" + (f":{given}" if given else "")
    return options


def video_file_options(video: VideoFormat) -> tuple[str, dict[str, str]]:
    """Return the muxer, and its options, for a file that holds a film's video alone."""
    timescale = str(video_timescale(video.time_base))
    return _muxer(video.encoder), {
        "video_track_timescale": timescale,
        "movie_timescale": timescale,
    }


def _muxer(encoder: Encoder) -> str:
    # FFmpeg puts FFV1, VP9 and AV1 into MP4 files only, ProRes into QuickTime files only.
    return "mp4" if encoder.codec in ("ffv1", "vp9", "av1") else "mov"


def _tag(code: int) -> int:
    return _BT709_TAG if code in (0, UNSPECIFIED) else code


def video_timescale(time_base: Fraction) -> int:
    """Return how many ticks a second a QuickTime track needs to hold times in `time_base`."""
    scale = time_base.denominator
    while scale < 1000:
        scale *= 10
    return min(scale, _LARGEST_TIMESCALE)
