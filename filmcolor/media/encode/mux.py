"""Brings the coloured video and all other streams of the source together in one film.

What happens to each stream is decided in `filmcolor.media.encode.mux_plan`; timestamps are copied
as they are. The work is done by the ffmpeg executable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from filmcolor.media.decode.clock_jumps import bridged_frames, bridged_packets
from filmcolor.media.decode.container import open_container
from filmcolor.media.decode.packets import packets_of
from filmcolor.media.decode.tape_timecode import timecode_later
from filmcolor.media.encode.containers import Container
from filmcolor.media.encode.ffmpeg import run_ffmpeg
from filmcolor.media.encode.languages import three_letter_code
from filmcolor.media.encode.mux_plan import MuxPlan, Treatment
from filmcolor.media.encode.writer import video_timescale
from filmcolor.media.faults.read_errors import check_disk
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.film import FilmInfo, StreamInfo
from filmcolor.media.local_files import file_url, input_arguments
from filmcolor.media.source import FrameRange

_LARGEST_MOVIE_TIMESCALE = 50_000_000
_KEPT_TAGS = ("language", "title", "handler_name", "creation_time", "timecode", "reel_name")
"""Tags of the source's video stream that are as true of the colour version."""


_STOPPED_READING = "Error during demuxing"
"""What ffmpeg says when it reads no further; it ends as if all were well."""

_LONGEST_LOOK = 2**62
"""Microseconds: only the number of bytes limits how far FFmpeg looks."""

_SHOWN_FROM_THE_START = (
    r"noise=drop=lte(pts+d\,0),"
    r"setts=pts=max(PTS\,0):dts=max(DTS\,0):duration=DURATION+min(PTS\,0)"
)
"""Bitstream filters: lines that are over when a part begins go, those shown then begin with it."""

_COVER_FILES = {"mjpeg": ("jpg", "image/jpeg"), "png": ("png", "image/png")}
"""Suffix and media type of cover pictures by FFmpeg's name of their codec."""


_SOUND_DURATIONS = r"setts=duration=if(gt(DURATION\,2147483647)\,0\,DURATION)"
"""Bitstream filter: FFmpeg takes the last packet of Vorbis in Ogg, which plays for less than
nothing, for one of 27 hours."""


def _seconds(value: Fraction) -> str:
    return f"{float(value):.6f}"


def _movie_timescale(info: FilmInfo, part: FrameRange, late_video: bool) -> int:
    """Return ticks a second for MP4's edit lists, fine enough for every stream's start.

    Edit lists say where a late stream begins; at the usual 1000 ticks a second sound would move
    against the picture by up to half a millisecond.
    """
    scale = 1000
    for stream in info.streams:
        late = stream.start is not None and stream.start > 0
        late |= late_video and stream.index == info.video.index
        if stream.kind in ("video", "audio") and (late or part.start is not None):
            unit = video_timescale(info.time_base)
            if stream.kind == "audio":
                unit = stream.time_base.denominator
            finer = math.lcm(scale, unit)
            scale = finer if finer <= _LARGEST_MOVIE_TIMESCALE else scale
    return scale


@dataclass(frozen=True)
class MuxTask:
    """What is put together, and into which file."""

    video: Path
    """A file with the coloured video. Its timestamps, in units of the film's time base, begin with
    `first` and have `plan.shift` taken off already."""
    info: FilmInfo
    container: Container
    plan: MuxPlan
    """What is taken from the source."""
    part: FrameRange
    first: int
    output: Path


def mux(task: MuxTask) -> list[str]:
    """Write the output of `task`; return sentences about what the source would not give.

    Raises `OutputError` when ffmpeg fails, `InputError` when the source cannot be read.
    """
    said = run_ffmpeg(mux_arguments(task), task.output)
    if not any(_STOPPED_READING in line for line in said) or not task.plan.kept:
        return []
    check_disk(task.info.path, None, pieces=None)
    return [
        "sound and other streams could be read only up to a damaged place; they may end earlier."
    ]


