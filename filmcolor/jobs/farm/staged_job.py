"""Of which files a film consists that nodes fetch from storage: names, checksums, what they are."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from filmcolor.jobs.json_values import PathText

SOURCE, REFERENCES, NETWORK, WORK = "source", "references", "network", "work"
"""Folders of a staged film: the film itself, pictures that lend colours, weights, work folder."""

_LONGEST: Final = 255
_WORK_FILE: Final = re.compile(
    r"manifest\.json|plan\.json|looked-through\.json|given-\d+\.npz|script/[A-Za-z0-9_-][\w.-]*",
    re.ASCII,
)


def plain_name(name: str) -> str:
    """Return a name that files may have on all systems: as a rule itself, never a way elsewhere."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]', "_", name)
    plain = re.sub(r"[. ]+$", "_", plain)
    return plain.lstrip(".") or "_"


def _plain(name: str) -> str:
    if plain_name(name) != name or len(name) > _LONGEST:
        raise ValueError("should be a plain name of a file")
    return name


PlainName = Annotated[str, AfterValidator(_plain)]


def _staged_path(path: str) -> str:
    folder, _, rest = path.partition("/")
    if folder == WORK:
        if _WORK_FILE.fullmatch(rest) is None:
            raise ValueError("should be a file of a work folder")
    elif folder in (SOURCE, REFERENCES, NETWORK):
        for part in rest.split("/"):
            _plain(part)
    else:
        raise ValueError("should lie in a folder of a staged film")
    return path


StagedPath = Annotated[str, AfterValidator(_staged_path)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Object(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StagedFile(_Object):
    """A file in storage."""

    path: StagedPath
    """Where it belongs, with slashes: its folder is one of the constants above."""
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class StagedFiles(_Object):
    """Some of the files of a film."""

    files: tuple[StagedFile, ...]
    places: tuple[tuple[PathText, StagedPath], ...] = ()
    """Paths by which the coordinator calls files and folders, and where those belong."""


class StagedJob(StagedFiles):
    """All that a node needs for a task."""

    output: tuple[PathText, PlainName]
    """The path of the result, as the coordinator calls it, and its name on nodes."""


def stored_at(key: str, file: StagedFile) -> str:
    """Return where in storage a file of the film `key` lies.

    Networks are the same for many films, so each lies there once, for all.
    """
    is_network = file.path.startswith(f"{NETWORK}/")
    return f"networks/{file.sha256}" if is_network else blob_path(key, file.sha256)


def is_key(text: str) -> bool:
    """Return whether a text is the key of a film: the name of its folder in storage."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


def record_path(key: str, number: int) -> str:
    """Return where in storage whoever did a segment says that it is done."""
    return f"{segments_path(key)}/segment-{number:05}.json"


def segments_path(key: str) -> str:
    """Return the folder of such records."""
    return f"{key}/segments"


def look_path(key: str) -> str:
    """Return where in storage stands what a node has found when it looked a film through."""
    return f"{key}/look.json"


def mark_path(key: str) -> str:
    """Return the file that is in storage as long as the film is to be coloured."""
    return f"{key}/film.json"


def blob_path(key: str, sha256: str) -> str:
    """Return where in storage a file of a film lies that is no network."""
    return f"{key}/files/{sha256}"
