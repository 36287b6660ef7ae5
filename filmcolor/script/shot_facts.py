"""What each shot shows, and which show the same place, from a look at a few keyframes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TypeGuard

import numpy as np

from filmcolor.color.shrink import shrink
from filmcolor.events import Events, FrameDone, check_cancelled
from filmcolor.media.source import Frame, FrameSource
from filmcolor.planning.detection.titles import kind_of_shot
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot, ShotFacts
from filmcolor.script.color_script import ShotLooks
from filmcolor.script.kept_grids import KeptGrids
from filmcolor.script.network_colors import ColorNetwork, NetworkColors
from filmcolor.script.places import Features
from filmcolor.script.rooms import rooms_by_features
from filmcolor.script.standing_keyframes import a_few, representative


def with_shot_facts(
    source: FrameSource,
    plan: Plan,
    network: ColorNetwork,
    events: Events | None = None,
    seen: Callable[[Shot, ShotLooks], None] = lambda shot, looks: None,
) -> Plan:
    """Return a plan with kinds and rooms of its shots; see `facts_of_shots`."""
    return told_of_shots(plan, facts_of_shots(source, plan, network, events, seen))


def facts_of_shots(
    source: FrameSource,
    plan: Plan,
    network: ColorNetwork,
    events: Events | None = None,
    seen: Callable[[Shot, ShotLooks], None] = lambda shot, looks: None,
) -> dict[int, ShotFacts]:
    """Return kinds and rooms of shots, by number, as `filmcolor.script.write` finds them.

    Only a few frames of each shot are read, and the network sees one of them. Rooms are found where
    the plan tells of none, or leaves them unsought. `events` are told of each shot, and `seen` of
    what a network makes of it. Raises `InputError` when the film cannot be read.
    """
    colors = NetworkColors.of_film(network, source.info)
    facts: list[ShotFacts] = []
    with closing(source), closing(KeptGrids()) as coarsest:
        for number, shot in enumerate(plan.shots, 1):
            kind, own = _looked_at(shot, plan, source, colors)
            facts.append(kind)
            coarsest.add(own[0][0] if own else None)
            if own:
                seen(shot, ShotLooks(tuple(own[0]), representative(shot), kind.kind or "shot"))
            if events is not None:
                events.tell(FrameDone(number, len(plan.shots), phase="keyframes"))
            check_cancelled()
        if plan.rooms_are_open or (plan.rooms == "unsought" and len(plan.shots) > 1):
            rooms = rooms_by_features(len(facts), coarsest.features)
            facts = [
                each.model_copy(update={"room": room})
                for each, room in zip(facts, rooms, strict=True)
            ]
    return {shot.number or 1: each for shot, each in zip(plan.shots, facts, strict=True)}


def told_of_shots(plan: Plan, found: Mapping[int, ShotFacts]) -> Plan:
    """Return a plan with what was found out about all its shots; what it says itself stays.

    `found`: by number of shot. Rooms that are found are others than those that somebody has made.
    """
    own = max((shot.room or 0 for shot in plan.shots), default=0)
    facts = {
        number: each if each.room is None else each.model_copy(update={"room": each.room + own})
        for number, each in found.items()
    }
    return plan.with_facts(facts).model_copy(update={"rooms": None})


def is_planned(plan: Plan | None) -> TypeGuard[Plan]:
    """Return whether a plan says all that colouring needs, without another look at the film."""
    return (
        plan is not None
        and plan.rooms is None
        and all(shot.kind is not None for shot in plan.shots)
    )


def has_shots(plan: Plan | None) -> TypeGuard[Plan]:
    """Return whether a plan says all that single frames need; what shows which room may follow."""
    return plan is not None and (plan.rooms == "unsought" or is_planned(plan))


def _looked_at(
    shot: Shot, plan: Plan, source: FrameSource, colors: NetworkColors
) -> tuple[ShotFacts, list[Features]]:
    standing = representative(shot)
    kind_by = set(a_few(shot) or [shot.pts])
    features: list[Features] = []
    lumas = []
    for pts in sorted({standing, *kind_by}):
        frame: Frame | None = source.frame_at(pts * plan.film.time_base)
        if frame is None:
            continue
        L = colors.lightness(frame.luma)
        if pts in kind_by:
            lumas.append(shrink(frame.luma, source.info.encoding.depth, *L.shape[:2]))
        if pts == standing:
            # As precisely as a colour script keeps them.
            grids = [grid.astype(np.float16) for grid in colors.look(L).features]
            features = [[np.asarray(grid, np.float32) for grid in grids]] if grids else []
    return ShotFacts(kind=kind_of_shot(lumas) if lumas else None), features
