"""What is to be different about single shots, as people write it: `2:saturation=0.4,skip`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from filmcolor.errors import UsageError
from filmcolor.planning.shot import ShotSettings
from filmcolor.wording.near_names import did_you_mean

ShotChanges = Mapping[int, ShotSettings]
"""Settings of shots, by their numbers."""


def parse_shot_changes(texts: Iterable[str]) -> dict[int, ShotSettings]:
    """Read changes to shots; of several for one shot, later ones add to earlier ones.

    Raises `UsageError` for what is not of the form `NUMBER:NAME=VALUE,NAME=VALUE`, where `skip`
    alone stands for `skip=true`.

    Example:
        >>> parse_shot_changes(["2:saturation=0.4,skip"])[2].changed
        {'saturation': 0.4, 'skip': True}
    """
    found: dict[int, ShotSettings] = {}
    for text in texts:
        number, colon, rest = text.partition(":")
        if not colon or not number.strip().isdecimal() or not rest.strip():
            raise UsageError(
                f"`shot`: {text!r} is not of the form NUMBER:NAME=VALUE, such as "
                "2:saturation=0.4,skip.",
                what="shot",
                value=text,
            )
        values = dict(map(_pair, rest.split(",")))
        shot = int(number)
        change = _checked(shot, values, ShotSettings.model_validate_strings)
        if shot in found:
            change = found[shot].model_copy(update=change.changed)
        found[shot] = change
    return found


def check_shot_changes(changes: Mapping[int, Any] | None) -> dict[int, ShotSettings]:
    """Return changes to shots, given as settings or as dictionaries of them.

    Raises `UsageError` for a setting that is not known, or out of its bounds.
    """
    return {
        number: change
        if isinstance(change, ShotSettings)
        else _checked(number, change, ShotSettings.model_validate)
        for number, change in (changes or {}).items()
    }


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    name = name.strip().replace("-", "_")
    return (name, value.strip()) if equals else (name, "true" if name == "skip" else "")


def _checked(number: int, values: Any, validate: Any) -> ShotSettings:
    try:
        settings: ShotSettings = validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            near = did_you_mean(name, ShotSettings.model_fields)
            known = ", ".join(ShotSettings.model_fields)
            why = f"there is no setting {name!r}{near}; there are {known}"
        else:
            why = f"{name} {first['input']!r} will not do: {first['msg'].lower()}"
        raise UsageError(f"`shot`: shot {number}: {why}.", what="shot") from error
    return settings
