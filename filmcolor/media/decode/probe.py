"""Looks into a film file and returns the facts about it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer

from filmcolor.errors import InputError, NotAFilmError
from filmcolor.media.decode.clock_jumps import MAY_JUMP, Scan, scan
from filmcolor.media.decode.container_crop import MAY_CROP, container_crop
from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.decode.field_order import top_field_first
from filmcolor.media.decode.luma import encoding_of, matrix_of
from filmcolor.media.decode.pixel_limit import check_pixels
from filmcolor.media.decode.side_data import frame_side_data
from filmcolor.media.faults.encrypted import is_encrypted
from filmcolor.media.faults.read_errors import check_disk
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.film import Crop, FilmInfo, GoesOn, Orientation, StreamInfo
from filmcolor.media.local_files import check_name, open_file, pointer_of
from filmcolor.system.environment import max_pixels
from filmcolor.system.special_files import refuse_special

_ABSOLUTE_START = frozenset({"mov", "matroska", "webm", "avi", "asf", "gif", "flv", "ivf"})
"""Containers whose timestamps count from the beginning of the film, so that 0 is the beginning
even when the first picture comes later; in others (broadcast streams) any number may come first.
"""

_DURATION_FROM_ZERO = frozenset({"matroska", "flv"})
"""Containers whose duration counts from 0, also where the first picture comes later."""

_MARGIN = 512 * 512
_MILLISECOND = Fraction(1, 1000)
_PACKETS_FOR_FIRST_FRAME = 400
_FRAMES_FOR_INTERLACING = 6
_GOES_ON_WITHIN = 2
"""Seconds between the end of one stream of video and the beginning of another."""

_FAILURES_IN_A_ROW = 8
"""Failures to read a packet behind which no more is tried; some formats never find on again."""


def open_container(path: Path) -> InputContainer:
    """Open a film for reading; raises `InputError` with the reason when that fails.

    No other file is opened, whatever this one or its name asks for.
    """
    check_name(path)
    if not path.exists():
        raise InputError(f"{path}: there is no such file.", file=path)
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty.", file=path)
    try:
        return open_file(path)
    except (av.error.FFmpegError, OSError) as error:
        check_disk(path, error)
        if (pointer := pointer_of(path)) is not None:
            raise InputError(
                f"{path}: is {pointer}, not a film; filmcolor opens no file but the one that is "
                "named, so name the film itself."
            ) from error
        raise NotAFilmError(
            f"{path}: not a film that can be read. "
            "Check that the file is whole and that it is a video or a picture.",
            file=path,
        ) from error


def _dispositions(stream: Any) -> tuple[str, ...]:
    flags = av.stream.Disposition(int(stream.disposition))
    return tuple(flag.name for flag in av.stream.Disposition if flag in flags and flag.name)


def _details(stream: Any) -> str:
    if stream.type == "video":
        return f"{stream.width}x{stream.height}" if stream.codec_context else ""
    if stream.type == "audio":
        return f"{stream.rate} Hz, {stream.layout.name}" if stream.codec_context else ""
    return ""


def _sample_format(stream: Any) -> str:
    context = stream.codec_context if stream.type == "audio" else None
    return context.format.name if context is not None and context.format is not None else ""


def _codec_name(stream: Any) -> str:
    context = getattr(stream, "codec_context", None)
    if context is not None:
        return str(context.codec.canonical_name)
    return (stream.name or "") if stream.type == "data" else ""


def _stream_info(stream: Any, chapters: int = 0) -> StreamInfo:
    metadata = stream.metadata
    time_base = exact(stream.time_base) or _MILLISECOND
    kind = "attachment" if stream.type == "attachment" else stream.type or "data"
    return StreamInfo(
        index=stream.index,
        kind=kind,
        codec=_codec_name(stream),
        language=metadata.get("language", ""),
        title=metadata.get("title", ""),
        dispositions=_dispositions(stream),
        time_base=time_base,
        start=_seconds(stream.start_time, time_base),
        tags=dict(metadata),
        details=_details(stream),
        sample_format=_sample_format(stream),
        # FFmpeg makes one chapter of each of its packets.
        is_chapter_text=kind == "data" and 0 < stream.frames == chapters,
    )


def film_stream(container: InputContainer, wanted: int | None = None) -> Any:
    """Return the video stream that is the film, or None: not a cover, the default one if marked.

    With `wanted`, the one of this index.
    """
    streams = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not _stream_info(stream).is_cover
    ]
    if wanted is not None:
        return next((stream for stream in streams if stream.index == wanted), None)
    default = [stream for stream in streams if "default" in _dispositions(stream)]
    return next(iter(default or streams), None)


def without_threads(stream: Any) -> None:
    """Decode `stream` on one thread, and no pictures above `max_pixels`.

    Frame threads lose frames at damaged packets and can hang when a damaged film is closed. The
    decoder runs beside the network and the encoder anyway, and is the fastest of the three.
    """
    stream.codec_context.thread_type = "NONE"
    stream.codec_context.thread_count = 1
    # Some decoders reckon with more than is shown: full blocks, and room around the picture.
    stream.codec_context.options = {"max_pixels": str(2 * max_pixels() + _MARGIN)}


def packets_of(
    path: Path,
    container: InputContainer,
    stream: Any,
    damaged: Callable[[], None] = lambda: None,
) -> Iterator[Any]:
    """Yield the packets of `stream`, the last one empty, which makes decoders give all frames.

    Where the film `path` is damaged, `damaged` is called, and what can be read behind goes on.
    Raises `InputError` when the disk cannot be read.
    """
    was_read = yield from any_packets_of(path, container, stream, damaged)
    if not was_read:
        last: av.Packet[Any] = av.Packet()
        last.stream = stream
        last.time_base = stream.time_base
        yield last


def any_packets_of(
    path: Path,
    container: InputContainer,
    stream: Any = None,
    damaged: Callable[[], None] = lambda: None,
) -> Generator[Any, None, bool]:
    """Yield the packets of `stream`, or of all, as `packets_of` does; return whether to the end."""
    offset = failures = 0
    wanted = () if stream is None else (stream,)
    packets = container.demux(*wanted)
    while failures < _FAILURES_IN_A_ROW:
        packet = _next(packets)
        if packet is None:
            return True
        if isinstance(packet, Exception):
            packets = container.demux(*wanted)
            if isinstance(packet, av.error.FFmpegError):
                check_disk(path, packet, offset)
                damaged()
                failures += 1
            continue
        failures = 0
        offset = offset if packet.pos is None else packet.pos
        yield packet
    return False


def _next(packets: Iterator[Any]) -> Any:
    """Return the next packet, None at the end, or the error that came in its place."""
    try:
        return next(packets, None)
    except (av.error.FFmpegError, IndexError) as error:
        # PyAV has an IndexError for a packet of a stream that appears on the way.
        return error


@dataclass
class _Beginning:
    """The first packets of a film's video, and the frames in them."""

    frames: list[av.VideoFrame]
    packets: list[Any]

    @property
    def shown(self) -> list[Fraction]:
        """When the frames are shown, in seconds; without those that do not tell."""
        return _times(self.frames)

    @property
    def packets_are_frames(self) -> bool:
        """Whether each packet between the first and the last frame is a frame."""
        if not any(frame.interlaced_frame for frame in self.frames):
            return True
        shown = set(self.shown)
        sent = set(_times(self.packets))
        return len(shown) < 2 or all(
            time in shown for time in sent if min(shown) < time < max(shown)
        )


