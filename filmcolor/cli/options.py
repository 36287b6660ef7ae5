"""Options that several commands share."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from filmcolor.errors import UsageError
from filmcolor.settings import checked

_RUN = "Running"

Start = Annotated[
    str | None,
    typer.Option(
        help="Begin here: a frame (120f), seconds (12.5) or a timecode (00:01:02.500).",
        show_default=False,
    ),
]
End = Annotated[
    str | None,
    typer.Option(help="Stop here; written like --start.", show_default=False),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        help="Shots, keyframes and changes to single shots, as `filmcolor shots -o` writes them. "
        "Default: they are found first.",
        show_default=False,
    ),
]
Shot = Annotated[
    list[str] | None,
    typer.Option(
        "--shot",
        metavar="NUMBER:NAME=VALUE",
        help="What is different about a shot, such as 2:saturation=0.4,skip; can be repeated. "
        "`filmcolor shots` shows the numbers.",
        show_default=False,
    ),
]
Keyframes = Annotated[
    Path | None,
    typer.Option(
        help="Colours that you painted, in a folder of `filmcolor keyframes export`.",
        show_default=False,
    ),
]


class Spread(str, Enum):
    """How far painted colours go."""

    shot = "shot"
    room = "room"
    film = "film"


SpreadTo = Annotated[
    Spread | None,
    typer.Option(
        "--spread",
        help="How far the colours of --keyframes go: through their shots, to other shots of the "
        "same room, or all over the film. Default: shot.",
        show_default=False,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace a result that exists.", rich_help_panel=_RUN),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Say nothing but errors.", rich_help_panel=_RUN),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one machine-readable summary to standard output, and nothing else there.",
        rich_help_panel=_RUN,
    ),
]


@dataclass(frozen=True)
class FilmPart:
    """Which part of a film, and by which plan; a command with such a parameter has the options."""

    start: Start = None
    end: End = None
    plan: PlanFile = None
    shot: Shot = None

    def keywords(self) -> dict[str, Any]:
        """Return them as functions of the API take them."""
        return {
            "start": self.start,
            "end": self.end,
            "plan": self.plan,
            "shots": shots_of(self.shot),
        }


@dataclass(frozen=True)
class PaintedPart(FilmPart):
    """The same, with colours that were painted."""

    keyframes: Keyframes = None
    spread: SpreadTo = None

    def keywords(self) -> dict[str, Any]:
        """Return them as functions of the API take them."""
        spread = None if self.spread is None else self.spread.value
        return {**super().keywords(), "keyframes": self.keyframes, "spread": spread}


_DECIDED_HERE = frozenset({"keep"})
"""Fields of settings that are no options: the command line itself knows what is right."""

_OWN_DEFAULTS: dict[str, Any] = {"workers": None}
"""Several processes may be too many for a program that calls the library, but not for this one."""

_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def takes_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that stand for settings.

    They are the fields of each group that the command has a parameter for, as in `settings:
    Settings`; of these only `names`, if there are any. The command gets the groups, and their
    `model_fields_set` are the options that were given. They stand behind the command's own.
    A parameter that is a `FilmPart` stands for the options that its fields are.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters.values()
        groups = {p.name: p.annotation for p in own if _is_group(p.annotation)}
        parts = {p.name: p.annotation for p in own if _is_part(p.annotation)}
        chosen_of = {
            parameter: [
                name
                for name in group.model_fields
                if name in names or (not names and name not in _DECIDED_HERE)
            ]
            for parameter, group in groups.items()
        }
        parameters = [
            inspect.Parameter("context", _KEYWORD, annotation=typer.Context),
            *(
                each
                for p in own
                if p.name not in groups
                for each in (_options_of(parts[p.name]) if p.name in parts else [p])
            ),
            *(_option(groups[p], name) for p in groups for name in chosen_of[p]),
        ]

        @functools.wraps(command)
        def run(**values: Any) -> None:
            typed = _typed(values.pop("context"))
            for parameter, group in groups.items():
                chosen = {name: values.pop(name) for name in chosen_of[parameter]}
                wanted = {n: v for n, v in chosen.items() if n in typed or n in _OWN_DEFAULTS}
                values[parameter] = checked(group, _without_pairs(group, wanted))
            for parameter, part in parts.items():
                values[parameter] = part(**{f.name: values.pop(f.name) for f in fields(part)})
            command(**values)

        parameters = [each.replace(kind=_KEYWORD) for each in parameters]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return run

    return decorate


def shots_of(texts: list[str] | None) -> Any:
    """Return what --shot says, by the numbers of shots; None where it was not given."""
    if not texts:
        return None
    from filmcolor.planning.shot_changes import parse_shot_changes

    return parse_shot_changes(texts)


def given(group: BaseModel) -> dict[str, Any]:
    """Return what was given of a group of settings, as keyword arguments."""
    return group.model_dump(include=group.model_fields_set)


def _is_group(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, FilmPart)


def _options_of(part: type[FilmPart]) -> list[inspect.Parameter]:
    return list(inspect.signature(part, eval_str=True).parameters.values())


def _typed(context: Any) -> set[str]:
    """Return the names of the options that do not stand at their defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and "DEFAULT" not in source.name}


