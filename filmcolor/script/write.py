"""Writes the colour script of a film: its keyframes' colours, shot by shot, then room by room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from filmcolor.events import Events, FrameDone, check_cancelled
from filmcolor.media.source import FrameSource
from filmcolor.planning.plan import Plan
from filmcolor.planning.planned_frames import shot_choices
from filmcolor.planning.shot import Shot, ShotFacts
from filmcolor.script.color_script import ColorScript
from filmcolor.script.consensus import Agreed
from filmcolor.script.given import Given
from filmcolor.script.keyframe_colors import KeyframeColors
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.places import Features, FeatureScale
from filmcolor.script.room_colors import (
    ColorChange,
    RoomKeyframe,
    change_to_given,
    next_to,
    room_changes,
)
from filmcolor.script.rooms import rooms_by_features
from filmcolor.script.stretches import Stretch, keyframes_around, parts_of_shots, whole_shots
from filmcolor.settings import ColorSettings
from filmcolor.system.stages import StageTimes


@dataclass(frozen=True)
class ScriptTask:
    """Of which film a colour script is wanted."""

    source: FrameSource
    plan: Plan
    settings: ColorSettings
    script: ColorScript
    """Takes the colours; what it holds already is not looked for again."""
    given: Sequence[Given] = ()
    """Colours that count more than those of the network."""
    moments: Sequence[Fraction] | None = None
    """Only for frames that are shown then, in units of the film's time base: the script is of use
    for no others, and no more than they need is read. None: for all."""


def write_script(
    task: ScriptTask,
    networks: FilmNetworks,
    events: Events | None = None,
    stages: StageTimes | None = None,
) -> Plan:
    """Give the keyframes of a film their colours, but for those that have them.

    Returns the plan with what was found out about its shots. `events` are told after each frame
    that is read. Raises as `filmcolor.colorize` does.
    """
    script, plan = task.script, task.plan
    wanted = [shot for shot in plan.shots if is_wanted(shot, task.settings)]
    known = script.facts
    if known is not None and all(script.holds(_number(shot)) for shot in wanted):
        return plan.with_facts(known)
    events, shown = events or Events(), wanted
    with KeyframeColors(
        task.source, plan, task.settings, networks, stages or StageTimes(), task.given
    ) as colors:
        if task.moments is None or task.given or any(shot.hints for shot in plan.shots):
            missing = [shot for shot in wanted if not script.draft.holds(_number(shot))]
            _read(task, whole_shots(missing), colors, events)
        else:
            shown = _draft_around(task, task.moments, wanted, colors, events)
    facts = found_facts(plan, wanted, script)
    told = plan.with_facts(facts)
    changes = _changes(told, wanted, shown, script)
    changes = _with_given(changes, task.given, told, script)
    for shot in shown:
        number = _number(shot)
        if script.draft.holds(number):
            script.keep(number, _changed(script.draft.of(number), changes.get(number, ())))
    script.finish(facts)
    return told


def is_wanted(shot: Shot, settings: ColorSettings) -> bool:
    """Return whether the colours of a shot's keyframes are wanted."""
    return shot_choices(shot, settings).propagated


def _number(shot: Shot) -> int:
    return shot.number or 1


def _read(
    task: ScriptTask, stretches: Sequence[Stretch], colors: KeyframeColors, events: Events
) -> None:
    if not stretches:
        return
    total, read = sum(stretch.frames for stretch in stretches), 0

    def frame_done() -> None:
        nonlocal read
        read += 1
        events.tell(FrameDone(read, total, phase="keyframes"))
        check_cancelled()

    colors.draft(stretches, task.script, frame_done)


