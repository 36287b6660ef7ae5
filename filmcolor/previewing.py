"""A quick look at what a film will be like: a contact sheet, or a side-by-side clip."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.coloring import FrameColorizer
from filmcolor.colorspace import Plane
from filmcolor.errors import InputError, UsageError
from filmcolor.image import rgb_from_luma
from filmcolor.media.damage import damage_notes
from filmcolor.media.film import FilmInfo, Orientation
from filmcolor.media.pictures.write import write_picture
from filmcolor.media.positions import resolve_range
from filmcolor.media.reader import WHOLE_FILM, FilmReader, Frame, FrameRange
from filmcolor.media.source import FrameSource
from filmcolor.media.stills import StillsReader
from filmcolor.media.timecode import Position, format_timecode
from filmcolor.networks import Network
from filmcolor.outputs import check_output, publish, work_folder
from filmcolor.pipeline import colorize_film
from filmcolor.settings import Settings
from filmcolor.sheet import Cell, draw_sheet
from filmcolor.summary import Progress, ProgressCallback, Summary
from filmcolor.video_formats import choose_encoder

SHEET_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})

_PICTURES = 12
_PICTURE_AREA = 320 * 240
_CLIP_SECONDS = 5
_CLIP_WIDTH = 960
"""Widest half of a side-by-side clip."""
_SNAP_FROM = 4.0
"""Seconds between the pictures of a sheet from which keyframes will do: they come at once."""


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


def _moments(info: FilmInfo, part: FrameRange, count: int) -> list[Fraction]:
    """Return `count` times, evenly spread over a part of the film, each amid its share."""
    begin = info.first_time
    start = begin if part.start is None else part.start
    if part.end is not None:
        end = part.end
    elif info.end_time is not None:
        end = info.end_time
    else:
        end = start + 60
    step = (end - start) / count
    return [start + step * number + step / 2 for number in range(count)]


def _sheet_frames(source: FrameSource, part: FrameRange, frames: int | None) -> Generator[Frame]:
    if frames is not None and frames <= _PICTURES:
        yield from source.frames(part)
        return
    moments = _moments(source.info, part, _PICTURES)
    exact = float(moments[1] - moments[0]) < _SNAP_FROM
    shown: set[int] = set()
    for moment in moments:
        if isinstance(source, FilmReader | StillsReader):
            frame = source.frame_near(moment, exact=exact)
        else:
            before = FrameRange(moment - source.info.time_base, moment)
            frame = next(source.frames(before), None)
        if frame is not None and frame.pts not in shown:
            shown.add(frame.pts)
            yield frame


def contact_sheet(
    source: FrameSource,
    part: FrameRange,
    frames: int | None,
    settings: Settings,
    network: Network,
    progress: ProgressCallback | None = None,
) -> tuple[NDArray[np.uint8], int]:
    """Return a sheet of before/after pairs with timecodes, and how many pairs there are.

    uint8, shape (height, width, 3). Each picture is coloured on its own. Raises `InputError` when
    there is no frame in the range.
    """
    info = source.info
    height, width = shown_size(info, area=_PICTURE_AREA)
    colorizer = FrameColorizer(network, settings, info.encoding, (height, width))
    cells: list[Cell] = []
    with closing(_sheet_frames(source, part, frames)) as wanted:
        for frame in wanted:
            luma = show_upright(frame.luma, info, height, width)
            ab = colorizer.ab(luma)
            pair = [
                (255 * rgb_from_luma(luma, info.encoding, chroma) + 0.5).astype(np.uint8)
                for chroma in (
                    np.zeros((height, width, 2), np.float32),
                    colorizer.color_differences(luma, ab),
                )
            ]
            cells.append(Cell(pair, format_timecode(max(Fraction(0), frame.time - info.start))))
            if progress is not None:
                progress(Progress(len(cells), frames or _PICTURES))
    if not cells:
        raise InputError(f"{info.path}: there are no frames in this range.")
    columns = 2 if width >= height else 3
    return draw_sheet(cells, columns, title=info.path.name), len(cells)


class _SideBySide:
    """Frames of a film, upright and scaled, for the two halves of a preview clip."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self.notes = source.notes
        self.holes = source.holes
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
        for frame in self._source.frames(part):
            luma = show_upright(frame.luma, self._original, *self._size)
            yield replace(frame, luma=luma)


def preview(
    source: FrameSource,
    output: Path,
    settings: Settings,
    network: Network,
    *,
    start: Position | None = None,
    end: Position | None = None,
    frames: int | None = None,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
) -> Summary:
    """Write a preview of a film.

    A contact sheet when `output` ends in .png, .jpg or .webp: up to 12 before/after pairs, spread
    over the range; a clip with the grey film on the left and the colour film on the right
    otherwise. `frames` gives the range's length instead of `end`; without both, a sheet covers
    all of the film from `start` on, and a clip 5 seconds.

    Raises as `filmcolor.colorize` does.
    """
    if frames is not None and end is not None:
        raise UsageError("give either --frames or --end, not both.")
    if frames is not None and frames < 1:
        raise UsageError("--frames must be at least 1.")
    info = source.info
    check_output(output, info.path, overwrite)
    if output.suffix.lower() not in SHEET_SUFFIXES:
        if frames is None and end is None:
            frames = max(1, round(_CLIP_SECONDS * info.frame_rate))
        return colorize_film(
            _SideBySide(source),
            output,
            _quick(settings, info, output),
            network,
            start=start,
            end=end,
            frames=frames,
            side_by_side=True,
            overwrite=overwrite,
            progress=progress,
        )
    began = time.perf_counter()
    part = resolve_range(info, start, end, frames)
    sheet, count = contact_sheet(source, part, frames, settings, network, progress)
    with work_folder(output) as folder:
        finished = folder / f"finished{output.suffix}"
        write_picture(finished, sheet)
        publish(finished, output, info.path, overwrite)
    return Summary(
        input=info.path,
        output=output,
        frames=count,
        seconds=time.perf_counter() - began,
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method="frame",
        codec=output.suffix.lstrip(".").lower(),
        warnings=[*source.notes, *damage_notes(info, source.holes)],
    )


def _quick(settings: Settings, info: FilmInfo, output: Path) -> Settings:
    """Return the settings with a fast preset, where the user named none."""
    fast = choose_encoder(settings, info, output).name in ("x264", "x265")
    preset = settings.preset or ("veryfast" if fast else None)
    return settings.model_copy(update={"preset": preset})