@dataclass(frozen=True)
class Excerpt:
    """The little that a trial takes from the source's streams."""

    start: Fraction | None
    """In seconds on the film's own clock; None: where the part begins that is wanted."""
    seconds: Fraction | None
    """How much; None: until the film ends."""


def mux_arguments(task: MuxTask, excerpt: Excerpt | None = None) -> list[str]:
    """Return the arguments with which ffmpeg does what `mux` says, or a trial with an `excerpt`.

    Cover pictures may be written beside the output.
    """
    info, container, plan, part = task.info, task.container, task.plan, task.part
    arguments = ["-y", "-copyts"]
    if container.has_orientation:
        if info.orientation.degrees:
            arguments += ["-display_rotation", str(info.orientation.degrees)]
        if info.orientation.mirrored:
            arguments += ["-display_hflip"]
    arguments += input_arguments(task.video)
    maps = ["-map", "0:v:0", "-c", "copy"]
    start = part.start if excerpt is None or excerpt.start is None else excerpt.start
    seeks = start is not None and not info.jumps  # times of a clock that jumps are found in order
    if not info.is_stills:
        if start is not None and seeks:
            # ffmpeg's own exact cut goes by a clock that `-itsoffset` has moved away from.
            arguments += ["-noaccurate_seek", "-ss"]
            arguments += [_seconds(max(Fraction(0), start - info.container_start))]
        if plan.shift:
            arguments += ["-itsoffset", _seconds(-plan.shift)]
        if excerpt is not None and excerpt.seconds is not None:
            arguments += ["-t", _seconds(excerpt.seconds)]
        if plan.probe_bytes is not None:
            arguments += ["-probesize", str(plan.probe_bytes)]
            arguments += ["-analyzeduration", str(_LONGEST_LOOK)]
        arguments += input_arguments(info.path, info.container)
        maps += _source_maps(info, plan, container, part, task.output.parent)
    arguments += maps
    if seeks:
        arguments += ["-copypriorss:a", "0", "-copypriorss:s", "1"]
    if part.end is not None and not info.jumps:
        arguments += ["-t", _seconds(part.end - plan.shift)]
    arguments += ["-strict", "experimental", "-f", container.muxer]
    if container.muxer in ("mp4", "mov"):
        flags = "+faststart"
        if any(key.startswith("com.") for key in info.metadata):
            flags += "+use_metadata_tags"  # phones' own tags: place, make, model
        scale = _movie_timescale(info, part, task.first > 0)
        arguments += ["-movflags", flags, "-movie_timescale", str(scale)]
        arguments += ["-video_track_timescale", str(video_timescale(info.time_base))]
    if container.keeps_any_start:
        arguments += ["-mpegts_copyts", "1", "-muxdelay", "0", "-muxpreload", "0"]
        if task.output.suffix.lower() in (".mts", ".m2ts"):
            arguments += ["-mpegts_m2ts_mode", "1"]
    return [*arguments, file_url(task.output)]


def _source_maps(
    info: FilmInfo, plan: MuxPlan, container: Container, part: FrameRange, work_folder: Path
) -> list[str]:
    """Return the arguments that take metadata, chapters and streams from the source (input 1)."""
    arguments = ["-map_metadata", "1", "-map_chapters", "1"]
    wanted = sorted(plan.kept, key=lambda kept: kept.stream.index)
    attached = [kept for kept in wanted if kept.stream.is_cover and container.attaches_covers]
    for place, kept in enumerate((kept for kept in wanted if kept not in attached), start=1):
        stream = kept.stream
        arguments += ["-map", f"1:{stream.index}"]
        arguments += _treatment_arguments(info, kept, place, part, plan.shift)
        if stream.is_cover:
            arguments += [f"-disposition:{place}", "attached_pic"]
        # MP4 and MPEG files have room for three letters, and FFmpeg drops what is shorter.
        if (language := three_letter_code(stream.language)) != stream.language:
            arguments += [f"-metadata:s:{place}", f"language={language}"]
    for number, kept in enumerate(attached):
        place = len(wanted) - len(attached) + 1 + number
        arguments += _attach_cover(info.path, kept.stream, number, place, work_folder)
    for tag in _KEPT_TAGS:
        if value := info.video.tags.get(tag):
            if tag == "timecode":
                value = timecode_later(value, info.frame_rate, plan.shift - info.start)
            arguments += ["-metadata:s:0", f"{tag}={value}"]
    if value := info.metadata.get("timecode"):
        value = timecode_later(value, info.frame_rate, plan.shift - info.start)
        arguments += ["-metadata", f"timecode={value}"]
    arguments += ["-disposition:0", "+".join(info.video.dispositions) or "0"]
    return arguments


