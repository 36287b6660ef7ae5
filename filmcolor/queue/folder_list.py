"""The films and pictures of a folder, and what has become of each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from filmcolor.errors import FilmcolorError, InputError
from filmcolor.jobs.output_names import is_result
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.keyframes.beside import plan_beside
from filmcolor.media.decode.container import open_container
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.film_names import FILM_SUFFIXES
from filmcolor.media.local_files import check_name
from filmcolor.media.numbering import natural_key
from filmcolor.media.pictures.kinds import PICTURE_SUFFIXES, is_picture
from filmcolor.queue.queue_file import Entry, read_queue
from filmcolor.wording.reasons import reason_of

FolderState = Literal["new", "planned", "queued", "coloured", "unfinished", "failed"]

_LEAST_SEQUENCE = 24
"""Numbered pictures that are taken for a film: a second of one."""
_OF_CAMERAS = frozenset({".jpg", ".jpeg", ".heic", ".heif", ".hif"})
"""Cameras number photos, too; films are not scanned as these."""
_NUMBERED = re.compile(r"(.*?)(\d+)")
_RESULT = ".color"


@dataclass(frozen=True)
class FolderEntry:
    """A film, a photo or a sequence of pictures in a folder."""

    path: Path
    """For a sequence: its pattern, such as `scan_%04d.png`."""
    kind: Literal["film", "photo", "sequence"]
    state: FolderState = "new"
    bytes: int = 0
    seconds: float | None = None
    """How long a film lasts, where its container tells."""
    frames: int | None = None
    """Of a sequence: how many pictures."""
    output: Path | None = None
    """The result, where there is one, or the one that is under way."""
    reason: str = ""
    """Why it has failed, or cannot be read."""


def list_films(folder: str | Path, *, home: str | Path | None = None) -> list[FolderEntry]:
    """Return the films, photos and sequences of a folder, by name; not of the folders in it.

    No more of a film is opened than its head, and that once. Hidden files, and results of
    filmcolor (`NAME.color.EXT`, `NAME.preview.EXT`, those of the folder's queue), are left out.
    `home`: another folder in which their plans, results and queue may lie. Raises `InputError`
    where there is no such folder.

    Example:
        >>> for entry in filmcolor.list_films("films"):
        ...     print(entry.path.name, entry.state, entry.seconds)
    """
    place = Path(folder)
    check_name(place)
    shown = [each for each in _files(place) if not each.name.startswith(".")]
    homes = [place] if home is None or Path(home) == place else [place, Path(home)]
    results = _results([*shown, *(each for other in homes[1:] for each in _files(other))])
    queued = {source: entry for each in homes for source, entry in _queued(each).items()}
    made = {_made(entry) for entry in queued.values()}
    sources = [each for each in shown if not is_result(each) and each.absolute() not in made]
    films = [e for e in sources if e.suffix.lower() in FILM_SUFFIXES and not is_picture(e)]
    pictures = [e for e in sources if e.suffix.lower() in PICTURE_SUFFIXES or is_picture(e)]
    found = [_film(each) for each in films]
    sequences, photos = _sequences(pictures)
    found += [*sequences, *(_entry(each, "photo") for each in photos)]
    works = {source: output for each in homes for source, output in _unfinished(each).items()}
    told = [_told(entry, homes, results, works, queued) for entry in found]
    return sorted(told, key=lambda entry: natural_key(entry.path))


def _files(place: Path) -> list[Path]:
    try:
        return sorted((each for each in place.iterdir() if each.is_file()), key=natural_key)
    except OSError as error:
        raise InputError(f"{place}: cannot be read ({reason_of(error)}).", file=place) from error


def _results(files: Iterable[Path]) -> dict[str, Path]:
    """Return results by the names of what they were made of."""
    results: dict[str, Path] = {}
    for each in files:
        if each.stem.endswith(_RESULT):
            results.setdefault(each.stem.removesuffix(_RESULT), each)
    return results


def _entry(path: Path, kind: Literal["film", "photo"]) -> FolderEntry:
    size = 0
    with suppress(OSError):
        size = path.stat().st_size
    return FolderEntry(path, kind, bytes=size)


def _film(path: Path) -> FolderEntry:
    entry = _entry(path, "film")
    try:
        return replace(entry, seconds=_seconds(path, entry.bytes, path.stat().st_mtime_ns))
    except OSError as error:
        reason = f"{path}: cannot be read ({reason_of(error)})."
        return replace(entry, state="failed", reason=reason)
    except FilmcolorError as error:
        return replace(entry, state="failed", reason=str(error))


@lru_cache(maxsize=4096)
def _seconds(path: Path, size: int, changed: int) -> float | None:
    """Return how long a film lasts; `size` and `changed` say which version of it is meant."""

    def read() -> float | None:
        with open_container(path) as container:
            if not container.streams.video:
                raise InputError(f"{path}: has no video.", file=path)
            return None if container.duration is None else container.duration / 1_000_000

    return watched_reading(path, read)


def _sequences(pictures: Iterable[Path]) -> tuple[list[FolderEntry], list[Path]]:
    """Return series of numbered pictures that are films, and the other pictures."""
    series: dict[tuple[str, int, str], list[Path]] = defaultdict(list)
    others: list[Path] = []
    for path in pictures:
        match = _NUMBERED.fullmatch(path.stem)
        if match is None or path.suffix.lower() in _OF_CAMERAS:
            others.append(path)
        else:
            series[match[1], len(match[2]), path.suffix].append(path)
    sequences = []
    for (name, digits, suffix), members in series.items():
        if len(members) < _LEAST_SEQUENCE:
            others += members
            continue
        pattern = members[0].with_name(f"{name.replace('%', '%%')}%0{digits}d{suffix}")
        size = 0
        for each in members:
            with suppress(OSError):
                size += each.stat().st_size
        sequences.append(FolderEntry(pattern, "sequence", bytes=size, frames=len(members)))
    return sequences, others


def _unfinished(folder: Path) -> dict[Path, Path]:
    """Return what is unfinished in a folder: results by their sources."""
    found: dict[Path, Path] = {}
    for work in folder.glob(".*.filmcolor"):
        with suppress(FilmcolorError):
            for each in find_unfinished([work]):
                found[Path(each.manifest.input)] = each.output
    return found


def _queued(folder: Path) -> dict[Path, Entry]:
    """Return the films of the folder's queue, the last of each, but for those called off."""
    try:
        entries = read_queue(folder)
    except FilmcolorError:
        return {}
    return {Path(entry.source): entry for entry in entries if entry.state != "cancelled"}


def _made(entry: Entry | None) -> Path | None:
    """Return the result of a film that the queue has finished, where it is still there."""
    if entry is None or entry.state != "done" or entry.result is None:
        return None
    result = Path(entry.result)
    return result if result.is_file() else None


def _told(
    entry: FolderEntry,
    homes: Iterable[Path],
    results: Mapping[str, Path],
    works: Mapping[Path, Path],
    queued: Mapping[Path, Entry],
) -> FolderEntry:
    path = entry.path.absolute()
    known = queued.get(path)
    if known is not None and known.state != "done":
        output = known.result or known.output
        return replace(
            entry,
            state="failed" if known.state == "failed" else "queued",
            output=None if output is None else Path(output),
            reason=known.reason,
        )
    if path in works:
        return replace(entry, state="unfinished", output=works[path])
    result = _made(known) or results.get(entry.path.stem) or results.get(entry.path.name)
    if result is not None:
        return replace(entry, state="coloured", output=result)
    plan = plan_beside(entry.path)
    if any((home / plan.name).is_file() for home in homes):
        return replace(entry, state="planned")
    return entry
