"""The frames of a film in colour, one after the other."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.film import ColoredFrame, FilmColorizer
from filmcolor.coloring.network_colors import ColorNetwork
from filmcolor.coloring.stages import StageTimes
from filmcolor.media.source import FrameSource
from filmcolor.networks.chosen import load_shot_networks
from filmcolor.planning.planner import plan_film
from filmcolor.settings import ColorSettings
from filmcolor.system.prefetch import Prefetch

_DECODED_AHEAD = 2


def needs_plan(settings: ColorSettings) -> bool:
    """Return whether the method of `settings` needs to know the film's shots."""
    return settings.method != "frame"


def colored_film(
    source: FrameSource,
    task: ColorTask,
    network: ColorNetwork,
    shot_networks: Mapping[str, ColorNetwork] | None = None,
    stages: StageTimes | None = None,
) -> Generator[ColoredFrame]:
    """Yield the frames of a film, or a part of it, with their new U and V planes.

    `shot_networks` are those that the plan names, by name; they are loaded where they are missing.
    Raises as `filmcolor.colorize` does.
    """
    plan = task.plan
    if plan is None and needs_plan(task.settings):
        plan = plan_film(source, task.part)
    if shot_networks is None:
        shot_networks = load_shot_networks(plan, task.settings)
    stages = stages or StageTimes()
    with (
        FilmColorizer(source.info, task, network, shot_networks, stages) as colorizer,
        Prefetch(stages.reading("decode", source.frames(task.part)), _DECODED_AHEAD) as decoded,
    ):
        yield from colorizer.frames(iter(decoded), plan, task.state)
