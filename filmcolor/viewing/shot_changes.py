"""Changes to shots of a plan: their settings, what they show, which room they are of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from filmcolor.errors import UsageError
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot, ShotFacts, ShotKind, ShotSettings
from filmcolor.viewing.viewed import Change, Scope
from filmcolor.wording.near_names import did_you_mean

OWN_ROOM = "own"
"""Stands for a room that no other shot has."""


def changed_plan(plan: Plan, number: int, change: Change, scope: Scope) -> Plan:
    """Return a plan in which a shot, its room or the whole film is otherwise.

    Raises `UsageError` for a shot that is not there, and for what will not do; see
    `FilmView.change`.
    """
    places = _places(plan, number, scope)
    values = change.changed if isinstance(change, ShotSettings) else dict(change)
    facts = {name: values.pop(name) for name in ShotFacts.model_fields if name in values}
    if facts.get("room") == OWN_ROOM:
        facts["room"] = 1 + max((shot.room or 0 for shot in plan.shots), default=0)
    if "kind" in facts and facts["kind"] not in get_args(ShotKind):
        raise _refused(number, "kind", facts["kind"], f"there are {', '.join(get_args(ShotKind))}")
    shots = list(plan.shots)
    for place in places:
        shots[place] = _changed(shots[place], values, facts)
    return plan.model_copy(update={"shots": tuple(shots)})


def _places(plan: Plan, number: int, scope: Scope) -> Collection[int]:
    if scope not in get_args(Scope):
        raise UsageError(
            f"scope {scope!r} will not do; there are {', '.join(get_args(Scope))}.",
            what="scope",
            value=scope,
        )
    plan.with_settings({number: ShotSettings()})  # says so where there is no such shot
    place = next(at for at, shot in enumerate(plan.shots) if shot.number == number)
    room = plan.shots[place].room
    if scope == "film":
        return range(len(plan.shots))
    if scope == "room" and room is not None:
        return [at for at, shot in enumerate(plan.shots) if shot.room == room]
    return [place]


def _changed(shot: Shot, values: Mapping[str, Any], facts: Mapping[str, Any]) -> Shot:
    number = shot.number or 1
    try:
        found = ShotFacts.model_validate({"room": shot.room, "kind": shot.kind, **facts})
        settings = ShotSettings.model_validate({**shot.settings.model_dump(), **values})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            known = (*ShotSettings.model_fields, *ShotFacts.model_fields)
            near = did_you_mean(name, known)
            raise UsageError(
                f"shot {number}: there is no setting {name!r}{near}; there are {', '.join(known)}.",
                what=name,
            ) from error
        raise _refused(number, name, first["input"], first["msg"].lower()) from error
    return shot.model_copy(update={"settings": settings, "room": found.room, "kind": found.kind})


def _refused(number: int, name: str, value: object, why: str) -> UsageError:
    return UsageError(
        f"shot {number}: {name} {value!r} will not do: {why}.", what=name, value=value
    )