def _draft_around(
    task: ScriptTask,
    moments: Sequence[Fraction],
    wanted: Sequence[Shot],
    colors: KeyframeColors,
    events: Events,
) -> list[Shot]:
    """Draft what frames at some moments can depend on; return the shots to which these belong.

    For which shots show the same place, one keyframe of each shot is looked at; and of those that
    do, only the keyframes that have a say are coloured.
    """
    plan, script = task.plan, task.script
    needed = keyframes_around(plan, moments)
    shown = [shot for shot in wanted if shot.pts in needed]
    in_rooms = [shot for shot in wanted if shot.room is not None]
    looked_at = wanted if plan.rooms_are_open else in_rooms
    if len(wanted) > 1 and looked_at:
        seen = zip(looked_at, colors.looks(looked_at), strict=True)
        for done, (shot, looks) in enumerate(seen, 1):
            script.draft.keep(_number(shot), (), looks)
            events.tell(FrameDone(done, len(looked_at), phase="keyframes"))
            check_cancelled()
    told = plan.with_facts(found_facts(plan, wanted, script))
    begins = {shot.pts for shot in shown}
    for shots in returning_rooms(told, wanted, script):
        for place, shot in enumerate(shots):
            if shot.pts in begins:
                for other in (place, *next_to(place, len(shots))):
                    keyframes = shots[other].keyframes
                    needed[shots[other].pts].add(len(keyframes) // 2 if keyframes else 0)
    looked = {_number(shot): script.draft.looks(_number(shot)) for shot in wanted}
    stretches = parts_of_shots(wanted, needed)
    _read(task, stretches, colors, events)
    in_parts = {stretch.shots[0].pts for stretch in stretches if stretch.is_part}
    for shot in (shot for shot in wanted if shot.pts in needed):
        number = _number(shot)
        looks_before, drafted = looked[number], script.draft.looks(number)
        if drafted is not None:
            kind = colors.kind(shot) if shot.pts in in_parts & begins else drafted.kind
            known = replace(looks_before or drafted, kind=kind)
            script.draft.keep(number, [*script.draft.of(number)], known)
    return shown


def found_facts(plan: Plan, wanted: Sequence[Shot], script: ColorScript) -> dict[int, ShotFacts]:
    """Return what the drafts tell about the shots; rooms that the plan has stay as they are."""
    rooms: Sequence[int | None] = [None] * len(wanted)
    if len(wanted) > 1 and plan.rooms_are_open:
        rooms = rooms_by_features(len(wanted), lambda place: _features(wanted[place], script))
    facts = {}
    for shot, room in zip(wanted, rooms, strict=True):
        looks = script.draft.looks(_number(shot))
        kind = None if looks is None else looks.kind
        facts[_number(shot)] = ShotFacts(room=room, kind=kind)
    return facts


def _features(shot: Shot, script: ColorScript) -> list[Features]:
    """Return those of the keyframe that stands for a shot, by the network of the film."""
    looks = script.draft.looks(_number(shot))
    if looks is None or not looks.features or shot.settings.network is not None:
        return []
    return [looks.features]


Changes = Mapping[int, Sequence[ColorChange]]
"""How the colours of shots move, by their numbers, one change after the other."""


def returning_rooms(plan: Plan, wanted: Sequence[Shot], script: ColorScript) -> list[list[Shot]]:
    """Return the rooms that have several shots."""
    drafted = {_number(shot) for shot in wanted if _features(shot, script)}
    rooms: dict[int, list[Shot]] = {}
    for shot in plan.shots:
        if shot.room is not None and _number(shot) in drafted:
            rooms.setdefault(shot.room, []).append(shot)
    return [shots for shots in rooms.values() if len(shots) > 1]


def _changes(
    plan: Plan, wanted: Sequence[Shot], shown: Sequence[Shot], script: ColorScript
) -> Changes:
    """Return how the colours of the `shown` shots move that show the same places as others."""
    returning = returning_rooms(plan, wanted, script)
    if not returning:
        return {}
    numbers = {_number(shot) for shot in shown}
    scale = FeatureScale.of(
        features for shots in returning for shot in shots for features in _features(shot, script)
    )
    changes: dict[int, list[ColorChange]] = {}
    for shots in returning:
        keyframe = partial(standing, shots, script)
        places = [place for place, shot in enumerate(shots) if _number(shot) in numbers]
        found = room_changes(len(shots), keyframe, scale, places)
        changes |= {_number(shots[at]): [each] for at, each in zip(places, found, strict=True)}
    return changes


def _with_given(
    changes: Changes, given: Sequence[Given], plan: Plan, script: ColorScript
) -> Changes:
    """Return the changes with those by what is given to other shots of the room, or the film."""
    found = {number: list(each) for number, each in changes.items()}
    rooms = {_number(shot): shot.room for shot in plan.shots}
    for each in {(each.shot, each.pts): each for each in given}.values():
        if each.spread == "shot" or not script.draft.holds(each.shot):
            continue
        own = _changed(script.draft.of(each.shot), changes.get(each.shot, ()))
        keyframe = next((keyframe for keyframe in own if keyframe.pts == each.pts), None)
        if keyframe is None:
            continue
        colors = script.given(each.shot, each.pts)
        if colors is None:
            continue
        change = change_to_given(keyframe.ab, keyframe.L, colors)
        for number, room in rooms.items():
            same_room = room is not None and room == rooms.get(each.shot)
            if number != each.shot and (same_room or each.spread == "film"):
                found.setdefault(number, []).append(change)
    return found


def standing(shots: Sequence[Shot], script: ColorScript, place: int) -> RoomKeyframe:
    """Return the keyframe that stands for a shot of a room."""
    number = _number(shots[place])
    looks = script.draft.looks(number)
    assert looks is not None
    keyframe = next(each for each in script.draft.of(number) if each.pts == looks.pts)
    return RoomKeyframe(keyframe.ab, keyframe.L, looks.features)


def _changed(keyframes: Iterator[Agreed], changes: Sequence[ColorChange]) -> Iterator[Agreed]:
    for each in keyframes:
        check_cancelled()
        ab = each.ab
        for change in changes:
            ab = change.apply(ab, each.L)
        yield Agreed(each.pts, ab, each.L)
