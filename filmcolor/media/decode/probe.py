"""Looks into a film file and returns the facts about it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer

from filmcolor.errors import InputError, NotAFilmError
from filmcolor.media.decode.beginning import Beginning, read_beginning
from filmcolor.media.decode.clock_jumps import MAY_JUMP
from filmcolor.media.decode.clock_scan import with_jumps
from filmcolor.media.decode.container import open_container, without_threads
from filmcolor.media.decode.container_crop import MAY_CROP, container_crop
from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.decode.field_order import top_field_first
from filmcolor.media.decode.luma import encoding_of, matrix_of
from filmcolor.media.decode.orientation import orientation_of
from filmcolor.media.decode.pixel_limit import check_pixels
from filmcolor.media.decode.stated_times import stated_times
from filmcolor.media.decode.streams import film_stream, stream_info
from filmcolor.media.faults.encrypted import is_encrypted
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.film import Crop, FilmInfo
from filmcolor.system.special_files import refuse_special


def probe(path: Path, video_stream: int | None = None) -> FilmInfo:
    """Return the facts about the film at `path`; a few frames are decoded for them.

    `video_stream`: index of the stream that is the film, where it is not the usual one. Raises
    `InputError` when the file cannot be read, has no video, or no picture in it decodes.
    """
    refuse_special(path)
    info = watched_reading(path, lambda: _probe(path, video_stream), "at the beginning")
    if info.container in MAY_CROP:
        info = _with_crop(info)
    return with_jumps(info) if info.container in MAY_JUMP else info


def _with_crop(info: FilmInfo) -> FilmInfo:
    crop = container_crop(info.path, info.container, info.video.index)
    width = info.width - crop.left - crop.right
    height = info.height - crop.top - crop.bottom
    if crop == Crop() or width <= 0 or height <= 0:
        return info
    return replace(info, crop=crop, width=width, height=height)


def _probe(path: Path, wanted: int | None) -> FilmInfo:
    with open_container(path) as container:
        stream = _film_stream(path, container, wanted)
        without_threads(stream)
        check_pixels(path, stream.codec_context.width, stream.codec_context.height)
        beginning = read_beginning(path, container, stream)
        frames = beginning.frames
        container_name = container.format.name.split(",")[0]
        _check_beginning(path, container_name, stream, beginning)
        first = frames[0]
        times = stated_times(container, stream, beginning.shown)
        chapters = len(container.chapters())
        return FilmInfo(
            path=path,
            container=container_name,
            video=stream_info(stream),
            is_usual_video=wanted is None or film_stream(container).index == wanted,
            width=first.width,
            height=first.height,
            pixel_format=first.format.name,
            encoding=encoding_of(first, stream.codec_context.codec.canonical_name),
            tagged_matrix=matrix_of(first)[1],
            time_base=times.time_base,
            start=times.start,
            container_start=times.container_start,
            frame_rate=times.frame_rate,
            frames=times.frames,
            duration=times.duration,
            sample_aspect_ratio=exact(stream.sample_aspect_ratio) or Fraction(1),
            orientation=orientation_of(first),
            interlaced=any(frame.interlaced_frame for frame in frames),
            packets_are_frames=beginning.packets_are_frames,
            first_shown=_ticks(min(beginning.shown, default=None), times.time_base),
            top_field_first=top_field_first(frames),
            streams=tuple(stream_info(s, chapters) for s in container.streams),
            chapters=chapters,
            metadata=dict(container.metadata),
        )


def _film_stream(path: Path, container: InputContainer, wanted: int | None) -> Any:
    """Return the stream that is the film; raises `InputError` where there is none."""
    stream = film_stream(container, wanted)
    if stream is not None:
        return stream
    if wanted is not None and container.streams.video:
        known = ", ".join(str(video.index) for video in container.streams.video)
        raise InputError(f"{path}: stream {wanted} is no video; those that are: {known}.")
    if any(s.codec_context is None for s in container.streams.video):
        raise InputError(f"{path}: the video in this file is of a kind that is not known.")
    found = {"a cover" if s.type == "video" else s.type or "data" for s in container.streams}
    kinds = ", ".join(sorted(found)) or "nothing"
    error = NotAFilmError(f"{path}: there is no video in this file, only {kinds}.", file=path)
    error.has_no_video = True
    raise error


def _check_beginning(path: Path, container: str, stream: Any, beginning: Beginning) -> None:
    """Raise `InputError` where nothing decodes."""
    # Of noise, a packet decodes now and then.
    few = 2 * len(beginning.frames) < len(beginning.packets)
    if few and is_encrypted(path, container, beginning.packets):
        raise InputError(
            f"{path}: the film is encrypted; filmcolor cannot decode it. Make a copy without "
            "copy protection, where you may."
        )
    if not beginning.frames:
        raise InputError(
            f"{path}: no picture of the video ({stream.codec_context.name}) could be decoded; "
            "the file is damaged or cut off."
        )


def _ticks(seconds: Fraction | None, unit: Fraction) -> int | None:
    return None if seconds is None else round(seconds / unit)
