"""A black-and-white film in, the same film in colour out.

The film is looked through for its shots, cut into segments, and these are coloured and encoded.
Within a segment, three stages run side by side, each in its own thread: the reader decodes, the
network and the chroma look-up colour, and the main thread encodes. Then the segments are joined
and put together with the source's other streams.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from filmcolor.color.chroma import ChromaTable
from filmcolor.coloring.shown import needs_plan
from filmcolor.coloring.stages import StageTimes
from filmcolor.errors import InputError
from filmcolor.jobs.color_run import encode_run
from filmcolor.jobs.cut import Segment, cut_film
from filmcolor.jobs.disk_space import check_space
from filmcolor.jobs.executors.processes import encode_in_processes, usual_workers
from filmcolor.jobs.join import join_segments
from filmcolor.jobs.manifest import Manifest, SegmentRecord, new_manifest
from filmcolor.jobs.output_names import color_name
from filmcolor.jobs.run_options import RunOptions
from filmcolor.jobs.task import FilmTask, divided, open_runs
from filmcolor.jobs.work import Work, is_finished, open_work, passing_work
from filmcolor.media.decode.reader import FilmReader, FrameRange
from filmcolor.media.encode.choice import choose_encoder, format_notes, video_format
from filmcolor.media.encode.containers import Container, container_of, default_suffix
from filmcolor.media.encode.encoders import Encoder
from filmcolor.media.encode.mux import mux
from filmcolor.media.encode.mux_plan import MuxPlan
from filmcolor.media.encode.mux_trial import MuxPlanner
from filmcolor.media.encode.writer import VideoFormat, encoder_threads
from filmcolor.media.faults.damage import damage_notes
from filmcolor.media.faults.gaps import gap_notes
from filmcolor.media.faults.unchanged import InputStamp
from filmcolor.media.film import FilmInfo
from filmcolor.media.opening import open_source
from filmcolor.media.positions import resolve_range
from filmcolor.media.source import FrameSource
from filmcolor.media.stills import StillsReader
from filmcolor.media.timecode import Position
from filmcolor.networks import Network, is_large_network
from filmcolor.networks.chosen import (
    NetworkFile,
    load_chosen_network,
    load_shot_networks,
    network_threads,
)
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.settings import Settings
from filmcolor.summary import Profile, Progress, ProgressCallback, Summary
from filmcolor.system.cpu import available_cores
from filmcolor.system.memory_errors import memory_told
from filmcolor.system.outputs import is_folder, publish
from filmcolor.wording.words import with_article

_SPACING_FOR_LARGE_NETWORKS = 1.7
"""Their passes would take longer than all else; colours are carried a little further instead."""


@dataclass(frozen=True)
class _Job:
    """One film to colour, with all that is decided before anything is done."""

    source: FrameSource
    output: Path
    settings: Settings
    part: FrameRange
    given_plan: Plan | None
    side_by_side: bool
    overwrite: bool
    options: RunOptions
    progress: ProgressCallback | None
    known_networks: Mapping[str, NetworkFile]
    """Networks of single shots that an earlier run chose."""
    encoder: Encoder
    container: Container
    video: VideoFormat
    streams: MuxPlan


def _frame_total(info: FilmInfo, part: FrameRange) -> int | None:
    if part.is_whole or info.end_time is None:
        return info.frames
    start = info.first_time if part.start is None else part.start
    end = info.end_time if part.end is None else part.end
    return max(1, round((end - start) * info.frame_rate))


@dataclass
class _Ready:
    """What a run needs besides the film, made ready while the film is looked through."""

    network: Network
    shot_networks: Mapping[str, Network]
    plan: Plan | None


def _get_ready(job: _Job, network: Network | None, plan: Plan | None) -> _Ready:
    """Load the networks and look for shots, both at the same time."""
    source, part, settings, progress = job.source, job.part, job.settings, job.progress
    given = plan  # one that is found names no networks

    def load() -> tuple[Network, dict[str, Network]]:
        loaded = network or load_chosen_network(settings, threads=network_threads(settings.model))
        others = load_shot_networks(given, settings, job.known_networks)
        ChromaTable(source.info.encoding)
        return loaded, others

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
        return _Ready(*loading.result(), plan)


def colorize_film(
    source: FrameSource,
    output: Path | None,
    settings: Settings,
    network: Network | None = None,
    *,
    stem: str | None = None,
    plan: Plan | None = None,
    start: Position | None = None,
    end: Position | None = None,
    frames: int | None = None,
    side_by_side: bool = False,
    overwrite: bool = False,
    options: RunOptions | None = None,
    progress: ProgressCallback | None = None,
) -> Summary:
    """Colour one film; see `filmcolor.colorize`.

    With `stem`, `output` is a folder, made if need be, and the result is called `STEM.color.EXT`.
    `frames` gives the length of the range instead of `end`. With `side_by_side` the grey film
    stands to the left of the colour film, and nothing is kept for later. Without `network`, that
    of `settings` is loaded.
    """
    part = resolve_range(source.info, start, end, frames)
    return _colorize(
        source,
        output,
        settings,
        network,
        stem=stem,
        part=part,
        plan=None if plan is None else plan.within(part),
        side_by_side=side_by_side,
        overwrite=overwrite,
        options=options or RunOptions(),
        progress=progress,
    )


def resume_film(
    output: Path,
    manifest: Manifest,
    plan: Plan | None,
    *,
    workers: int | None = 1,
    progress: ProgressCallback | None = None,
) -> Summary:
    """Finish the film `output`, begun by another run, as the manifest in its work folder says.

    `plan` is the one that the user gave then, if any. Raises as `colorize_film` does.
    """
    settings = manifest.settings
    if manifest.network is not None:
        known = manifest.network
        settings = settings.model_copy(update={"model": known.path, "engine": known.engine})
    return _colorize(
        open_source(Path(manifest.input), settings, strict=manifest.strict),
        output,
        settings,
        None,
        stem=None,
        part=manifest.part,
        plan=plan,
        side_by_side=False,
        overwrite=manifest.overwrite,
        options=RunOptions(
            strict=manifest.strict, workers=workers, segment_seconds=manifest.segment_seconds
        ),
        progress=progress,
        known_networks={
            name: NetworkFile(Path(known.path), known.engine)
            for name, known in manifest.shot_networks.items()
        },
    )


def _colorize(
    source: FrameSource,
    output: Path | None,
    settings: Settings,
    network: Network | None,
    *,
    stem: str | None,
    part: FrameRange,
    plan: Plan | None,
    side_by_side: bool,
    overwrite: bool,
    options: RunOptions,
    progress: ProgressCallback | None,
    known_networks: Mapping[str, NetworkFile] | None = None,
) -> Summary:
    began, cpu_began = time.perf_counter(), time.process_time()
    info = source.info
    folder = None
    if output is not None and (stem is not None or is_folder(output)):
        folder, output = output, None
    encoder = choose_encoder(settings, info, output)
    if output is not None:
        container_of(output, encoder)
    video = video_format(info, settings, encoder)
    planner = MuxPlanner(info, part, video)
    if output is None:
        suffix = default_suffix(info, encoder, planner.keeps_all)
        output = color_name(info.path, suffix, folder, stem)
    container = container_of(output, encoder)
    job = _Job(
        source=source,
        output=output,
        settings=settings,
        part=part,
        given_plan=plan,
        side_by_side=side_by_side,
        overwrite=overwrite,
        options=options,
        progress=progress,
        known_networks=known_networks or {},
        encoder=encoder,
        container=container,
        video=video,
        streams=planner.plan(container, output),
    )
    wanted = new_manifest(
        info,
        settings,
        part,
        segment_seconds=options.segment_seconds,
        strict=options.strict,
        overwrite=overwrite,
        encoder_threads=encoder_threads(),
    )
    with (
        passing_work(output, info.path, wanted)
        if side_by_side or not options.keep
        else open_work(output, info.path, wanted, restart=options.restart)
    ) as work:
        stages = StageTimes()
        with memory_told(info.path):
            finished = is_finished(output, work.manifest)
            outcome = _Outcome() if finished else _do(job, work, network, stages)
        manifest = work.manifest
    return _summary(job, manifest, outcome, began, cpu_began, stages)


@dataclass(frozen=True)
class _Outcome:
    """What a run has to tell besides the manifest."""

    shots: int | None = None
    frames_before: int = 0
    """Frames that an earlier run had done."""
    cpu_seconds: float = 0.0
    """In other processes."""
    notes: tuple[str, ...] = ()
    """About what could not be taken over from the source."""


def _do(job: _Job, work: Work, network: Network | None, stages: StageTimes) -> _Outcome:
    """Do all that is left to do, until the film stands under its final name."""
    info, settings = job.source.info, job.settings
    stamp = InputStamp.of(info.path)
    work.check_given_plan(job.given_plan)
    with stages.of("plan"):
        plan = job.given_plan or work.plan()
        ready = _get_ready(job, network, plan)
    work.check_networks(ready.network, ready.shot_networks)
    if ready.plan is not None and work.manifest.plan is None:
        stamp.check()
        work.keep_plan(ready.plan, given=job.given_plan is not None)
    segments = _segments(job, ready.plan)
    work.begin_segments(len(segments))
    before = sum(record.frames for record in work.manifest.segments)
    _check_space(job, work.folder, before)
    task = FilmTask(
        info=info,
        settings=settings,
        strict=job.options.strict,
        plan=ready.plan,
        part=job.part,
        video=job.video,
        side_by_side=job.side_by_side,
        shift_ticks=int(job.streams.shift / info.time_base),
        folder=work.folder,
        encoder_threads=work.manifest.encoder_threads,
    )

    def enter(record: SegmentRecord) -> None:
        stamp.check()
        work.enter(record)

    cpu_seconds = _encode(job, task, segments, work, ready, stages, enter, before)
    records = [record for record in work.manifest.segments if record.frames]
    if not records:
        raise InputError(f"{info.path}: there are no frames in this range.")
    finished = work.folder / f"finished{job.output.suffix}"
    with stages.of("join"):
        stamp.check()
        joined = join_segments(task, records, work.folder / "video.mov")
        first = records[0].pts - task.shift_ticks
        notes = mux(joined, info, job.container, job.streams, job.part, first, finished)
    work.keep_finished(finished)
    publish(finished, job.output, info.path, job.overwrite)
    shots = None if ready.plan is None else len(ready.plan.shots)
    return _Outcome(shots, before, cpu_seconds, tuple(notes))


def _check_space(job: _Job, folder: Path, done: int) -> None:
    total = _frame_total(job.source.info, job.part)
    if total is None:
        return
    left = max(0, total - done)
    note = check_space(folder, job.output, job.source.info, job.video, job.settings, left)
    if note is not None and job.progress is not None:
        job.progress(Progress(done, total, note=note))


def _segments(job: _Job, plan: Plan | None) -> tuple[Segment, ...]:
    if job.side_by_side:
        return (Segment(0, None, None),)
    return cut_film(job.source.info, job.part, plan, job.options.segment_seconds)


def _encode(
    job: _Job,
    task: FilmTask,
    segments: tuple[Segment, ...],
    work: Work,
    ready: _Ready,
    stages: StageTimes,
    enter: Callable[[SegmentRecord], None],
    done: int,
) -> float:
    """Colour and encode what is left of the film; return the CPU seconds of other processes."""
    total = _frame_total(job.source.info, job.part)

    def frame_done() -> None:
        nonlocal done
        done += 1
        if job.progress is not None:
            job.progress(Progress(done, total))

    runs = open_runs(segments, work, ready.plan)
    workers = job.options.workers or usual_workers(job.source.info)
    if workers > 1 and isinstance(job.source, FilmReader | StillsReader):
        runs = divided(runs, ready.plan, 2 * workers)
        if len(runs) > 1:
            return encode_in_processes(
                task, runs, ready.network, ready.shot_networks, workers, stages, frame_done, enter
            )
    for run in runs:
        encode_run(
            job.source,
            ready.network,
            ready.shot_networks,
            task,
            run,
            stages,
            frame_done,
            enter,
        )
    return 0.0


def _summary(
    job: _Job,
    manifest: Manifest,
    outcome: _Outcome,
    began: float,
    cpu_began: float,
    stages: StageTimes,
) -> Summary:
    info, network = job.source.info, manifest.network
    assert network is not None
    records = [record for record in manifest.segments if record.frames]
    ticks = records[-1].end_pts - records[0].pts
    seconds = time.perf_counter() - began
    return Summary(
        input=info.path,
        output=job.output,
        frames=sum(record.frames for record in records),
        frames_before=outcome.frames_before,
        seconds=seconds,
        duration=float(ticks * info.time_base),
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method=job.settings.method,
        codec=job.encoder.name,
        pix_fmt=job.video.pixel_format.name,
        shots=outcome.shots,
        segments=len(manifest.segments),
        network_passes=sum(record.network_passes for record in records),
        profile=Profile(
            wall_seconds=seconds,
            cpu_seconds=time.process_time() - cpu_began + outcome.cpu_seconds,
            cores=available_cores(),
            stage_seconds=stages.seconds,
        ),
        warnings=[
            *dict.fromkeys(note for record in records for note in record.notes),
            *damage_notes(info, [at for record in records for at in record.holes]),
            *gap_notes(info, [gap for record in records for gap in record.gaps]),
            *outcome.notes,
            *format_notes(info, job.settings, job.video),
            *job.streams.notes(job.container),
            *_renamed(info, job.output, job.container),
        ],
    )


def _renamed(info: FilmInfo, output: Path, container: Container) -> list[str]:
    own = info.path.suffix.lower()
    default = color_name(info.path, output.suffix, output.parent)
    if output != default or own == output.suffix.lower() or info.is_stills:
        return []
    return [
        f"the result is {with_article(container.name)} file: {own} files cannot hold all of it, "
        "or not with exact times."
    ]
