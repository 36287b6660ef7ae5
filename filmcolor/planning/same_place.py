"""Offers a change to one shot to the others that show the same place."""

from __future__ import annotations

from collections.abc import Mapping

from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot, ShotSettings


def same_place_notes(plan: Plan, changes: Mapping[int, ShotSettings]) -> list[str]:
    """Return a note for each room of which only some shots are changed.

    `changes`: what is different about single shots, by their numbers. A shot that has settings of
    its own in the plan is left alone: somebody has decided about it.
    """
    rooms: dict[int, list[Shot]] = {}
    for shot in plan.shots:
        if shot.room is not None:
            rooms.setdefault(shot.room, []).append(shot)
    notes = []
    for room, shots in rooms.items():
        changed = [_number(shot) for shot in shots if _changes_colors(changes.get(_number(shot)))]
        others = [_number(shot) for shot in shots if not shot.settings.changed]
        if changed and others:
            notes.append(
                f"{_listed(changed)} {'shows' if len(changed) == 1 else 'show'} the same place as "
                f"{_listed(others).lower()} (room {room}), "
                f"{'which is' if len(others) == 1 else 'which are'} not changed: change "
                f"{'it' if len(others) == 1 else 'them'} alike if the place is to look the same."
            )
    return notes


def _number(shot: Shot) -> int:
    return shot.number or 1


def _changes_colors(settings: ShotSettings | None) -> bool:
    return settings is not None and bool(settings.changed)


def _listed(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"Shot {numbers[0]}"
    *first, last = map(str, numbers)
    return f"Shots {', '.join(first)} and {last}"
