"""Takes the colour out of films and photos, colours them again, and compares with the truth."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from typing_extensions import Unpack

from filmcolor.color.chroma import ChromaTable
from filmcolor.color.colorspace import Floats
from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.shown import colored_film, needs_plan
from filmcolor.errors import InputError, UsageError
from filmcolor.evaluation.drift import ColorDrift, drift_figures
from filmcolor.evaluation.followed_points import PointFollower
from filmcolor.evaluation.inputs import Film, Input, Photos, find_inputs
from filmcolor.evaluation.photos import PhotoReader
from filmcolor.evaluation.pictures import (
    SHORTEST_SIDE,
    ColorPicture,
    MeanFigures,
    compare,
    comparison_size,
)
from filmcolor.evaluation.report import Evaluation, FilmEvaluation, PhotosEvaluation
from filmcolor.evaluation.returns import ReturningPlaces
from filmcolor.evaluation.shot_frames import ShotFrames
from filmcolor.evaluation.temporal import TemporalComparison
from filmcolor.evaluation.truth import (
    FINE_DEPTH,
    ColorReader,
    exact_rgb,
    grey_from_luma,
    resized,
    rounded,
)
from filmcolor.events import (
    CancelToken,
    Events,
    FilmBegun,
    FilmDone,
    FrameDone,
    Listener,
    Note,
    check_cancelled,
    listening,
    stopped_by,
)
from filmcolor.jobs.picture import colorize_array
from filmcolor.media.decode.luma import change_depth
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.film import FilmInfo
from filmcolor.media.findings import NOTHING_FOUND
from filmcolor.media.pictures.picture import luma_of_rgb
from filmcolor.media.positions import no_frames_in_range, resolve_range
from filmcolor.media.source import FrameRange
from filmcolor.media.timecode import Position, parse_positions
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.planning.planner import plan_film
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import ColorNetwork, FilmNetworks
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import Settings, SettingsOptions, make_settings
from filmcolor.summary import ProgressCallback
from filmcolor.system.background import waiting_for

Time = str | int | float | Fraction
"""A point in a film: a frame (`"120f"`), seconds (`12.5`) or a timecode (`"00:01:02.500"`)."""

_LEAST_CHROMA = 2.0
"""Mean chroma of the truth, in Lab units, below which there is next to nothing to compare with."""


@dataclass(frozen=True)
class EvaluatedPart:
    """The part of each input that is evaluated."""

    start: Position | None = None
    end: Position | None = None
    frames: int | None = None
    """How many frames from `start` on, instead of `end`; for photos, how many of them."""


def make_part(start: Time | None, end: Time | None, frames: int | None) -> EvaluatedPart:
    """Return the part that a user names; raises `UsageError` where it makes no sense."""
    if frames is not None and frames < 1:
        raise UsageError(f"`frames`: {frames} is no number of frames; 1 is the least.")
    if frames is not None and end is not None:
        raise UsageError("give `end` or `frames`, not both.")
    first, last = parse_positions(start, end)
    return EvaluatedPart(first, last, frames)


def evaluate(
    sources: str | Path | Sequence[str | Path],
    *,
    start: Time | None = None,
    end: Time | None = None,
    frames: int | None = None,
    network: Network | None = None,
    progress: ProgressCallback | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
    **options: Unpack[SettingsOptions],
) -> Evaluation:
    """Colour films and photos that have colours, and measure how near the result comes to them.

    The true and the new colours are compared on the same luma. Films go through the same steps
    as in `colorize`, but for the encoder. Memory does not depend on their length.

    Args:
        sources: colour films, photos, tar or zip files of photos, or folders of them; one or many.
        start: where in each film to begin.
        end: where to stop.
        frames: how many frames of each film instead of `end`; of photos, how many of each folder.
        network: a network loaded before, instead of the option `model`.
        progress: called after each frame or photo, with the count of the input in hand.
        listeners: each called with every event: of each input between `FilmBegun` and `FilmDone`.
        cancel: by which another thread stops it.
        **options: the fields of `filmcolor.Settings` that concern colour, such as `method`.

    Returns:
        The figures of each input and their means. The warp errors rest on OpenCV's DIS optical
        flow, so they compare only with other runs of this function.

    Raises:
        InputError: an input cannot be read, or has no colour.
        CancelledError: after `cancel.cancel()`.
        NetworkError: the network is missing or damaged.
        UsageError: an option makes no sense.
    """
    settings = make_settings(**options)
    part = make_part(start, end, frames)
    events = listening(progress, listeners)
    with stopped_by(cancel):
        inputs = find_inputs([sources] if isinstance(sources, str | Path) else sources)
        network = network or waiting_for(partial(load_chosen_network, settings))
        rows = []
        for number, item in enumerate(inputs, 1):
            events.tell(FilmBegun(item.path, number, len(inputs)))
            row = evaluate_input(item, settings, network, part, events)
            for note in row.notes:
                events.tell(Note(note))
            events.tell(FilmDone(item.path))
            rows.append(row)
    return Evaluation(
        films=[row for row in rows if isinstance(row, FilmEvaluation)],
        photos=[row for row in rows if isinstance(row, PhotosEvaluation)],
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method=settings.method,
    )


def evaluate_input(
    item: Input,
    settings: Settings,
    network: ColorNetwork,
    part: EvaluatedPart,
    events: Events | None = None,
) -> FilmEvaluation | PhotosEvaluation:
    """Evaluate one film, or the photos of one folder or archive; raises as `evaluate` does."""
    if isinstance(item, Film):
        return _evaluate_film(item, settings, network, part, events or Events())
    return _evaluate_photos(item, settings, network, part, events or Events())


def _evaluate_film(
    film: Film,
    settings: Settings,
    network: ColorNetwork,
    part: EvaluatedPart,
    events: Events,
) -> FilmEvaluation:
    info = probe(film.path)
    size = comparison_size(info.height, info.width)
    if min(size) < SHORTEST_SIDE:
        raise InputError(
            f"{film.path}: {info.width}x{info.height} is too small or too narrow to evaluate."
        )
    frames = resolve_range(info, part.start, part.end, part.frames)
    total = part.frames or (info.frames if frames.is_whole else None)
    speed = _coloring_speed(info, settings, network, frames)
    source = FilmReader(info, settings.deinterlace)
    truth_reader = ColorReader(info, settings.deinterlace)
    means, temporal = MeanFigures(), TemporalComparison()
    found = NOTHING_FOUND
    fine = info.encoding.with_depth(max(FINE_DEPTH, info.encoding.depth))
    plan = plan_film(source, frames)
    task, places = _planned(source, ColorTask(settings, frames, plan=plan, encoding=fine), network)
    shots, follower = ShotFrames(plan), PointFollower(*size)
    drift, drift_truth = ColorDrift(follower.size), ColorDrift(follower.size)
    with (
        closing(colored_film(source, task, FilmNetworks(network))) as colored,
        closing(truth_reader.true_colors(frames)) as true_colors,
    ):
        for item, true in zip(colored, true_colors, strict=True):
            if item.frame.pts != true.pts:
                raise InputError(f"{film.path}: the file was replaced while it was being read.")
            found += item.frame.found
            grey = grey_from_luma(item.luma, fine, size)
            true_u, true_v = (change_depth(x, info.encoding, fine) for x in (true.u, true.v))
            result, truth = (
                ColorPicture(rounded(exact), exact)
                for exact in (
                    exact_rgb(item.luma, item.u, item.v, fine, size),
                    exact_rgb(item.luma, true_u, true_v, fine, size),
                )
            )
            means.add(compare(result, truth, grey))
            temporal.add(result, truth, grey)
            followed = follower.add(grey, shots.next(item.frame.pts))
            drift.add(result.ab, followed)
            drift_truth.add(truth.ab, followed)
            places.add(item.frame.pts, result.ab, truth.ab)
            events.tell(FrameDone(means.count, total))
            check_cancelled()
    if means.count == 0:
        raise no_frames_in_range(info)
    notes = [note for note in found.notes if "colour or a tint" not in note]
    if means.mean().chroma_truth < _LEAST_CHROMA:
        notes.append(f"{film.path}: has next to no colour; the figures mean little.")
    return FilmEvaluation(
        input=film.path,
        frames=means.count,
        width=size[1],
        height=size[0],
        pictures=means.mean(),
        temporal=temporal.figures(),
        drift=drift_figures(drift, drift_truth),
        returns=places.figures(),
        coloring_seconds=speed.seconds,
        network_passes=speed.network_passes,
        notes=notes,
    )


def _planned(
    source: FilmReader, task: ColorTask, network: ColorNetwork
) -> tuple[ColorTask, ReturningPlaces]:
    """Return the task with its colour script, if its method needs one, and what to compare."""
    plan, settings = task.plan, task.settings
    assert plan is not None
    if not needs_plan(settings):
        return replace(task, plan=None), ReturningPlaces(plan, {})
    script = ScriptInMemory()
    drafts = script.draft  # a finished script has none
    told = write_script(ScriptTask(source, plan, settings, script), FilmNetworks(network))
    numbers = [shot.number or 1 for shot in told.shots]
    looks = {number: seen for number in numbers if (seen := drafts.looks(number))}
    return replace(task, plan=told, script=script), ReturningPlaces(told, looks)


def _evaluate_photos(
    photos: Photos,
    settings: Settings,
    network: ColorNetwork,
    part: EvaluatedPart,
    events: Events,
) -> PhotosEvaluation:
    reader = PhotoReader(photos)
    counted = _CountedNetwork(network)
    means = MeanFigures()
    seconds = 0.0
    with closing(reader.pictures()) as pictures:
        for rgb in pictures:
            began = time.perf_counter()
            colored = colorize_array(rgb, settings, counted)
            seconds += time.perf_counter() - began
            size = comparison_size(*rgb.shape[:2])
            result, truth, grey = (
                np.rint(resized(picture, size)).astype(np.uint8)
                for picture in (colored, rgb, luma_of_rgb(rgb))
            )
            means.add(compare(ColorPicture(result), ColorPicture(truth), grey))
            events.tell(FrameDone(means.count, part.frames or reader.total))
            check_cancelled()
            if means.count == part.frames:
                break
    if means.count == 0:
        reasons = " ".join(reader.notes)
        raise InputError(f"{photos.path}: there is no photo here to evaluate. {reasons}".rstrip())
    return PhotosEvaluation(
        input=photos.path,
        photos=means.count,
        pictures=means.mean(),
        coloring_seconds=seconds,
        network_passes=counted.passes,
        notes=reader.notes,
    )


class _CountedNetwork:
    """A network that counts the pictures it is given; may be used from several threads."""

    def __init__(self, network: ColorNetwork) -> None:
        self._network = network
        self._lock = Lock()
        self.passes_at_once = network.passes_at_once
        self.passes = 0

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        return self._network.input_size(height, width)

    def predict(self, L: Floats) -> Floats:
        with self._lock:
            self.passes += len(L)
        return self._network.predict(L)


class _Speed(NamedTuple):
    seconds: float
    network_passes: int


def _coloring_speed(
    info: FilmInfo, settings: Settings, network: ColorNetwork, frames: FrameRange
) -> _Speed:
    """Return what it takes to colour a part of a film, in a run of its own: the colouring has
    threads that would go on while frames are compared."""
    ChromaTable(info.encoding)  # worked out once for all films, so no part of this one's time
    counted = _CountedNetwork(network)
    began = time.perf_counter()
    with closing(
        colored_film(
            FilmReader(info, settings.deinterlace),
            ColorTask(settings, frames),
            FilmNetworks(counted),
        )
    ) as colored:
        deque(colored, maxlen=0)
    return _Speed(time.perf_counter() - began, counted.passes)
