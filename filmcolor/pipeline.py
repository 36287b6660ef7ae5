"""A black-and-white film in, the same film in colour out.

Three stages run side by side, each in its own thread: the reader decodes, the network and the
chroma look-up colour, and the main thread encodes. Then the video and the source's other streams
are put together.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from filmcolor.chroma import ChromaTable
from filmcolor.coloring.film import ColoredFrame, FilmColorizer
from filmcolor.coloring.network_colors import ColorNetwork
from filmcolor.coloring.stages import StageTimes
from filmcolor.colorspace import YUVEncoding
from filmcolor.cpu import available_cores
from filmcolor.errors import InputError
from filmcolor.media.containers import Container, container_of, default_suffix
from filmcolor.media.film import FilmInfo
from filmcolor.media.mux import mux, plan_mux
from filmcolor.media.positions import resolve_range
from filmcolor.media.probe import probe
from filmcolor.media.reader import WHOLE_FILM, FilmReader, FrameRange
from filmcolor.media.source import FrameSource
from filmcolor.media.stills import StillsReader, find_stills
from filmcolor.media.timecode import Position
from filmcolor.media.writer import VideoFormat, VideoWriter
from filmcolor.networks import Network, is_large_network, load_network
from filmcolor.outputs import check_output, color_name, publish, work_folder
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.prefetch import Prefetch
from filmcolor.settings import Settings
from filmcolor.summary import Profile, Progress, ProgressCallback, Summary
from filmcolor.video_formats import choose_encoder, format_notes, video_format

_DECODED_AHEAD = 4
_COLORED_AHEAD = 4
_SPACING_FOR_LARGE_NETWORKS = 2.0
"""Their passes would take longer than all else; colours are carried a little further instead."""


def open_source(path: Path, settings: Settings) -> FrameSource:
    """Return what reads the frames of `path`: a film file, a folder or a pattern of stills.

    Raises `InputError` when there is nothing to read.
    """
    stills = find_stills(path)
    if stills is not None:
        return StillsReader(path, stills, Fraction(str(settings.fps)))
    return FilmReader(probe(path), settings.deinterlace)


def needs_plan(settings: Settings) -> bool:
    """Return whether the method of `settings` needs to know the film's shots."""
    return settings.method != "frame"


