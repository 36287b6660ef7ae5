"""Looks a film through for its shots and loads the networks, both at the same time; then gives its
keyframes their colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from filmcolor.color.chroma import ChromaTable
from filmcolor.coloring.shown import needs_plan
from filmcolor.events import Event, Events, Planned
from filmcolor.jobs.job import FilmJob, FilmRequest
from filmcolor.jobs.kept_given import keep_given
from filmcolor.jobs.network_identity import identify_networks
from filmcolor.jobs.work import Work
from filmcolor.networks import Network, is_large_network
from filmcolor.networks.chosen import (
    ChosenNetworks,
    NetworkFile,
    load_chosen_network,
    load_shot_networks,
    network_threads,
)
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.script.changes import Changes
from filmcolor.script.given import placed
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import Settings
from filmcolor.system.background import Background
from filmcolor.system.stages import StageTimes

_SPACING_FOR_LARGE_NETWORKS = 1.7
"""Their passes would take longer than all else; colours are carried a little further instead."""


@dataclass(frozen=True)
class Ready:
    """A job with its plan, and the networks that give the colours."""

    job: FilmJob
    networks: ChosenNetworks


def get_ready(
    request: FilmRequest,
    job: FilmJob,
    work: Work,
    network: Network | None,
    events: Events,
    stages: StageTimes,
) -> Ready:
    """Return the job with the plan that is followed, and its networks; both stand in `work` then.

    Without `network`, that of the job's settings is loaded. Raises as `filmcolor.colorize` does.
    """
    work.check_given_plan(job.plan)
    given = keep_given(work.folder, work.manifest, job.changes.given)
    known = job.plan or work.plan()

    def load() -> ChosenNetworks:
        networks = _load(job, known, network, request.known_networks)
        ChromaTable(job.info.encoding)
        return networks

    def fail_early(_: Event) -> None:
        """A film can be long: say at once that the network is missing."""
        loading.raise_failure()

    with stages.of("plan"), Background(load) as loading:
        plan = None if known is None else job.changes.followed(known, job.part)
        if plan is None and needs_plan(job.settings):
            plan = plan_film(
                request.source,
                job.part,
                events.also(fail_early),
                keyframe_spacing=keyframe_spacing(job.settings, network),
            )
            plan = job.changes.followed(plan, job.part)
        networks = loading.result()
    identities = identify_networks(networks)
    work.check_networks(identities)
    if plan is not None and work.manifest.plan is None:
        job.stamp.check()
        work.keep_plan(plan, given=job.plan is not None)
    ready = replace(
        job,
        plan=plan,
        changes=Changes(),  # made: the plan and the colour script have them
        folder=work.folder,
        networks=identities,
        encoder_threads=work.manifest.encoder_threads,
    )
    events.tell(Planned(None if plan is None else len(plan.shots), ready.frame_total))
    if plan is not None:
        task = ScriptTask(request.source, plan, job.settings, ready.script, placed(given, plan))
        with stages.of("keyframes"):
            told = write_script(task, FilmNetworks(networks.main, networks.shots), events, stages)
        ready = replace(ready, plan=told)
        job.stamp.check()
    return Ready(ready, networks)


def keyframe_spacing(settings: Settings, network: Network | None) -> float:
    """Return by how much further than usual keyframes stand apart; see `plan_film`.

    `network`: the one that gives the colours, if not that of `settings`.
    """
    large = is_large_network(network.path if network else settings.model)
    return _SPACING_FOR_LARGE_NETWORKS if large else 1.0


def _load(
    job: FilmJob, plan: Plan | None, network: Network | None, known: Mapping[str, NetworkFile]
) -> ChosenNetworks:
    """`plan`: the one that was given; one that is found names no networks."""
    settings = job.settings
    main = network or load_chosen_network(settings, threads=network_threads(settings.model))
    return ChosenNetworks(main, load_shot_networks(plan, settings, known, job.changes.shots))