def _times(items: Sequence[Any]) -> list[Fraction]:
    """Return the times of frames or packets, in seconds; without those that do not tell."""
    found = [(item.pts, exact(item.time_base)) for item in items]
    return [pts * unit for pts, unit in found if pts is not None and unit is not None]


def _beginning(path: Path, container: InputContainer, stream: Any) -> _Beginning:
    frames: list[av.VideoFrame] = []
    packets: list[Any] = []
    for number, packet in enumerate(packets_of(path, container, stream)):
        packets.append(packet)
        with suppress(av.error.FFmpegError):
            frames.extend(packet.decode())
        enough = len(frames) >= _FRAMES_FOR_INTERLACING
        if enough or (frames and number >= 4 * _FRAMES_FOR_INTERLACING):
            break
        if number >= _PACKETS_FOR_FIRST_FRAME and not frames:
            break
    return _Beginning(frames, packets)


def _orientation(frame: av.VideoFrame) -> Orientation:
    degrees = int(frame.rotation)
    data = frame_side_data(frame, "DISPLAYMATRIX")
    if data is not None:
        matrix = np.frombuffer(data, dtype=np.int32).astype(np.float64)
        if matrix[0] * matrix[4] - matrix[1] * matrix[3] < 0:
            # Undo a left-right flip (negate the first row's effect on x), then read the angle.
            angle = float(np.degrees(np.arctan2(matrix[1], -matrix[0])))
            return Orientation(-round(angle) % 360, mirrored=True)
    return Orientation(degrees % 360)


def _frame_rate(stream: Any) -> Fraction:
    average, guessed = exact(stream.average_rate), exact(stream.guessed_rate)
    for rate in (average, guessed, exact(stream.base_rate)):
        if rate and 1 <= rate <= 480:
            return rate
    for rate in (average, guessed):
        if rate and 0 < rate < 1:
            return rate
    return Fraction(25)


def _ticks(seconds: Fraction | None, unit: Fraction) -> int | None:
    return None if seconds is None else round(seconds / unit)


def _seconds(value: int | None, unit: Fraction) -> Fraction | None:
    return None if value is None else value * unit


def probe(path: Path, video_stream: int | None = None) -> FilmInfo:
    """Return the facts about the film at `path`; a few frames are decoded for them.

    `video_stream`: index of the stream that is the film, where it is not the usual one. Raises
    `InputError` when the file cannot be read, has no video, or no picture in it decodes.
    """
    refuse_special(path)
    info = watched_reading(path, lambda: _probe(path, video_stream), "at the beginning")
    if info.container in MAY_CROP:
        info = _with_crop(info)
    return _with_jumps(info) if info.container in MAY_JUMP else info


