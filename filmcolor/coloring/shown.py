"""The frames of a film in colour, one after the other."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.film import ColoredFrame, FilmColorizer
from filmcolor.media.source import FrameSource
from filmcolor.planning.planner import plan_film
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import ColorSettings
from filmcolor.system.prefetch import Prefetch
from filmcolor.system.stages import StageTimes

_DECODED_AHEAD = 2


def needs_plan(settings: ColorSettings) -> bool:
    """Return whether the method of `settings` needs to know the film's shots."""
    return settings.method != "frame"


def colored_film(
    source: FrameSource,
    task: ColorTask,
    networks: FilmNetworks,
    stages: StageTimes | None = None,
) -> Generator[ColoredFrame]:
    """Yield the frames of a film, or a part of it, with their new U and V planes.

    Without a plan, or a colour script, in `task`, they are made first. Raises as
    `filmcolor.colorize` does.
    """
    plan = task.plan
    if plan is None and needs_plan(task.settings):
        plan = plan_film(source, task.part)
    stages = stages or StageTimes()
    if plan is not None and task.script is None:
        wanted = ScriptTask(source, plan, task.settings, ScriptInMemory())
        plan = write_script(wanted, networks, stages=stages)
        task = replace(task, script=wanted.script)
    with (
        FilmColorizer(source.info, task, networks, stages) as colorizer,
        Prefetch(stages.reading("decode", source.frames(task.part)), _DECODED_AHEAD) as decoded,
    ):
        yield from colorizer.frames(iter(decoded), plan, task.state)
