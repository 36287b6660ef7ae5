"""A quick look at what a film will be like: a contact sheet, or a side-by-side clip."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Plane
from filmcolor.coloring import FrameColorizer
from filmcolor.errors import InputError, UsageError
from filmcolor.events import Done, Events, FrameDone, check_cancelled
from filmcolor.jobs.film import colorize_film
from filmcolor.jobs.job import FilmRequest
from filmcolor.jobs.picture import rgb_from_luma
from filmcolor.media.encode.video_format import choose_encoder
from filmcolor.media.faults.damage import damage_notes
from filmcolor.media.film import FilmInfo, Orientation
from filmcolor.media.noted import Noted
from filmcolor.media.pictures.write import write_picture
from filmcolor.media.positions import resolve_range
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource
from filmcolor.media.timecode import Position, format_timecode
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_shot_networks
from filmcolor.planning.plan import Plan, Shot
from filmcolor.planning.planned_frames import ShotChoices, shot_choices
from filmcolor.planning.planner import plan_film
from filmcolor.previews.contact_sheet import Cell, draw_sheet
from filmcolor.settings import Settings, VideoSettings
from filmcolor.summary import Summary
from filmcolor.system.background import waiting_for
from filmcolor.system.outputs import check_output, output_file

SHEET_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})

_PICTURES = 12
_PICTURE_AREA = 320 * 240
_CLIP_SECONDS = 5
_CLIP_WIDTH = 960
"""Widest half of a side-by-side clip."""

ON_THEIR_OWN = (
    "each picture of this sheet is coloured on its own; in the film, colours are carried over from "
    "frame to frame and may differ (a clip shows them as they will be: name a result that ends in "
    ".mp4)"
)

_OF_FILMS_ALONE = ("method", "smooth_seconds", *VideoSettings.model_fields)
"""Settings that say nothing about a sheet, but for the method `frame`."""


def shown_size(
    info: FilmInfo, area: int | None = None, width: int | None = None
) -> tuple[int, int]:
    """Return an even height and width for the film as it is shown, in square pixels.

    About `area` pixels, or at most `width` wide; never larger than the film.
    """
    shown_height, shown_width = float(info.height), info.width * float(info.sample_aspect_ratio)
    if info.orientation.quarter_turns % 2:
        shown_height, shown_width = shown_width, shown_height
    scale = 1.0
    if area is not None:
        scale = min(scale, (area / (shown_height * shown_width)) ** 0.5)
    if width is not None:
        scale = min(scale, width / shown_width)
    return max(2, round(shown_height * scale / 2) * 2), max(2, round(shown_width * scale / 2) * 2)


def show_upright(luma: Plane, info: FilmInfo, height: int, width: int) -> Plane:
    """Return the luma of a frame as it is shown, at the given size."""
    if info.orientation.mirrored:
        luma = luma[:, ::-1]
    turned = np.ascontiguousarray(np.rot90(luma, info.orientation.quarter_turns))
    how = cv2.INTER_AREA if height < turned.shape[0] else cv2.INTER_LINEAR
    resized: Plane = cv2.resize(turned, (width, height), interpolation=how)
    return resized


@dataclass(frozen=True)
class _Look:
    """A frame of a sheet, and the shot that it belongs to."""

    frame: Frame
    shot: Shot


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


def _looks(
    source: FrameSource, plan: Plan, part: FrameRange, frames: int | None
) -> Generator[_Look]:
    if frames is not None and frames <= _PICTURES:
        for frame in source.frames(part):
            yield _Look(frame, _shot_at(plan, frame.pts))
        return
    shown: set[int] = set()
    for shot, count in zip(plan.shots, _shares(plan.shots, _PICTURES), strict=True):
        for ticks in _moments(shot, count) if count else ():
            found = source.frame_at(ticks * source.info.time_base)
            if found is not None and found.pts not in shown:
                shown.add(found.pts)
                yield _Look(found, shot)


def _shot_at(plan: Plan, pts: int) -> Shot:
    return next((shot for shot in plan.shots if pts < shot.end_pts), plan.shots[-1])


class _Painter:
    """Colours single pictures of a sheet, as their shots say."""

    def __init__(
        self,
        info: FilmInfo,
        settings: Settings,
        network: Network,
        shot_networks: Mapping[str, Network],
        size: tuple[int, int],
    ) -> None:
        self._info = info
        self._settings = settings
        self._networks = shot_networks
        self._network = network
        self._size = size
        self._colorizers: dict[str, FrameColorizer] = {}

    def pair(self, look: _Look) -> list[NDArray[np.uint8]]:
        """Return a picture before and after, upright; uint8, shape (height, width, 3)."""
        height, width = self._size
        luma = show_upright(look.frame.luma, self._info, height, width)
        grey = np.zeros((height, width, 2), np.float32)
        choices = shot_choices(look.shot, self._settings)
        colors = grey
        if not choices.grey:
            colorizer = self._colorizer(choices)
            colors = colorizer.color_differences(luma, colorizer.ab(luma))
        return [
            (255 * rgb_from_luma(luma, self._info.encoding, chroma) + 0.5).astype(np.uint8)
            for chroma in (grey, colors)
        ]

    def _colorizer(self, choices: ShotChoices) -> FrameColorizer:
        key = f"{choices.network} {choices.settings.model_dump_json()}"
        if key not in self._colorizers:
            name = choices.network
            network = self._network if name is None else self._networks[name]
            self._colorizers[key] = FrameColorizer(
                network, choices.settings, self._info.encoding, self._size
            )
        return self._colorizers[key]


def contact_sheet(
    source: FrameSource,
    part: FrameRange,
    frames: int | None,
    settings: Settings,
    network: Network,
    events: Events,
    plan: Plan | None = None,
) -> tuple[NDArray[np.uint8], int]:
    """Return a sheet of before/after pairs, and how many pairs there are.

    uint8, shape (height, width, 3). The pictures come from all shots, or from some of all parts of
    the film where there are too many; under each stand the number of its shot and its timecode.
    Each picture is coloured on its own, which the sheet says where films are not. Without `plan`
    the shots are looked for. Raises `InputError` when there is no frame in the range.
    """
    info = source.info
    numbered = plan is not None or part.is_whole
    shot_networks = waiting_for(partial(load_shot_networks, plan, settings))
    plan = plan_film(source, part, events) if plan is None else plan.within(part)
    size = shown_size(info, area=_PICTURE_AREA)
    painter = _Painter(info, settings, network, shot_networks, size)
    cells: list[Cell] = []
    with (
        closing(source),
        closing(_looks(source, plan, part, frames)) as looks,
    ):
        for look in looks:
            at = format_timecode(max(Fraction(0), look.frame.time - info.start))
            caption = f"shot {look.shot.number}   {at}" if numbered else at
            cells.append(Cell(painter.pair(look), caption))
            events.tell(FrameDone(len(cells), frames or _PICTURES))
            check_cancelled()
    if not cells:
        raise InputError(f"{info.path}: there are no frames in this range.")
    height, width = size
    columns = 2 if width >= height else 3
    note = "" if settings.method == "frame" else f"Note: {ON_THEIR_OWN}."
    return draw_sheet(cells, columns, title=info.path.name, note=note), len(cells)


class _SideBySide(FrameSource):
    """Frames of a film, upright and scaled, for the two halves of a preview clip."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self.notes = source.notes
        self._original = source.info
        height, width = shown_size(source.info, width=_CLIP_WIDTH)
        self._size = height, width
        self.info = replace(
            source.info,
            width=width,
            height=height,
            sample_aspect_ratio=Fraction(1),
            orientation=Orientation(),
            interlaced=False,
        )

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        with closing(self._source.frames(part)) as frames:
            for frame in frames:
                luma = show_upright(frame.luma, self._original, *self._size)
                yield replace(frame, luma=luma)

    def has_color(self) -> bool:
        return self._source.has_color()

    def reopen(self) -> _SideBySide:
        return _SideBySide(self._source.reopen())


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
    overwrite: bool = False,
    events: Events | None = None,
) -> Summary:
    """Write a preview of a film.

    A contact sheet when `output` ends in .png, .jpg or .webp: up to 12 before/after pairs, spread
    over the range; a clip with the grey film on the left and the colour film on the right
    otherwise. `frames` gives the range's length instead of `end`; without both, a sheet covers
    all of the film from `start` on, and a clip 5 seconds.

    Raises as `filmcolor.colorize` does.
    """
    if frames is not None and end is not None:
        raise UsageError("give either `frames` or `end`, not both.", what="frames", value=frames)
    if frames is not None and frames < 1:
        raise UsageError("`frames` must be at least 1.", what="frames", value=frames)
    info, events = source.info, events or Events()
    check_output(output, info.path, overwrite)
    if output.suffix.lower() not in SHEET_SUFFIXES:
        if frames is None and end is None:
            frames = max(1, round(_CLIP_SECONDS * info.frame_rate))
        request = FilmRequest(
            _SideBySide(source),
            output,
            _quick(settings, info, output),
            resolve_range(info, start, end, frames),
            plan,
            side_by_side=True,
            overwrite=overwrite,
        )
        return colorize_film(request, network, events)
    _refuse_what_is_ignored(settings, output)
    began = time.perf_counter()
    part = resolve_range(info, start, end, frames)
    noted = Noted(source)
    sheet, count = contact_sheet(noted, part, frames, settings, network, events, plan)
    with output_file(output, info.path, overwrite) as unfinished:
        write_picture(unfinished, sheet)
    summary = Summary(
        input=info.path,
        output=output,
        frames=count,
        seconds=time.perf_counter() - began,
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method="frame",
        codec=output.suffix.lstrip(".").lower(),
        warnings=[
            *([] if settings.method == "frame" else [f"{ON_THEIR_OWN}."]),
            *noted.found.notes,
            *damage_notes(info, noted.found.damage),
        ],
    )
    events.tell(Done(summary))
    return summary


def _refuse_what_is_ignored(settings: Settings, output: Path) -> None:
    """Raise `UsageError` for a setting that was given, but does not show on a sheet."""
    given = settings.model_fields_set
    ignored = [name for name in _OF_FILMS_ALONE if name in given]
    if settings.method == "frame" and "method" in ignored:
        ignored.remove("method")
    if ignored:
        names = ", ".join(f"`{name}`" for name in ignored)
        raise UsageError(
            f"{output}: {names} would change nothing on a sheet of pictures, each of which is "
            "coloured on its own; leave it out, or make a clip with `output` NAME.mp4.",
            what=ignored[0],
            remedy="output",
        )


def _quick(settings: Settings, info: FilmInfo, output: Path) -> Settings:
    """Return the settings with a fast preset, where the user named none."""
    fast = choose_encoder(settings, info, output).name in ("x264", "x265")
    preset = settings.preset or ("veryfast" if fast else None)
    return settings.model_copy(update={"preset": preset})
