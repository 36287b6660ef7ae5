"""A black-and-white film in, the same film in colour out.

Three stages run side by side, each in its own thread: the reader decodes, the network and the
chroma look-up colour, and the main thread encodes. Then the video and the source's other streams
are put together.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from filmcolor.coloring import ColorNetwork, FrameColorizer
from filmcolor.colorspace import Plane
from filmcolor.errors import InputError
from filmcolor.media.containers import Container, container_of, default_suffix
from filmcolor.media.encoders import (
    Encoder,
    check_encoder,
    choose_pixel_format,
    encoder_options,
    find_encoder,
)
from filmcolor.media.film import FilmInfo
from filmcolor.media.luma import change_depth
from filmcolor.media.mux import mux, plan_mux
from filmcolor.media.positions import resolve_range
from filmcolor.media.probe import probe
from filmcolor.media.reader import WHOLE_FILM, FilmReader, Frame, FrameRange
from filmcolor.media.stills import StillsReader, find_stills
from filmcolor.media.timecode import Position
from filmcolor.media.writer import VideoFormat, VideoWriter
from filmcolor.networks import Network
from filmcolor.outputs import check_output, color_name, publish, work_folder
from filmcolor.prefetch import Prefetch
from filmcolor.settings import Settings
from filmcolor.summary import Progress, ProgressCallback, Summary

_DECODED_AHEAD = 4
_COLORED_AHEAD = 4


class FrameSource(Protocol):
    """Anything that films are read from: a file, or a sequence of stills."""

    info: FilmInfo
    notes: list[str]

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the frames of a part of the film."""
        ...


@dataclass(frozen=True)
class ColoredFrame:
    """A frame ready for the encoder."""

    frame: Frame
    luma: Plane
    u: Plane
    v: Plane


def open_source(path: Path, settings: Settings) -> FrameSource:
    """Return what reads the frames of `path`: a film file, a folder or a pattern of stills.

    Raises `InputError` when there is nothing to read.
    """
    stills = find_stills(path)
    if stills is not None:
        return StillsReader(path, stills, Fraction(str(settings.fps)))
    return FilmReader(probe(path), settings.deinterlace)


def colored_frames(
    frames: Generator[Frame], colorizer: FrameColorizer, info: FilmInfo, video: VideoFormat
) -> Generator[ColoredFrame]:
    """Yield each frame with its new U and V planes."""
    with closing(frames):
        for frame in frames:
            luma = change_depth(frame.luma, info.encoding, video.encoding)
            ab = colorizer.ab(luma, frame.time)
            u, v = colorizer.planes(luma, ab, video.chroma_size)
            yield ColoredFrame(frame, luma, u, v)


def choose_encoder(settings: Settings, info: FilmInfo, output: Path | None) -> Encoder:
    """Return the encoder that `settings` name; for `auto`, the one that fits film and output."""
    if settings.codec != "auto":
        return find_encoder(settings.codec)
    if output is not None and output.suffix.lower() == ".webm":
        return find_encoder("vp9")
    return find_encoder("x264" if info.encoding.depth <= 10 else "x265")


def default_output_suffix(info: FilmInfo, settings: Settings) -> str:
    """Return the suffix of the colour version of a film when the user names no output."""
    return default_suffix(info, choose_encoder(settings, info, None))


def video_format(info: FilmInfo, settings: Settings, encoder: Encoder) -> VideoFormat:
    """Return the format in which the colour version of `info` is encoded.

    Raises `UsageError` or `OutputError` when the encoder cannot do what `settings` ask for.
    """
    pixel_format = choose_pixel_format(encoder, info.encoding.depth, settings.pix_fmt)
    options = encoder_options(encoder, settings.crf, settings.preset, settings.encoder_options)
    if info.interlaced and settings.deinterlace == "off" and encoder.library == "libx264":
        field_first = "tff=1" if info.top_field_first else "bff=1"
        others = options.get("x264-params")
        options["x264-params"] = f"{field_first}:{others}" if others else field_first
    check_encoder(encoder, pixel_format, options)
    return VideoFormat(
        width=info.width,
        height=info.height,
        encoding=info.encoding.with_depth(pixel_format.depth),
        encoder=encoder,
        pixel_format=pixel_format,
        options=options,
        time_base=info.time_base,
        frame_rate=info.frame_rate,
        sample_aspect_ratio=info.sample_aspect_ratio,
    )


