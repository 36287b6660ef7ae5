"""What a user asks for besides settings, as functions and commands take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from filmcolor.errors import InputError, UsageError
from filmcolor.keyframes.folder import read_folder
from filmcolor.media.film import FilmInfo
from filmcolor.media.positions import frame_times
from filmcolor.media.upright import full_size
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import read_plan
from filmcolor.planning.shot import ShotSettings
from filmcolor.planning.shot_changes import check_shot_changes
from filmcolor.script.changes import Changes
from filmcolor.script.given import Given, Spread


@dataclass(frozen=True)
class Wishes:
    """Which plan is to be followed, and what is to be otherwise."""

    plan: Plan | None
    changes: Changes


def wishes(
    info: FilmInfo,
    plan: str | Path | Plan | None,
    shots: Mapping[int, Any] | None = None,
    keyframes: str | Path | Sequence[Given] | None = None,
    spread: Spread | None = None,
) -> Wishes:
    """Read a plan, changes to shots and repainted keyframes; see `filmcolor.colorize`.

    Raises `InputError` for files that will not do, `UsageError` for values that will not.
    """
    if spread is not None and spread not in get_args(Spread):
        raise UsageError(
            f"`spread`: {spread!r} will not do; there are {', '.join(get_args(Spread))}.",
            what="spread",
            value=spread,
        )
    if spread is not None and keyframes is None:
        raise UsageError(
            "`spread` says how far colours of `keyframes` go; name some.", what="spread"
        )
    changed = {
        number: _with_whole_paths(settings, Path())
        for number, settings in check_shot_changes(shots).items()
    }
    if plan is None or isinstance(plan, Plan):
        wanted, place = plan, Path()
    else:
        wanted, place = read_plan(Path(plan), info), Path(plan).parent
    if wanted is not None:
        wanted = anchored(wanted, place)
    given: tuple[Given, ...] = ()
    if isinstance(keyframes, str | Path):
        folder = read_folder(Path(keyframes), info)
        given = folder.given(spread or "shot")
        wanted = folder.index.plan if wanted is None else wanted
    elif keyframes is not None:
        given = tuple(keyframes)
    return Wishes(None if wanted is None else with_hints(wanted, info), Changes(changed, given))


def anchored(plan: Plan, place: Path) -> Plan:
    """Return a plan whose references do not depend on where one is; `place`: of its file."""
    shots = tuple(
        shot
        if shot.settings.references is None
        else shot.model_copy(update={"settings": _with_whole_paths(shot.settings, place)})
        for shot in plan.shots
    )
    return plan.model_copy(update={"shots": shots})


def _with_whole_paths(settings: ShotSettings, place: Path) -> ShotSettings:
    """Return settings whose references do not depend on where one is; `place`: of the file."""
    if settings.references is None:
        return settings
    paths = tuple(str((place / path).absolute()) for path in settings.references)
    return settings.model_copy(update={"references": paths})


def with_hints(plan: Plan, info: FilmInfo) -> Plan:
    """Return a plan in which all frames with hints are keyframes.

    Raises `InputError` for a hint that lies outside of the picture.
    """
    height, width = full_size(info)
    missing: set[int] = set()
    for shot in plan.shots:
        known = {keyframe.frame for keyframe in shot.keyframes}
        for hint in shot.hints or ():
            if hint.x >= width or hint.y >= height:
                raise InputError(
                    f"{info.path}: shot {shot.number} of the plan: a hint on frame {hint.frame} at "
                    f"x={hint.x:g}, y={hint.y:g} lies outside of the picture, which is "
                    f"{width}x{height}; move it."
                )
            if hint.frame not in known:
                missing.add(hint.frame)
    if not missing:
        return plan
    times = frame_times(info, max(missing) + 1)
    frames = {times[number]: number for number in missing if number < len(times)}
    return plan.with_keyframes(list(frames), frames)
