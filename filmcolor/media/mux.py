"""Brings the coloured video and all other streams of the source together in one film.

Nothing is re-encoded that the target container can hold; timestamps are copied as they are.
The work is done by the ffmpeg executable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from filmcolor.media.containers import Container
from filmcolor.media.executable import run_ffmpeg
from filmcolor.media.film import FilmInfo, StreamInfo
from filmcolor.media.languages import three_letter_code
from filmcolor.media.local_files import file_url, input_arguments
from filmcolor.media.probe import open_container, packets_of
from filmcolor.media.read_errors import check_disk
from filmcolor.media.reader import FrameRange
from filmcolor.media.watchdog import watched_reading
from filmcolor.media.writer import video_timescale

_LARGEST_MOVIE_TIMESCALE = 50_000_000
_KEPT_TAGS = ("language", "title", "handler_name", "creation_time", "timecode", "reel_name")
"""Tags of the source's video stream that are as true of the colour version."""


_STOPPED_READING = "Error during demuxing"
"""What ffmpeg says when it reads no further; it ends as if all were well."""


_COVER_FILES = {"mjpeg": ("jpg", "image/jpeg"), "png": ("png", "image/png")}
"""Suffix and media type of cover pictures by FFmpeg's name of their codec."""


_SOUND_DURATIONS = r"setts=duration=if(gt(DURATION\,2147483647)\,0\,DURATION)"
"""Bitstream filter: FFmpeg takes the last packet of Vorbis in Ogg, which plays for less than
nothing, for one of 27 hours."""


@dataclass(frozen=True)
class MuxPlan:
    """What happens to each stream of the source."""

    copied: tuple[StreamInfo, ...]
    converted: tuple[tuple[StreamInfo, str], ...]
    """Streams that the container cannot hold as they are, with the encoder for each."""
    left_out: tuple[StreamInfo, ...]
    shift: Fraction
    """Seconds to take off all timestamps of the source."""

    def notes(self, container: Container) -> list[str]:
        """Return a sentence for each stream that is not simply copied."""
        notes = [
            f"{_words(stream)} is converted to {encoder.removeprefix('lib')}, because "
            f"{container.name} files cannot hold {stream.codec}."
            for stream, encoder in self.converted
        ]
        for stream in self.left_out:
            what = stream.codec or "data of this kind"
            hint = " (.mkv files can)" if stream.kind in ("subtitle", "attachment") else ""
            notes.append(
                f"{_words(stream)} is left out, because {container.name} files cannot hold "
                f"{what}{hint}."
            )
        return notes


def _words(stream: StreamInfo) -> str:
    name = stream.title or stream.language
    kind = "cover picture" if stream.is_cover else f"{stream.kind} stream"
    return f"{kind} {stream.index}" + (f" ({name})" if name and name != "und" else "")


def plan_mux(info: FilmInfo, container: Container, part: FrameRange) -> MuxPlan:
    """Decide what happens to each stream of the film besides its video."""
    copied: list[StreamInfo] = []
    converted: list[tuple[StreamInfo, str]] = []
    left_out: list[StreamInfo] = []
    for stream in info.other_streams:
        if container.holds(stream):
            copied.append(stream)
        elif encoder := container.conversion(stream):
            converted.append((stream, encoder))
        elif stream.kind == "data" and stream.codec == "" and info.container == "mov":
            continue  # timecode and phone sensor tracks: QuickTime writes its own or none
        else:
            left_out.append(stream)
    return MuxPlan(
        tuple(copied), tuple(converted), tuple(left_out), _time_shift(info, container, part)
    )


def _time_shift(info: FilmInfo, container: Container, part: FrameRange) -> Fraction:
    """Return the seconds by which a film begins earlier in its colour version."""
    if part.start is not None:
        wanted = part.start
    elif info.start and not container.keeps_any_start:
        wanted = info.start
    else:
        return Fraction(0)
    # A whole number of ticks, so that the video's own timestamps stay exact.
    return round(wanted / info.time_base) * info.time_base


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


