"""Looks a film through for somebody else who has charge of its work folder."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from filmcolor.errors import OutputError
from filmcolor.events import Events
from filmcolor.jobs.farm.begun import Begun
from filmcolor.jobs.get_ready import Ready, get_ready
from filmcolor.jobs.kept_plan import kept_plan
from filmcolor.jobs.manifest import PlanIdentity
from filmcolor.jobs.network_identity import MAIN, NetworkIdentity
from filmcolor.jobs.prepare import prepare
from filmcolor.jobs.work import Work
from filmcolor.networks import Network
from filmcolor.system.memory_errors import memory_told
from filmcolor.system.outputs import told_of, write_durably
from filmcolor.system.stages import StageTimes

_NAME = "looked-through.json"


class _Look(BaseModel):
    """What was found out; plan and colour script lie beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: NetworkIdentity
    shot_networks: dict[str, NetworkIdentity]
    plan: PlanIdentity | None


def look_for_others(begun: Begun, network: Network | None, events: Events) -> Ready:
    """Find the shots of a film, colour its keyframes, and leave all that in its work folder.

    Raises as `filmcolor.colorize` does.
    """
    request = begun.request()
    job, work = prepare(request), begun.work()
    with told_of(begun.output, begun.folder), memory_told(job.info.path):
        ready = get_ready(request, job, work, network, events, StageTimes())
        found = work.manifest
        assert found.network is not None
        look = _Look(network=found.network, shot_networks=found.shot_networks, plan=found.plan)
        write_durably(begun.folder / _NAME, look.model_dump_json().encode())
    return ready


def take_over_look(work: Work) -> bool:
    """Enter into the manifest what somebody else has found out; return whether all is known now.

    Raises `RestartNeededError` where a run was begun with other networks.
    """
    manifest = work.manifest
    try:
        look = _Look.model_validate_json((work.folder / _NAME).read_bytes())
    except (OSError, ValidationError, RecursionError):
        return False
    if look.plan is not None and manifest.plan is None:
        if kept_plan(work.folder, manifest.model_copy(update={"plan": look.plan})) is None:
            return False
        work.enter_plan(look.plan)
    if (work.manifest.plan is None) != (look.plan is None) or (
        look.plan is not None and work.manifest.plan != look.plan
    ):
        raise OutputError(f"{work.folder / _NAME}: belongs to another plan; begin anew.")
    work.check_networks({MAIN: look.network, **look.shot_networks})
    return True
