"""Finds films that a run has left unfinished."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filmcolor.errors import FilmcolorError, InputError
from filmcolor.jobs.lock import is_locked
from filmcolor.jobs.manifest import NAME, Manifest, read_manifest
from filmcolor.jobs.work import work_place
from filmcolor.media.local_files import check_name
from filmcolor.wording.words import counted

_SUFFIX = ".filmcolor"


@dataclass(frozen=True)
class Unfinished:
    """A film that could be finished."""

    output: Path
    folder: Path
    manifest: Manifest
    running: bool
    """Whether a run is at work on it right now."""

    @property
    def words(self) -> str:
        """What it is and how far it has come, in one line."""
        manifest = self.manifest
        done = f"{manifest.done} of {counted(manifest.segment_count or 0, 'segment')}"
        if manifest.segment_count is None:
            done = "nothing but its shots" if manifest.plan is not None else "nothing"
        running = "; a run is at work on it" if self.running else ""
        return f"{self.output}: {done} done, from {manifest.input}{running}"

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return {
            "output": str(self.output),
            "input": self.manifest.input,
            "segments": self.manifest.segment_count,
            "done": self.manifest.done,
            "frames": sum(record.frames for record in self.manifest.segments),
            "running": self.running,
        }


def find_unfinished(places: Sequence[Path]) -> list[Unfinished]:
    """Return the unfinished films of `places`, once each.

    A place is a folder (those in it count too), the file that the film becomes, the film that it
    is made from, or the work folder itself. Raises `InputError` for a place where there is none; a
    folder may have none. Manifests that cannot be read are left out, unless they were asked for by
    name.
    """
    found: dict[Path, Unfinished] = {}
    for place in places:
        check_name(place)
        if _is_work(place):
            here = [_read(place)]
        elif place.is_dir():
            here = _in_folder(place)
        elif _is_work(work_place(place)):
            here = [_read(work_place(place))]
        else:
            here = [
                u for u in _in_folder(place.parent) if Path(u.manifest.input) == place.absolute()
            ]
            if not here:
                raise InputError(f"{place}: there is no unfinished work on it.")
        for unfinished in here:
            found.setdefault(unfinished.folder.resolve(), unfinished)
    return list(found.values())


def _in_folder(folder: Path) -> list[Unfinished]:
    """Return what is unfinished in a folder and the folders in it, but not in hidden ones."""
    found = []
    for parent, folders, _ in os.walk(folder):
        works = sorted(Path(parent, name) for name in folders if name.endswith(_SUFFIX))
        for path in filter(_is_work, works):
            with suppress(FilmcolorError):
                found.append(_read(path))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
    return found


def _is_work(path: Path) -> bool:
    return path.name.endswith(_SUFFIX) and (path / NAME).is_file()


def _read(folder: Path) -> Unfinished:
    manifest = read_manifest(folder)
    if manifest is None:
        raise InputError(f"{folder}: there is no unfinished work in it.")
    name = folder.resolve().name.removeprefix(".").removesuffix(_SUFFIX)
    return Unfinished(folder.parent / name, folder, manifest, is_locked(folder))
