"""A contact sheet of a film's shots: one picture of each."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from math import isqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.rgb import grey_rgb
from filmcolor.events import Events, FrameDone, check_cancelled
from filmcolor.media.pictures.write import write_picture
from filmcolor.media.source import FrameSource
from filmcolor.media.timecode import format_timecode
from filmcolor.media.upright import show_upright, shown_size
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot
from filmcolor.previews.contact_sheet import Cell, draw_sheet
from filmcolor.system.outputs import output_file

_PICTURE_AREA = 240 * 180
_SHEET_AREA = 24_000_000
"""Pixels of all pictures together; with many shots each gets less."""
_LEAST_AREA = 180 * 135
"""Smaller pictures would be narrower than what is written under them."""
_FEWEST_COLUMNS = 5


def write_shot_sheet(
    plan: Plan,
    source: FrameSource,
    path: Path,
    *,
    overwrite: bool = False,
    events: Events | None = None,
) -> None:
    """Write a sheet with one grey picture of each shot: its middle keyframe.

    The suffix of `path` tells the format. `events` are told of each picture. Raises
    `OutputError` when the file cannot be written, or exists already.
    """
    sheet = shot_sheet(plan, source, events)
    with output_file(path, source.info.path, overwrite) as unfinished:
        write_picture(unfinished, sheet)


def shot_sheet(plan: Plan, source: FrameSource, events: Events | None = None) -> NDArray[np.uint8]:
    """Return the sheet as a picture; uint8, shape (height, width, 3)."""
    info, count = source.info, len(plan.shots)
    area = max(_LEAST_AREA, min(_PICTURE_AREA, _SHEET_AREA // count))
    height, width = shown_size(info, area=area)
    cells = []
    with closing(source):
        for number, shot in enumerate(plan.shots, 1):
            picture = np.zeros((height, width, 3), np.uint8)
            frame = source.frame_at(_middle(shot) * plan.film.time_base)
            if frame is not None:
                luma = show_upright(frame.luma, info, height, width)
                picture = grey_rgb(luma, info.encoding)
            cells.append(Cell([picture], _caption(shot, plan)))
            if events is not None:
                events.tell(FrameDone(number, count, phase="plan"))
            check_cancelled()
    columns = max(_FEWEST_COLUMNS, isqrt(count * height // width))
    return draw_sheet(cells, columns, title=info.path.name)


def _middle(shot: Shot) -> int:
    keyframes = shot.keyframes
    return keyframes[len(keyframes) // 2].pts if keyframes else shot.pts


def _caption(shot: Shot, plan: Plan) -> str:
    seconds = (shot.end_pts - shot.pts) * plan.film.time_base
    begins = shot.time or format_timecode(max(Fraction(0), shot.pts * plan.film.time_base))
    return f"{shot.number}   {begins}   {float(seconds):.1f} s"
