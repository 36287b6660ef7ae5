"""Plans as files: JSON, one line for a keyframe, so that people can read and change them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from filmcolor.errors import InputError, OutputError
from filmcolor.media.film import FilmInfo
from filmcolor.media.positions import frame_times
from filmcolor.media.stills import find_stills
from filmcolor.planning.plan import VERSION, FilmIdentity, Plan
from filmcolor.system.outputs import output_file
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of

SUFFIX = ".json"
_LARGEST = 64 << 20
"""Bytes. The plan of a day's film with a keyframe every second has a tenth of that."""
_ANOTHER_FILM = "this is the plan of another film, make one of this film with `filmcolor shots`"
_MADE_WITH = "make a plan with `filmcolor shots FILM -o plan.json`"


def identify(info: FilmInfo) -> FilmIdentity:
    """Return by what the film can be recognised."""
    stills = find_stills(info.path) if info.is_stills else None
    first = frame_times(info, 1)
    return FilmIdentity(
        name=info.path.name.encode(errors="replace").decode(),
        bytes=sum(path.stat().st_size for path in stills or [info.path]),
        width=info.width,
        height=info.height,
        time_base=info.time_base,
        frames=info.frames,
        first_pts=first[0] if first else None,
        video_stream=None if info.is_usual_video else info.video.index,
    )


def plan_text(plan: Plan) -> str:
    """Return a plan as JSON, in the layout of plan files."""
    return _laid_out(plan.model_dump(mode="json", exclude_none=True), 0) + "\n"


def write_plan(
    plan: Plan, path: Path, *, film: Path | None = None, overwrite: bool = False
) -> None:
    """Write a plan as JSON.

    `film` is the source, which is never replaced. Raises `OutputError` when the file cannot be
    written, or exists already and is not to be overwritten.
    """
    source = film or path.parent
    with output_file(path, source, overwrite) as unfinished:
        try:
            unfinished.write_text(plan_text(plan), encoding="utf-8", newline="\n")
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({reason_of(error)}).") from error


def read_plan(path: Path, info: FilmInfo | None = None) -> Plan:
    """Read a plan; with `info`, also make sure that it is a plan of that film.

    Raises `InputError` that says what is wrong, where in the file, and what to do.
    """
    refuse_special(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path}: too large for a plan; {_MADE_WITH}.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}); {_MADE_WITH}.") from error
    try:
        plan = Plan.model_validate_json(data.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        raise InputError(f"{path}: {explain(error)}") from error
    if info is not None:
        check_film(plan.film, path, info)
    return plan


def check_film(
    wanted: FilmIdentity, path: Path, info: FilmInfo, *, said: str = _ANOTHER_FILM
) -> None:
    """Raise `InputError` unless what stands in the file `path` is of the film `info`.

    `said`: what it is of, and what to do.
    """
    found = identify(info)
    if wanted.video_stream != found.video_stream:
        raise InputError(
            f"{path}: film, video_stream: this is the plan of {_stream_words(wanted)} of the film, "
            f"but {_stream_words(found)} is wanted; choose that one with `video_stream`, or make a "
            "plan of this one with `filmcolor shots`.",
            file=path,
            remedy="video_stream",
        )
    for name in FilmIdentity.model_fields:
        was, now = getattr(wanted, name), getattr(found, name)
        if name != "name" and was is not None and now != was:
            raise InputError(f"{path}: film, {name}: is {was}, but {info.path} has {now}; {said}.")


def _stream_words(film: FilmIdentity) -> str:
    if film.video_stream is None:
        return "the usual video stream"
    return f"video stream {film.video_stream}"


def explain(
    error: ValidationError, what: tuple[str, str] = ("a plan", "plans"), remedy: str = _MADE_WITH
) -> str:
    """Return what is wrong with a file, where, and what to do; for people, in one line.

    `what` the file should be, one and several of them; `remedy`: how one is made.
    """
    errors = error.errors()
    first = next((e for e in errors if e["loc"] == ("version",)), errors[0])
    kind, place, value = first["type"], _place(first["loc"]), first["input"]
    message = first["msg"].removeprefix("Value error, ")
    if kind == "json_invalid":
        return f"not {what[0]}, because it is not JSON ({message.partition(': ')[2]}); {remedy}."
    if first["loc"] == ("version",):
        return (
            f"version {_short(value)} of {what[1]} is not known, only {VERSION}; {remedy} "
            "of this version of filmcolor."
        )
    if kind == "extra_forbidden":
        return f"{place} is not known there; take it out or correct its name."
    if kind == "missing":
        return f"{place} is missing; add it, or {remedy}."
    said = f"{place}: {message[0].lower()}{message[1:]}" if place else message
    if kind == "value_error":
        return f"{said}."
    return f"{said}, but is {_short(value)}; correct it, or {remedy}."


def _place(location: tuple[int | str, ...]) -> str:
    """Return where in a plan something is: `shot 4, keyframe 2, pts`; counted from 1."""
    words: list[str] = []
    for part in location:
        if isinstance(part, int) and words:
            words[-1] = f"{words[-1].removesuffix('s')} {part + 1}"
        else:
            words.append(str(part)[:40])
    return ", ".join(words)


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def _laid_out(value: Any, depth: int) -> str:
    """Return JSON in which whatever holds only plain values stands on one line."""
    if not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    inner = list(value.values()) if isinstance(value, dict) else value
    if depth > 0 and not any(isinstance(item, dict | list) for item in inner):
        return json.dumps(value, ensure_ascii=False)
    pad, closing = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        items = [
            f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(item, depth + 1)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(pad + item for item in items) + f"\n{closing}}}"
    return "[\n" + ",\n".join(pad + _laid_out(item, depth + 1) for item in value) + f"\n{closing}]"
