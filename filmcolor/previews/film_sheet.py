"""Draws the sheet of a film: pictures from all its shots, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import YUVEncoding
from filmcolor.color.rgb import grey_rgb, rgb_of_planes
from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.excerpt import colored_moments
from filmcolor.coloring.film import ColoredFrame
from filmcolor.events import Events, FrameDone, check_cancelled
from filmcolor.jobs.get_ready import keyframe_spacing
from filmcolor.media.encode.video_format import choose_encoder, video_format
from filmcolor.media.film import FilmInfo
from filmcolor.media.positions import no_frames_in_range
from filmcolor.media.source import FrameRange, FrameSource
from filmcolor.media.timecode import format_timecode
from filmcolor.media.upright import show_upright, shown_size
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_shot_networks
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.planning.shot import Shot
from filmcolor.previews.contact_sheet import Cell, draw_sheet
from filmcolor.script.changes import Changes
from filmcolor.script.given import placed
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import Settings
from filmcolor.system.background import waiting_for

_FEWEST, _MOST = 6, 60
"""Pictures on a sheet, where the film has as many frames."""
_ALL_UP_TO = 12
"""Frames: of so few that are asked for, each one is shown."""
_PICTURE_AREA = 320 * 240


def _shares(shots: Sequence[Shot], count: int) -> list[int]:
    """Return how many of `count` pictures each of `shots` gets.

    With many shots, these are grouped one after the other, and the longest of each group gets one.
    With few, each gets one, and longer ones get more.
    """
    if len(shots) >= count:
        shares = [0] * len(shots)
        bounds = [len(shots) * number // count for number in range(count + 1)]
        for first, end in pairwise(bounds):
            shares[max(range(first, end), key=lambda place: shots[place].frames)] = 1
        return shares
    shares = [1] * len(shots)
    for _ in range(count - len(shots)):
        place = max(range(len(shots)), key=lambda place: shots[place].frames / shares[place])
        if shares[place] < shots[place].frames:
            shares[place] += 1
    return shares


def _moments(shot: Shot, count: int) -> list[Fraction]:
    """Return `count` times in a shot, in ticks, evenly spread over what is clear of it."""
    begin, end = Fraction(shot.pts), Fraction(shot.end_pts)
    frame = (end - begin) / shot.frames
    fading = shot.opens.frames, shot.closes.frames
    if sum(fading) + count <= shot.frames:
        begin, end = begin + fading[0] * frame, end - fading[1] * frame
    step = (end - begin) / count
    return [begin + step * number + step / 2 for number in range(count)]


def _chosen(
    source: FrameSource, plan: Plan, part: FrameRange, frames: int | None
) -> list[Fraction]:
    """Return when, in ticks, the pictures of a sheet are shown; in order."""
    if frames is not None and frames <= _ALL_UP_TO:
        with closing(source.frames(part)) as read:
            return [Fraction(frame.pts) for frame in read]
    count = max(_FEWEST, min(len(plan.shots), _MOST))
    return [
        moment
        for shot, share in zip(plan.shots, _shares(plan.shots, count), strict=True)
        for moment in (_moments(shot, share) if share else ())
    ]


def contact_sheet(
    source: FrameSource,
    part: FrameRange,
    frames: int | None,
    settings: Settings,
    network: Network,
    events: Events,
    plan: Plan | None = None,
    changes: Changes | None = None,
) -> tuple[NDArray[np.uint8], int]:
    """Return a sheet of before/after pairs, and how many pairs there are.

    uint8, shape (height, width, 3). Each shot has a picture, or the longest ones of all parts of
    the film where there are too many; under each stand the number of its shot and its timecode.
    The pictures are the film's own, as `filmcolor.colorize` would encode them, but smaller. Without
    `plan` the shots are looked for. Raises `InputError` when there is no frame in the range.
    """
    info, changes = source.info, changes or Changes()
    numbered = plan is not None or part.is_whole
    if plan is not None:
        plan = changes.followed(plan, part)
    shot_networks = waiting_for(partial(load_shot_networks, plan, settings, None, changes.shots))
    networks = FilmNetworks(network, shot_networks)
    video = video_format(info, settings, choose_encoder(settings, info, None))
    if plan is None:
        spacing = keyframe_spacing(settings, network)
        found = plan_film(source, part, events, keyframe_spacing=spacing)
        plan = changes.followed(found, part)
    size = shown_size(info, area=_PICTURE_AREA)
    cells: list[Cell] = []
    with closing(source):
        moments = _chosen(source, plan, part, frames)
        script = ScriptInMemory()
        given = placed(changes.given, plan)
        wanted = ScriptTask(source, plan, settings, script, given, moments)
        plan = write_script(wanted, networks, events)
        task = ColorTask(settings, part, plan, script, video.encoding, video.chroma_size)
        with closing(colored_moments(source, task, networks, moments)) as colored:
            for item in colored:
                at = format_timecode(max(Fraction(0), item.frame.time - info.start))
                shot = plan.shots[plan.place_at(item.frame.pts)]
                caption = f"shot {shot.number}   {at}" if numbered else at
                cells.append(Cell(_pair(item, info, video.encoding, size), caption))
                events.tell(FrameDone(len(cells), len(moments)))
                check_cancelled()
    if not cells:
        raise no_frames_in_range(info)
    height, width = size
    columns = max(2 if width >= height else 3, isqrt(len(cells) * height // (2 * width)))
    return draw_sheet(cells, columns, title=info.path.name), len(cells)


def _pair(
    item: ColoredFrame, info: FilmInfo, encoding: YUVEncoding, size: tuple[int, int]
) -> list[NDArray[np.uint8]]:
    """Return a frame before and after, upright; uint8, shape (height, width, 3)."""
    return [
        show_upright(rgb, info, *size)
        for rgb in (
            grey_rgb(item.luma, encoding),
            rgb_of_planes(item.luma, item.u, item.v, encoding),
        )
    ]