def _treatment_arguments(
    info: FilmInfo, kept: Treatment, place: int, part: FrameRange, shift: Fraction
) -> list[str]:
    """Return the arguments for what happens to a stream, the one at `place` in the result."""
    arguments: list[str] = []
    stream, end = kept.stream, None if part.end is None else part.end - shift
    jumps = [jump for jump in info.jumps if jump.stream == stream.index]
    frame_filters: list[str] = []
    packet_filters: list[str] = []
    if kept.encoder:
        arguments += [f"-c:{place}", kept.encoder]
    if kept.encoder and stream.kind == "audio":
        if not kept.encoder.startswith("pcm_"):
            arguments += [f"-b:{place}", "192k"]
        if kept.channels is not None:
            arguments += [f"-ac:{place}", str(kept.channels)]
        if jumps:
            frame_filters.append(bridged_frames(jumps))
        if not part.is_whole:
            start = "" if part.start is None else "start=0"
            until = "" if end is None else f"end={_seconds(end)}"
            frame_filters.append(f"atrim={':'.join(filter(None, (start, until)))}")
    else:
        if info.container == "ogg" and stream.kind == "audio":
            packet_filters.append(_SOUND_DURATIONS)
        if jumps:
            packet_filters.append(bridged_packets(jumps))
            packet_filters += _cut_packets(part, end)
    if stream.kind == "subtitle" and part.start is not None:
        packet_filters.append(_SHOWN_FROM_THE_START)
    if frame_filters:
        arguments += [f"-filter:{place}", ",".join(frame_filters)]
    if packet_filters:
        arguments += [f"-bsf:{place}", ",".join(packet_filters)]
    return arguments


def _cut_packets(part: FrameRange, end: Fraction | None) -> list[str]:
    """Return the bitstream filter that leaves only the packets of a part."""
    outside = []
    if part.start is not None:
        outside.append(r"lte(pts+d\,0)")
    if end is not None:
        outside.append(rf"gte(pts\,{_seconds(end)}/tb)")
    return [f"noise=drop={'+'.join(outside)}"] if outside else []


def _attach_cover(
    source: Path, cover: StreamInfo, number: int, place: int, work_folder: Path
) -> list[str]:
    """Return the arguments that attach a cover picture as a file, as Matroska wants it.

    The picture's bytes are put into `work_folder` unchanged; `place` is its output stream index.
    """
    suffix, kind = _COVER_FILES.get(cover.codec, (cover.codec, f"image/{cover.codec}"))
    path = work_folder / f"cover{number or ''}.{suffix}"

    def read() -> bytes:
        with open_container(source) as container:
            packets = packets_of(source, container, container.streams[cover.index])
            return next((bytes(packet) for packet in packets if packet.size), b"")

    path.write_bytes(watched_reading(source, read, "in its cover picture"))
    tags = {"mimetype": kind, "filename": cover.tags.get("filename", path.name)}
    if cover.title:
        tags["title"] = cover.title
    arguments = ["-attach", file_url(path)]
    for key, value in tags.items():
        arguments += [f"-metadata:s:{place}", f"{key}={value}"]
    return arguments
