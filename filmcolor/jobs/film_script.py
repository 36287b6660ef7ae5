"""The colour script of a film, without colouring it."""

from __future__ import annotations

from functools import partial

from filmcolor.events import Events
from filmcolor.jobs.get_ready import keyframe_spacing
from filmcolor.media.source import FrameRange, FrameSource
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_shot_networks
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.script.changes import Changes
from filmcolor.script.color_script import ColorScript
from filmcolor.script.given import placed
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import Settings
from filmcolor.system.background import waiting_for


def film_script(
    source: FrameSource,
    part: FrameRange,
    settings: Settings,
    network: Network,
    wanted: tuple[Plan | None, Changes],
    events: Events,
) -> tuple[Plan, ColorScript]:
    """Return the plan that would be followed, and the colours of its keyframes, in memory.

    `wanted`: the user's own plan, if any, and changes to what is found. Raises as
    `filmcolor.colorize` does.
    """
    plan, changes = wanted
    if plan is None:
        spacing = keyframe_spacing(settings, network)
        plan = plan_film(source, part, events, keyframe_spacing=spacing)
    plan = changes.followed(plan, part)
    shot_networks = waiting_for(partial(load_shot_networks, plan, settings, None, changes.shots))
    script = ScriptInMemory()
    task = ScriptTask(source, plan, settings, script, placed(changes.given, plan))
    return write_script(task, FilmNetworks(network, shot_networks), events), script
