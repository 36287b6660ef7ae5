"""The index of a folder of keyframes: of which film they are, and when each is shown."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from filmcolor.errors import InputError
from filmcolor.media.film import FilmInfo
from filmcolor.media.timecode import format_timecode
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import check_film, explain
from filmcolor.planning.plan_values import Count, Ticks
from filmcolor.planning.shot import Shot
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of

NAME: Final = "index.json"
ORIGINALS: Final = "originals"
"""Folder of the pictures as they were exported, with which others are compared."""
SUFFIX: Final = ".png"

_LARGEST = 256 << 20
"""Bytes: a plan, and a line for each picture."""
_EXPORT = "export keyframes with `filmcolor keyframes export FILM -o FOLDER`"
_ANOTHER_FILM = f"these are keyframes of another film; {_EXPORT}"


class _Object(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class KeyframePicture(_Object):
    """A keyframe that was exported."""

    file: str
    """Name in the folder."""
    shot: Count
    pts: Ticks
    """Timestamp of the frame, in units of the film's time base."""
    frame: Count
    time: str
    width: Count
    height: Count

    @property
    def stem(self) -> str:
        """By which the picture is recognised, in whatever format it was saved."""
        return Path(self.file).stem


class Index(_Object):
    """What a folder of keyframes holds."""

    version: Literal[1] = 1
    plan: Plan
    """The one that was followed, with the film's identity."""
    pictures: tuple[KeyframePicture, ...]


def picture_name(shot: Shot, time: Fraction, frame: int) -> str:
    """Return the name of a keyframe's picture, as all systems take it.

    Example: `shot-0012_room-03_00.01.02.345_f1559.png`.
    """
    room = "" if shot.room is None else f"_room-{shot.room:02}"
    at = format_timecode(max(Fraction(0), time)).replace(":", ".")
    return f"shot-{shot.number or 1:04}{room}_{at}_f{frame}{SUFFIX}"


def index_text(index: Index) -> str:
    """Return the content of an index file."""
    return index.model_dump_json(indent=1, exclude_none=True) + "\n"


def read_index(folder: Path, info: FilmInfo) -> Index:
    """Read a folder's index; raises `InputError` unless it is one of keyframes of this film."""
    path = folder / NAME
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; {_EXPORT}.", file=folder)
    try:
        refuse_special(path)
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path}: too large for an index of keyframes; {_EXPORT}.")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: holds no {NAME}, so it is no folder of keyframes; {_EXPORT}.", file=folder
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).", file=path) from error
    try:
        index = Index.model_validate_json(data)
    except (ValidationError, RecursionError) as error:
        if isinstance(error, ValidationError):
            why = explain(error, ("an index of keyframes", "such indexes"), _EXPORT)
        else:
            why = f"is no index of keyframes; {_EXPORT}."
        raise InputError(f"{path}: {why}", file=path) from error
    check_film(index.plan.film, path, info, said=_ANOTHER_FILM)
    for picture in index.pictures:
        if Path(picture.file).name != picture.file or "\\" in picture.file:
            raise InputError(f"{path}: {picture.file!r} is no name of a file there; {_EXPORT}.")
    return index