def colored_film(
    source: FrameSource,
    settings: Settings,
    network: ColorNetwork,
    part: FrameRange = WHOLE_FILM,
    *,
    plan: Plan | None = None,
    encoding: YUVEncoding | None = None,
    chroma_size: tuple[int, int] | None = None,
    stages: StageTimes | None = None,
) -> Generator[ColoredFrame]:
    """Yield the frames of a film, or a part of it, with their new U and V planes.

    Planes are in `encoding` (the film's own by default); `chroma_size` (height, width) is that of
    4:2:0 by default. Without `plan`, one is made first where the method needs it. Raises as
    `filmcolor.colorize` does.
    """
    info = source.info
    if plan is None and needs_plan(settings):
        plan = plan_film(source, part)
    encoding = encoding or info.encoding
    size = chroma_size or ((info.height + 1) // 2, (info.width + 1) // 2)
    stages = stages or StageTimes()
    with (
        FilmColorizer(info, settings, network, encoding, size, stages) as colorizer,
        Prefetch(stages.reading("decode", source.frames(part)), _DECODED_AHEAD) as decoded,
    ):
        yield from colorizer.frames(iter(decoded), plan)


def _frame_total(info: FilmInfo, part: FrameRange) -> int | None:
    if part.is_whole or info.end_time is None:
        return info.frames
    start = info.first_time if part.start is None else part.start
    end = info.end_time if part.end is None else part.end
    return max(1, round((end - start) * info.frame_rate))


@dataclass
class _Run:
    """What a run needs besides the film, made ready while the film is looked through."""

    network: Network
    plan: Plan | None


def _get_ready(
    source: FrameSource,
    part: FrameRange,
    settings: Settings,
    network: Network | None,
    plan: Plan | None,
    progress: ProgressCallback | None,
) -> _Run:
    """Load the network and look for shots, both at the same time."""

    def load() -> Network:
        # Keyframes are coloured beside all else, and passes of fewer threads waste less.
        threads = max(1, available_cores() // 2) if settings.method == "propagate" else None
        loaded = network or load_network(settings.model, engine=settings.engine, threads=threads)
        ChromaTable(source.info.encoding)
        return loaded

    def looked_at(done: Progress) -> None:
        if loading.done() and loading.exception() is not None:
            loading.result()  # a film can be long: say at once that the network is missing
        if progress is not None:
            progress(done)

    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load)
        if plan is None and needs_plan(settings):
            large = is_large_network(network.path if network else settings.model)
            spacing = _SPACING_FOR_LARGE_NETWORKS if large else 1.0
            plan = plan_film(source, part, looked_at, keyframe_spacing=spacing)
        elif plan is not None:
            plan = plan.within(part)
        return _Run(loading.result(), plan)


def colorize_film(
    source: FrameSource,
    output: Path | None,
    settings: Settings,
    network: Network | None = None,
    *,
    plan: Plan | None = None,
    start: Position | None = None,
    end: Position | None = None,
    frames: int | None = None,
    side_by_side: bool = False,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
) -> Summary:
    """Colour one film; see `filmcolor.colorize`.

    `frames` gives the length of the range instead of `end`. With `side_by_side` the grey film
    stands to the left of the colour film. Without `network`, that of `settings` is loaded.
    """
    began, cpu_began = time.perf_counter(), time.process_time()
    info = source.info
    encoder = choose_encoder(settings, info, output)
    if output is None:
        output = color_name(info.path, default_suffix(info, encoder))
    container = container_of(output, encoder)
    check_output(output, info.path, overwrite)
    part = resolve_range(info, start, end, frames)
    video = video_format(info, settings, encoder)
    layout = replace(video, width=2 * video.width) if side_by_side else video
    streams = plan_mux(info, container, part)
    stages = StageTimes()

    with work_folder(output) as folder:
        encoded = folder / "video.mov"
        with stages.of("plan"):
            run = _get_ready(source, part, settings, network, plan, progress)
        coloring = colored_film(
            source,
            settings,
            run.network,
            part,
            plan=run.plan,
            encoding=video.encoding,
            chroma_size=video.chroma_size,
            stages=stages,
        )
        total = _frame_total(info, part)
        done, first, last = _encode(
            coloring, info, video, layout, encoded, streams.shift, stages, total, progress
        )
        finished = folder / f"finished{output.suffix}"
        with stages.of("join"):
            mux(encoded, info, container, streams, part, first, finished)
        publish(finished, output, info.path, overwrite)
    notes = source.notes + format_notes(info, settings, video)
    network = run.network
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
        shots=None if run.plan is None else len(run.plan.shots),
        network_passes=stages.count("network"),
        profile=Profile(
            wall_seconds=time.perf_counter() - began,
            cpu_seconds=time.process_time() - cpu_began,
            cores=available_cores(),
            stage_seconds=stages.seconds,
        ),
        warnings=notes + streams.notes(container) + _renamed(info, output, container),
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
    coloring: Generator[ColoredFrame],
    info: FilmInfo,
    video: VideoFormat,
    layout: VideoFormat,
    path: Path,
    shift: Fraction,
    stages: StageTimes,
    total: int | None,
    progress: ProgressCallback | None,
) -> tuple[int, int, int]:
    """Write the coloured video alone, `shift` seconds earlier.

    Returns the number of frames, the first timestamp and the end, in ticks.
    """
    shift_ticks = int(shift / info.time_base)
    done, first, last = 0, 0, 0
    with Prefetch(coloring, _COLORED_AHEAD) as colored, VideoWriter(path, layout) as writer:
        for item in colored:
            pts = item.frame.pts - shift_ticks
            if layout.width != video.width:
                item = _beside_grey(item, video)
            with stages.of("encode"):
                writer.write(item.luma, item.u, item.v, pts, item.frame.duration)
            first = pts if done == 0 else first
            last = pts + item.frame.duration
            done += 1
            if progress is not None:
                progress(Progress(done, total))
        if done == 0:
            raise InputError(f"{info.path}: there are no frames in this range.")
    return done, first, last
