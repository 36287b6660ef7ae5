"""Which films and photos are to be evaluated."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filmcolor.errors import InputError
from filmcolor.media.film_names import FILM_SUFFIXES
from filmcolor.media.local_files import check_name
from filmcolor.media.pictures.photos import is_archive_name, is_photo_name
from filmcolor.system.special_files import refuse_special


@dataclass(frozen=True)
class Film:
    """A colour film."""

    path: Path


@dataclass(frozen=True)
class Photos:
    """Photos that are evaluated together."""

    path: Path
    """The photo, folder or archive that was named."""
    files: tuple[Path, ...] | None
    """The photos, in order; None for an archive, whose members are read one after the other."""


Input = Film | Photos


def find_inputs(sources: Sequence[str | Path]) -> list[Input]:
    """Return what `sources` name: films, photos, archives of photos, and folders of them.

    In a folder and the folders below it, each film is an input of its own and all photos together
    are one; hidden files and results of earlier runs (`NAME.color.EXT`) are left out. Raises
    `InputError` for what does not exist, and for a folder with nothing in it.
    """
    found: list[Input] = []
    for source in map(Path, sources):
        check_name(source)
        refuse_special(source)
        if source.is_dir():
            inside = list(_in_folder(source))
            if not inside:
                raise InputError(f"{source}: there are no films or photos in this folder.")
            found += inside
        elif not source.exists():
            raise InputError(f"{source}: there is no such file or folder.")
        elif is_archive_name(source.name):
            found.append(Photos(source, None))
        elif is_photo_name(source.name):
            found.append(Photos(source, (source,)))
        else:
            found.append(Film(source))
    if not found:
        raise InputError("nothing to evaluate: name a colour film, or a folder of photos.")
    return found


def _in_folder(folder: Path) -> Iterator[Input]:
    files: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += (Path(parent, name) for name in sorted(names) if not name.startswith("."))
    originals = [p for p in files if p.is_file() and not p.stem.endswith(".color")]
    yield from (Film(path) for path in originals if path.suffix.lower() in FILM_SUFFIXES)
    photos = tuple(path for path in originals if is_photo_name(path.name))
    if photos:
        yield Photos(folder, photos)
