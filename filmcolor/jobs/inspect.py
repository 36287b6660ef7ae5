"""Tells what a film holds, and what colouring it would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from filmcolor.jobs.output_names import color_name
from filmcolor.media.encode.containers import container_of, default_suffix
from filmcolor.media.encode.mux_trial import MuxPlanner
from filmcolor.media.encode.video_format import (
    choose_encoder,
    format_notes,
    video_format,
)
from filmcolor.media.film import FilmInfo
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import color_suffix, is_picture
from filmcolor.media.pictures.read import read_picture
from filmcolor.media.positions import frame_times
from filmcolor.media.source import WHOLE_FILM
from filmcolor.settings import Settings
from filmcolor.system.memory_errors import tells_of_memory

_PACKETS = 20_000
_DECODED = 500
"""Frames that are looked at where packets are not frames, so that all have to be decoded."""


def timing_of(info: FilmInfo) -> dict[str, Any]:
    """Return how a film's frames follow each other, from the timestamps of its packets.

    `constant` allows for the rounding of one tick that coarse clocks make of an even rate.
    """
    most = _PACKETS if info.packets_are_frames else _DECODED
    times = frame_times(info, most)
    gaps = Counter(after - before for before, after in pairwise(times))
    constant = not gaps or max(gaps) - min(gaps) <= 1
    values: dict[str, Any] = {
        "frame_rate": str(info.frame_rate),
        "constant": constant,
        "time_base": str(info.time_base),
        "first_timestamp": float(times[0] * info.time_base) if times else None,
    }
    if gaps and not constant:
        values["shortest_gap"] = float(min(gaps) * info.time_base)
        values["longest_gap"] = float(max(gaps) * info.time_base)
    if len(times) < most:
        values["frames"] = len(times)
    elif info.frames is not None:
        values["frames"] = info.frames
    return values


@tells_of_memory
def inspect(path: Path, settings: Settings) -> dict[str, Any]:
    """Return the facts about a film or picture as plain values for `json.dumps`.

    Raises `InputError` when it cannot be read.
    """
    if is_picture(path):
        picture = read_picture(path, settings.transfer)
        height, width = picture.luma.shape
        return {
            "path": str(path),
            "kind": "picture",
            "width": width,
            "height": height,
            "depth": picture.encoding.depth,
            "colored": picture.colored,
            "colorize": {
                "output": str(color_name(path, color_suffix(path))),
                "notes": list(picture.notes),
            },
        }
    source = open_source(path, settings)
    info = source.info
    is_file = not info.is_stills
    timing = timing_of(info)
    timing.setdefault("frames", info.frames)
    encoding = info.encoding
    return {
        "path": str(path),
        "kind": "film" if is_file else "stills",
        "container": info.container,
        "duration": None if info.duration is None else float(info.duration),
        "start": float(info.container_start),
        "width": info.width,
        "height": info.height,
        "sample_aspect_ratio": str(info.sample_aspect_ratio),
        "rotation": info.orientation.degrees,
        "mirrored": info.orientation.mirrored,
        "timing": timing,
        "video": {
            "stream": info.video.index,
            "codec": info.video.codec,
            "pixel_format": info.pixel_format,
            "depth": encoding.depth,
            "matrix": encoding.matrix.name,
            "matrix_is_tagged": info.tagged_matrix,
            "range": "full" if encoding.full_range else "limited",
            "primaries": encoding.primaries,
            "transfer": encoding.transfer,
            "interlaced": info.interlaced,
            "field_order": ("top" if info.top_field_first else "bottom")
            if info.interlaced
            else None,
            "colored": source.has_color(),
        },
        "streams": [
            {
                "index": stream.index,
                "kind": stream.kind,
                "codec": stream.codec,
                "language": stream.language,
                "title": stream.title,
                "dispositions": list(stream.dispositions),
                "details": stream.details,
            }
            for stream in info.streams
        ],
        "chapters": info.chapters,
        "metadata": dict(info.metadata),
        "colorize": _what_colorize_does(info, settings, source.notes),
    }


def _what_colorize_does(info: FilmInfo, settings: Settings, found: Sequence[str]) -> dict[str, Any]:
    encoder = choose_encoder(settings, info, None)
    video = video_format(info, settings, encoder)
    planner = MuxPlanner(info, WHOLE_FILM, video)
    output = color_name(info.path, default_suffix(info, encoder, planner.keeps_all))
    container = container_of(output, encoder)
    plan = planner.plan(container, output)
    notes = [*found, *format_notes(info, settings, video)]
    notes += plan.notes(container)
    return {
        "output": str(output),
        "container": container.name,
        "codec": encoder.name,
        "pix_fmt": video.pixel_format.name,
        "copied_streams": [s.index for s in plan.copied],
        "converted_streams": [s.index for s in plan.converted],
        "left_out_streams": [out.stream.index for out in plan.left_out],
        "notes": notes,
    }