def _option(group: type[BaseModel], name: str) -> inspect.Parameter:
    """Return the option for a field of a group, as Typer wants it.

    Typer checks choices. Bounds it only shows: the group's own words for them name the value, and
    Typer has none for bounds that do not belong to their range.
    """
    field = group.model_fields[name]
    kind = _option_type(field.annotation)
    default = _OWN_DEFAULTS.get(name, field.get_default(call_default_factory=True))
    flag, metavar = f"--{name.replace('_', '-')}", _range(kind, field) or _metavar(field)
    if _is_dictionary(field):
        flag, metavar, kind, default = flag.removesuffix("s"), "KEY=VALUE", list[str], None
    elif get_origin(kind) is list:
        flag, metavar, default = flag.removesuffix("s"), _metavar(field), None
    option = typer.Option(
        flag,
        help=field.description,
        metavar=metavar,
        rich_help_panel=_panel(group, name),
    )
    return inspect.Parameter(name, _KEYWORD, default=default, annotation=Annotated[kind, option])


def _option_type(annotation: Any) -> Any:
    """Return the type of an option for a field: without None and bounds, a list for a tuple."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _option_type(parts[0])
    if origin in (Union, types.UnionType):
        return _option_type(next(part for part in parts if part is not types.NoneType))
    if origin is tuple:
        return list[_option_type(parts[0])]  # type: ignore[misc]
    return annotation


def _metavar(field: FieldInfo) -> str | None:
    """Return what stands for a value in help."""
    extra = field.json_schema_extra
    return str(extra["metavar"]) if isinstance(extra, dict) and "metavar" in extra else None


_BOUNDS = {"gt": "{}<", "ge": "{}<=", "lt": "<{}", "le": "<={}"}


def _range(kind: Any, field: FieldInfo) -> str | None:
    """Return what stands for a number in help, such as `<float> [0<x<=4]`; None without bounds."""
    found = {
        key: text.format(getattr(bound, key))
        for bound in field.metadata
        for key, text in _BOUNDS.items()
        if hasattr(bound, key)
    }
    if not found:
        return None
    low, high = found.get("gt") or found.get("ge", ""), found.get("lt") or found.get("le", "")
    return f"<{kind.__name__}> [{low}x{high}]"


def _panel(group: type[BaseModel], name: str) -> str | None:
    """Return under which title help shows a field: that of the group where it stands."""
    groups = [part for part in group.mro() if issubclass(part, BaseModel)]
    return next(g for g in reversed(groups) if name in g.model_fields).model_config.get("title")


def _is_dictionary(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is dict


def _without_pairs(group: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of options with dictionaries in place of `KEY=VALUE` pairs."""
    return {
        name: _parse_pairs(name, value) if _is_dictionary(group.model_fields[name]) else value
        for name, value in values.items()
    }


def _parse_pairs(name: str, pairs: list[str]) -> dict[str, str]:
    """Return `KEY=VALUE` pairs as a dictionary; raises `UsageError` for anything else."""
    options: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"`{name}`: {pair!r} is not of the form KEY=VALUE.", what=name)
        options[key.strip()] = value
    return options