def _goes_on(info: FilmInfo, found: Scan) -> GoesOn | None:
    """Return in which other stream of video the film goes on, if it seems to."""
    middle = (info.first_time + found.end) / 2
    for stream in info.other_streams:
        if stream.kind == "video" and not stream.is_cover and stream.index in found.begins:
            begins = found.begins[stream.index]
            if begins > middle and abs(begins - found.end) <= _GOES_ON_WITHIN:
                return GoesOn(stream.index, found.end)
    return None


def _with_crop(info: FilmInfo) -> FilmInfo:
    crop = container_crop(info.path, info.container, info.video.index)
    width = info.width - crop.left - crop.right
    height = info.height - crop.top - crop.bottom
    if crop == Crop() or width <= 0 or height <= 0:
        return info
    return replace(info, crop=crop, width=width, height=height)


def _with_jumps(info: FilmInfo) -> FilmInfo:
    """Return the facts of a film whose clock may start again, for which all of it is read."""
    sound = [stream.index for stream in info.streams if stream.kind == "audio"]
    moved = 0

    def counted(packets: Iterable[Any]) -> Iterator[Any]:
        nonlocal moved
        for packet in packets:
            moved += 1
            yield packet

    def read() -> Scan:
        with open_container(info.path) as container:
            packets = any_packets_of(info.path, container)
            return scan(counted(packets), info.video.index, sound)

    found = watched_reading(info.path, read, moves=lambda: moved)
    if not found.jumps:
        return replace(info, goes_on=_goes_on(info, found))
    return replace(
        info,
        jumps=found.jumps,
        duration=found.end - info.first_time,
        frames=found.packets,
    )


def _probe(path: Path, wanted: int | None) -> FilmInfo:
    with open_container(path) as container:
        stream = film_stream(container, wanted)
        if stream is None and wanted is not None and container.streams.video:
            known = ", ".join(str(video.index) for video in container.streams.video)
            raise InputError(f"{path}: stream {wanted} is no video; those that are: {known}.")
        if stream is None and any(s.codec_context is None for s in container.streams.video):
            raise InputError(f"{path}: the video in this file is of a kind that is not known.")
        if stream is None:
            kinds = ", ".join(sorted({s.type or "data" for s in container.streams})) or "nothing"
            error = NotAFilmError(
                f"{path}: there is no video in this file, only {kinds}.", file=path
            )
            error.has_no_video = True
            raise error
        without_threads(stream)
        check_pixels(path, stream.codec_context.width, stream.codec_context.height)
        beginning = _beginning(path, container, stream)
        frames = beginning.frames
        names = container.format.name.split(",")
        # Of noise, a packet decodes now and then.
        few = 2 * len(frames) < len(beginning.packets)
        if few and is_encrypted(path, names[0], beginning.packets):
            raise InputError(
                f"{path}: the film is encrypted; filmcolor cannot decode it. Make a copy without "
                "copy protection, where you may."
            )
        if not frames:
            raise InputError(
                f"{path}: no picture of the video ({stream.codec_context.name}) could be decoded; "
                "the file is damaged or cut off."
            )
        first = frames[0]
        codec = stream.codec_context.codec.canonical_name
        interlaced = [frame for frame in frames if frame.interlaced_frame]
        start = _seconds(container.start_time, Fraction(1, av.time_base)) or Fraction(0)
        absolute = any(name in _ABSOLUTE_START for name in names)
        rate = _frame_rate(stream)
        time_base = exact(stream.time_base) or _MILLISECOND
        duration = _seconds(stream.duration, time_base) or _seconds(
            container.duration, Fraction(1, av.time_base)
        )
        if duration and not stream.duration and names[0] in _DURATION_FROM_ZERO:
            duration = max(Fraction(0), duration - max(Fraction(0), start)) or None
        chapters = len(container.chapters())
        count = stream.frames or None
        if count is None and duration:
            count = max(1, round(duration * rate))
        return FilmInfo(
            path=path,
            container=names[0],
            video=_stream_info(stream),
            is_usual_video=wanted is None or film_stream(container).index == wanted,
            width=first.width,
            height=first.height,
            pixel_format=first.format.name,
            encoding=encoding_of(first, codec),
            tagged_matrix=matrix_of(first)[1],
            time_base=time_base,
            start=Fraction(0) if absolute else min([start, *beginning.shown]),
            container_start=start,
            frame_rate=rate,
            frames=count,
            duration=duration,
            sample_aspect_ratio=exact(stream.sample_aspect_ratio) or Fraction(1),
            orientation=_orientation(first),
            interlaced=bool(interlaced),
            packets_are_frames=beginning.packets_are_frames,
            first_shown=_ticks(min(beginning.shown, default=None), time_base),
            top_field_first=top_field_first(frames),
            streams=tuple(_stream_info(s, chapters) for s in container.streams),
            chapters=chapters,
            metadata=dict(container.metadata),
        )
