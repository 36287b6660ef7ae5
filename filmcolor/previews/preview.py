"""A quick look at what a film will be like: a contact sheet, or a side-by-side clip."""

from __future__ import annotations

import time
from pathlib import Path

from filmcolor.errors import UsageError
from filmcolor.events import Done, Events
from filmcolor.jobs.film import colorize_film
from filmcolor.jobs.job import FilmRequest
from filmcolor.jobs.side_by_side import SideBySide
from filmcolor.media.encode.video_format import choose_encoder
from filmcolor.media.faults.damage import damage_notes
from filmcolor.media.film import FilmInfo
from filmcolor.media.noted import Noted
from filmcolor.media.pictures.write import write_picture
from filmcolor.media.positions import resolve_range
from filmcolor.media.source import FrameSource
from filmcolor.media.timecode import Position
from filmcolor.media.upright import shown_size
from filmcolor.networks import Network
from filmcolor.planning.plan import Plan
from filmcolor.previews.film_sheet import contact_sheet
from filmcolor.script.changes import Changes
from filmcolor.settings import Settings
from filmcolor.summary import Summary
from filmcolor.system.outputs import check_output, output_file

SHEET_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})

_CLIP_SECONDS = 5
_CLIP_WIDTH = 960
"""Widest half of a side-by-side clip."""

_OF_FILES = ("crf", "preset", "encoder_options")
"""Settings that say nothing about the pictures of a sheet, which come from before the encoder."""


def preview(
    source: FrameSource,
    output: Path,
    settings: Settings,
    network: Network,
    *,
    start: Position | None = None,
    end: Position | None = None,
    frames: int | None = None,
    plan: Plan | None = None,
    changes: Changes | None = None,
    overwrite: bool = False,
    events: Events | None = None,
) -> Summary:
    """Write a preview of a film.

    A contact sheet when `output` ends in .png, .jpg or .webp: before/after pairs from all shots in
    the range; a clip with the grey film on the left and the colour film on the right otherwise.
    Both show the film that `filmcolor.colorize` makes of the same range, by the same plan. `frames`
    gives the range's length instead of `end`; without both, a sheet covers all of the film from
    `start` on, and a clip 5 seconds.

    Raises as `filmcolor.colorize` does.
    """
    if frames is not None and end is not None:
        raise UsageError("give either `frames` or `end`, not both.", what="frames", value=frames)
    if frames is not None and frames < 1:
        raise UsageError("`frames` must be at least 1.", what="frames", value=frames)
    info, events = source.info, events or Events()
    changes = changes or Changes()
    check_output(output, info.path, overwrite)
    if output.suffix.lower() not in SHEET_SUFFIXES:
        if frames is None and end is None:
            frames = max(1, round(_CLIP_SECONDS * info.frame_rate))
        request = FilmRequest(
            source,
            output,
            _quick(settings, info, output),
            resolve_range(info, start, end, frames),
            plan,
            changes,
            side_by_side=SideBySide(*shown_size(info, width=_CLIP_WIDTH)),
            overwrite=overwrite,
        )
        return colorize_film(request, network, events)
    _refuse_what_is_ignored(settings, output)
    began = time.perf_counter()
    part = resolve_range(info, start, end, frames)
    noted = Noted(source)
    sheet, count = contact_sheet(noted, part, frames, settings, network, events, plan, changes)
    with output_file(output, info.path, overwrite) as unfinished:
        write_picture(unfinished, sheet)
    summary = Summary(
        input=info.path,
        output=output,
        frames=count,
        seconds=time.perf_counter() - began,
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method=settings.method,
        codec=output.suffix.lstrip(".").lower(),
        warnings=[
            *noted.found.notes,
            *damage_notes(info, noted.found.damage),
        ],
    )
    events.tell(Done(summary))
    return summary


def _refuse_what_is_ignored(settings: Settings, output: Path) -> None:
    """Raise `UsageError` for a setting that was given, but does not show on a sheet."""
    ignored = [name for name in _OF_FILES if name in settings.model_fields_set]
    if ignored:
        names = ", ".join(f"`{name}`" for name in ignored)
        raise UsageError(
            f"{output}: {names} would change nothing on a sheet, whose pictures are those that the "
            "encoder gets; leave it out, or make a clip with `output` NAME.mp4.",
            what=ignored[0],
            remedy="output",
        )


def _quick(settings: Settings, info: FilmInfo, output: Path) -> Settings:
    """Return the settings with a fast preset, where the user named none."""
    fast = choose_encoder(settings, info, output).name in ("x264", "x265")
    preset = settings.preset or ("veryfast" if fast else None)
    return settings.model_copy(update={"preset": preset})