def mux(
    video: Path,
    info: FilmInfo,
    container: Container,
    plan: MuxPlan,
    part: FrameRange,
    first: int,
    output: Path,
) -> list[str]:
    """Write `output`: the video of the file `video`, and what `plan` takes from the source.

    The timestamps in `video`, in units of the film's time base, begin with `first` and have
    `plan.shift` taken off already. Returns sentences about what could not be taken from the source.
    Raises `OutputError` when ffmpeg fails, `InputError` when the source cannot be read.
    """
    arguments = ["-y", "-copyts"]
    if container.has_orientation:
        if info.orientation.degrees:
            arguments += ["-display_rotation", str(info.orientation.degrees)]
        if info.orientation.mirrored:
            arguments += ["-display_hflip"]
    arguments += input_arguments(video)
    maps = ["-map", "0:v:0", "-c", "copy"]
    if not info.is_stills:
        if part.start is not None:
            arguments += ["-ss", _seconds(max(Fraction(0), part.start - info.container_start))]
        if plan.shift:
            arguments += ["-itsoffset", _seconds(-plan.shift)]
        arguments += input_arguments(info.path, info.container)
        maps += _source_maps(info, plan, container, output.parent)
    arguments += maps
    if part.start is not None:
        arguments += ["-copypriorss:a", "0", "-copypriorss:s", "0"]
    if part.end is not None:
        arguments += ["-t", _seconds(part.end - plan.shift)]
    arguments += ["-strict", "experimental", "-f", container.muxer]
    if container.muxer in ("mp4", "mov"):
        flags = "+faststart"
        if any(key.startswith("com.") for key in info.metadata):
            flags += "+use_metadata_tags"  # phones' own tags: place, make, model
        scale = _movie_timescale(info, part, first > 0)
        arguments += ["-movflags", flags, "-movie_timescale", str(scale)]
        arguments += ["-video_track_timescale", str(video_timescale(info.time_base))]
    if container.keeps_any_start:
        arguments += ["-mpegts_copyts", "1", "-muxdelay", "0", "-muxpreload", "0"]
        if output.suffix.lower() in (".mts", ".m2ts"):
            arguments += ["-mpegts_m2ts_mode", "1"]
    said = run_ffmpeg([*arguments, file_url(output)], output)
    if not any(_STOPPED_READING in line for line in said) or not (plan.copied or plan.converted):
        return []
    check_disk(info.path, None, pieces=None)
    return [
        "sound and other streams could be read only up to a damaged place; they may end earlier."
    ]


def _source_maps(
    info: FilmInfo, plan: MuxPlan, container: Container, work_folder: Path
) -> list[str]:
    """Return the arguments that take metadata, chapters and streams from the source (input 1)."""
    arguments = ["-map_metadata", "1", "-map_chapters", "1"]
    encoders = dict(plan.converted)
    wanted = sorted([*plan.copied, *encoders], key=lambda stream: stream.index)
    attached = [s for s in wanted if s.is_cover and container.attaches_covers]
    for output_index, stream in enumerate((s for s in wanted if s not in attached), start=1):
        arguments += ["-map", f"1:{stream.index}"]
        if stream in encoders:
            arguments += [f"-c:{output_index}", encoders[stream]]
            if stream.kind == "audio":
                arguments += [f"-b:{output_index}", "192k"]
        elif info.container == "ogg" and stream.kind == "audio":
            arguments += [f"-bsf:{output_index}", _SOUND_DURATIONS]
        if stream.is_cover:
            arguments += [f"-disposition:{output_index}", "attached_pic"]
        # MP4 and MPEG files have room for three letters, and FFmpeg drops what is shorter.
        if (language := three_letter_code(stream.language)) != stream.language:
            arguments += [f"-metadata:s:{output_index}", f"language={language}"]
    for number, stream in enumerate(attached):
        place = len(wanted) - len(attached) + 1 + number
        arguments += _attach_cover(info.path, stream, number, place, work_folder)
    for tag in _KEPT_TAGS:
        if value := info.video.tags.get(tag):
            arguments += ["-metadata:s:0", f"{tag}={value}"]
    arguments += ["-disposition:0", "+".join(info.video.dispositions) or "0"]
    return arguments


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
