"""A black-and-white film in, the same film in colour out.

    prepare -> get_ready -> color -> assemble

All is decided first; the film is looked through for its shots, and cut into segments, which are
coloured and encoded. Within a segment, three stages run side by side, each in its own thread: the
reader decodes, the network and the chroma look-up colour, and the main thread encodes. Then the
segments are joined and put together with the source's other streams.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from filmcolor.events import Done, Events
from filmcolor.jobs.assemble import assemble
from filmcolor.jobs.color import Colored, color
from filmcolor.jobs.get_ready import get_ready
from filmcolor.jobs.job import FilmJob, FilmRequest
from filmcolor.jobs.manifest import Manifest, new_manifest
from filmcolor.jobs.output_names import color_name
from filmcolor.jobs.prepare import prepare
from filmcolor.jobs.work import Work, is_finished, open_work, passing_work
from filmcolor.media.encode.containers import Container
from filmcolor.media.encode.video_format import format_notes
from filmcolor.media.faults.damage import damage_notes
from filmcolor.media.faults.gaps import gap_notes
from filmcolor.media.film import FilmInfo
from filmcolor.media.opening import open_source
from filmcolor.networks import Network
from filmcolor.planning.plan import Plan
from filmcolor.planning.same_place import same_place_notes
from filmcolor.script.changes import Changes
from filmcolor.script.given import Given
from filmcolor.settings import RunSettings
from filmcolor.summary import Profile, Summary
from filmcolor.system.cpu import available_cores
from filmcolor.system.memory_errors import memory_told
from filmcolor.system.stages import StageTimes
from filmcolor.wording.words import with_article


@dataclass
class Outcome:
    """What a run has to tell besides the manifest."""

    stages: StageTimes = field(default_factory=StageTimes)
    began: float = field(default_factory=time.perf_counter)
    cpu_began: float = field(default_factory=time.process_time)
    shots: int | None = None
    keyframes: int = 0
    """Frames of which the colour script tells."""
    colored: Colored = field(default_factory=lambda: Colored(frames_before=0))
    notes: list[str] = field(default_factory=list)
    """About shots, and what could not be taken over from the source."""

    def profile(self) -> Profile:
        """Return where the time went until now."""
        return Profile(
            wall_seconds=time.perf_counter() - self.began,
            cpu_seconds=time.process_time() - self.cpu_began + self.colored.cpu_seconds,
            cores=available_cores(),
            stage_seconds=self.stages.seconds,
        )


def colorize_film(
    request: FilmRequest,
    network: Network | None = None,
    events: Events | None = None,
) -> Summary:
    """Colour one film; without `network`, with that of its settings. See `filmcolor.colorize`."""
    outcome, events = Outcome(), events or Events()
    job = prepare(request)
    with _work(job) as work:
        with memory_told(job.info.path):
            if not is_finished(job.output, work.manifest):
                ready = get_ready(request, job, work, network, events, outcome.stages)
                plan = ready.job.plan
                outcome.shots = None if plan is None else len(plan.shots)
                outcome.keyframes = ready.job.script.keyframes
                outcome.colored = color(ready, work, outcome.stages, events)
                if plan is not None:
                    outcome.notes = same_place_notes(plan, job.changes.shots)
                with outcome.stages.of("join"):
                    outcome.notes += assemble(ready.job, work, events)
        manifest = work.manifest
    summary = summary_of(job, manifest, outcome)
    events.tell(Done(summary))
    return summary


def _work(job: FilmJob) -> AbstractContextManager[Work]:
    wanted = new_manifest(job)
    if job.side_by_side is not None or not job.run.keep:
        return passing_work(job.output, job.info.path, wanted)
    return open_work(job.output, job.info.path, wanted, restart=job.run.restart)


def resume_film(
    output: Path,
    manifest: Manifest,
    plan: Plan | None,
    given: tuple[Given, ...] = (),
    *,
    workers: int | None = 1,
    events: Events | None = None,
) -> Summary:
    """Finish the film `output`, begun by another run, as the manifest in its work folder says.

    `plan` is the one that the user gave then, if any, and so are the colours
    `given`. Raises as `colorize_film` does.
    """
    request = begun_request(output, manifest, plan, given)
    running = request.run.model_copy(update={"workers": workers})
    return colorize_film(replace(request, run=running), events=events)


def begun_request(
    output: Path, manifest: Manifest, plan: Plan | None, given: tuple[Given, ...] = ()
) -> FilmRequest:
    """Return what was asked for when the film `output` was begun; see `resume_film`.

    Raises `InputError` when the source cannot be read.
    """
    settings = manifest.settings
    known = manifest.network
    if known is not None:
        # Another computer may have chosen it, where it lies elsewhere: then its name leads to it.
        model = known.path if Path(known.path).is_file() else settings.model
        settings = settings.model_copy(update={"model": model, "engine": known.engine})
    return FilmRequest(
        open_source(Path(manifest.input), settings, strict=manifest.strict),
        output,
        settings,
        manifest.part,
        plan,
        Changes(manifest.shots, given),
        overwrite=manifest.overwrite,
        run=RunSettings(
            strict=manifest.strict,
            segment_seconds=manifest.segment_seconds,
            piece_seconds=manifest.piece_seconds,
        ),
        known_networks={name: known.file for name, known in manifest.shot_networks.items()},
    )


def summary_of(job: FilmJob, manifest: Manifest, outcome: Outcome) -> Summary:
    """Return what was done of a film that is finished."""
    info, network, profile = job.info, manifest.network, outcome.profile()
    assert network is not None
    records = [record for record in manifest.segments if record.frames]
    ticks = records[-1].end_pts - records[0].pts
    return Summary(
        input=info.path,
        output=job.output,
        frames=sum(record.frames for record in records),
        frames_before=outcome.colored.frames_before,
        seconds=profile.wall_seconds,
        duration=float(ticks * info.time_base),
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method=job.settings.method,
        codec=job.encoder.name,
        pix_fmt=job.video.pixel_format.name,
        shots=outcome.shots,
        segments=len(manifest.segments),
        network_passes=outcome.keyframes + sum(record.network_passes for record in records),
        profile=profile,
        warnings=[
            *dict.fromkeys([*job.source.notes, *(n for record in records for n in record.notes)]),
            *damage_notes(info, [at for record in records for at in record.holes]),
            *gap_notes(info, [gap for record in records for gap in record.gaps]),
            *outcome.notes,
            *format_notes(job.shown, job.settings, job.video),
            *job.streams.notes(job.container),
            *_renamed(info, job.output, job.container),
        ],
    )


def _renamed(info: FilmInfo, output: Path, container: Container) -> list[str]:
    own = info.path.suffix.lower()
    default = color_name(info.path, output.suffix, output.parent)
    if not own or output != default or own == output.suffix.lower() or info.is_stills:
        return []
    return [
        f"the result is {with_article(container.name)} file: {own} files cannot hold all of it, "
        "or not with exact times."
    ]
