"""What each shot shows, and which show the same place, from a look at a few keyframes."""

from __future__ import annotations

from collections.abc import Callable
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
from filmcolor.script.network_colors import ColorNetwork, NetworkColors
from filmcolor.script.places import Features
from filmcolor.script.rooms import find_rooms
from filmcolor.script.standing_keyframes import a_few, representative


def with_shot_facts(
    source: FrameSource,
    plan: Plan,
    network: ColorNetwork,
    events: Events | None = None,
    seen: Callable[[Shot, ShotLooks], None] = lambda shot, looks: None,
) -> Plan:
    """Return a plan with kinds and rooms of its shots, as `filmcolor.script.write` finds them.

    Only a few frames of each shot are read, and the network sees one of them. What the plan says
    itself stays. `events` are told of each shot, and `seen` of what a network makes of it. Raises
    `InputError` when the film cannot be read.
    """
    colors = NetworkColors.of_film(network, source.info)
    facts: list[ShotFacts] = []
    features: list[list[Features]] = []
    with closing(source):
        for number, shot in enumerate(plan.shots, 1):
            kind, own = _looked_at(shot, plan, source, colors)
            facts.append(kind)
            features.append(own)
            if own:
                seen(shot, ShotLooks(tuple(own[0]), representative(shot), kind.kind or "shot"))
            if events is not None:
                events.tell(FrameDone(number, len(plan.shots), phase="keyframes"))
            check_cancelled()
    if len(plan.shots) > 1 and all(shot.room is None for shot in plan.shots):
        facts = [
            each.model_copy(update={"room": room})
            for each, room in zip(facts, find_rooms(features), strict=True)
        ]
    return plan.with_facts(
        {shot.number or 1: each for shot, each in zip(plan.shots, facts, strict=True)}
    )


def is_planned(plan: Plan | None) -> TypeGuard[Plan]:
    """Return whether a plan says all that colouring needs, without another look at the film."""
    return plan is not None and all(shot.kind is not None for shot in plan.shots)


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