def format_notes(info: FilmInfo, settings: Settings, video: VideoFormat) -> list[str]:
    """Return a sentence for everything about the video that is not as in the source."""
    notes = []
    height, width = video.coded_size
    if (height, width) != (info.height, info.width):
        notes.append(
            f"the picture is padded from {info.width}x{info.height} to {width}x{height}, because "
            f"{video.pixel_format.name} needs even sizes."
        )
    was, now = info.encoding.depth, video.encoding.depth
    if was != now:
        notes.append(f"the bit depth changes from {was} to {now}.")
    if now > 8 and video.encoder.codec == "h264":
        notes.append(
            f"the film has {now} bits, and so has the result; browsers and TVs may not play "
            "that, --pix-fmt yuv420p makes a film for them."
        )
    if info.interlaced and settings.deinterlace != "off":
        notes.append("the film is interlaced; its fields are made whole frames (bwdif).")
    if info.interlaced and settings.deinterlace == "off" and video.encoder.library != "libx264":
        notes.append("the film is interlaced; the result is not marked so.")
    return notes


def _frame_total(info: FilmInfo, part: FrameRange) -> int | None:
    if part.is_whole or info.end_time is None:
        return info.frames
    start = info.first_time if part.start is None else part.start
    end = info.end_time if part.end is None else part.end
    return max(1, round((end - start) * info.frame_rate))


def colorize_film(
    source: FrameSource,
    output: Path | None,
    settings: Settings,
    network: Network,
    *,
    start: Position | None = None,
    end: Position | None = None,
    frames: int | None = None,
    side_by_side: bool = False,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
) -> Summary:
    """Colour one film; see `filmcolor.colorize`.

    `frames` gives the length of the range instead of `end`. With `side_by_side` the grey film
    stands to the left of the colour film.
    """
    began = time.perf_counter()
    info = source.info
    encoder = choose_encoder(settings, info, output)
    if output is None:
        output = color_name(info.path, default_suffix(info, encoder))
    container = container_of(output, encoder)
    check_output(output, info.path, overwrite)
    part = resolve_range(info, start, end, frames)
    video = video_format(info, settings, encoder)
    layout = replace(video, width=2 * video.width) if side_by_side else video
    plan = plan_mux(info, container, part)

    with work_folder(output) as folder:
        encoded = folder / "video.mov"
        done, first, last = _encode(
            source, part, video, layout, encoded, settings, network, plan.shift, progress
        )
        finished = folder / f"finished{output.suffix}"
        mux(encoded, info, container, plan, part, first, finished)
        publish(finished, output, info.path, overwrite)
    notes = source.notes + format_notes(info, settings, video)
    return Summary(
        input=info.path,
        output=output,
        frames=done,
        seconds=time.perf_counter() - began,
        duration=float((last - first) * info.time_base),
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method=settings.method,
        codec=encoder.name,
        pix_fmt=video.pixel_format.name,
        warnings=notes + plan.notes(container) + _renamed(info, output, container),
    )


def _renamed(info: FilmInfo, output: Path, container: Container) -> list[str]:
    own = info.path.suffix.lower()
    given_or_same = output != color_name(info.path, output.suffix) or own == output.suffix.lower()
    if given_or_same or info.is_stills:
        return []
    return [
        f"the result is a {container.name} file: {own} files cannot hold all of it, or not with "
        "exact times."
    ]


def _beside_grey(item: ColoredFrame, video: VideoFormat) -> ColoredFrame:
    """Return a frame twice as wide: without its chroma on the left, with it on the right."""
    grey = np.full_like(item.u, video.encoding.chroma_zero)
    return ColoredFrame(
        item.frame,
        np.hstack([item.luma, item.luma]),
        np.hstack([grey, item.u]),
        np.hstack([grey, item.v]),
    )


def _encode(
    source: FrameSource,
    part: FrameRange,
    video: VideoFormat,
    layout: VideoFormat,
    path: Path,
    settings: Settings,
    network: ColorNetwork,
    shift: Fraction,
    progress: ProgressCallback | None,
) -> tuple[int, int, int]:
    """Write the coloured video alone, `shift` seconds earlier.

    Returns the number of frames, the first timestamp and the end, in ticks.
    """
    info = source.info
    colorizer = FrameColorizer(
        network,
        settings,
        video.encoding,
        (info.height, info.width),
        aspect=info.sample_aspect_ratio,
        orientation=info.orientation,
    )
    total = _frame_total(info, part)
    shift_ticks = int(shift / info.time_base)
    done, first, last = 0, 0, 0
    with (
        Prefetch(source.frames(part), _DECODED_AHEAD) as decoded,
        Prefetch(colored_frames(iter(decoded), colorizer, info, video), _COLORED_AHEAD) as colored,
        VideoWriter(path, layout) as writer,
    ):
        for item in colored:
            pts = item.frame.pts - shift_ticks
            if layout.width != video.width:
                item = _beside_grey(item, video)
            writer.write(item.luma, item.u, item.v, pts, item.frame.duration)
            first = pts if done == 0 else first
            last = pts + item.frame.duration
            done += 1
            if progress is not None:
                progress(Progress(done, total))
        if done == 0:
            raise InputError(f"{info.path}: there are no frames in this range.")
    return done, first, last
