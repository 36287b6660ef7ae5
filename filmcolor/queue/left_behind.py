"""What the process that coloured a film of the queue has left on the disk."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filmcolor.errors import FilmcolorError
from filmcolor.jobs.unfinished import Unfinished, find_unfinished
from filmcolor.jobs.work import discard_work, work_place
from filmcolor.queue.queue_file import FOLDER, Entry


def mark_of(folder: Path, entry: Entry) -> Path:
    """Return the file in which the process of a film says where its result goes."""
    return (folder / FOLDER / f"{entry.id}.output").absolute()


def is_finished(mark: Path, entry: Entry) -> bool:
    """Return whether a film was finished, but nobody heard of it; if so, note it."""
    try:
        result = Path(mark.read_bytes().decode("utf-8", "surrogateescape"))
    except (OSError, ValueError):
        return False
    if work_place(result).exists() or not result.is_file():
        return False
    entry.result = str(result)
    entry.frames = entry.total or entry.frames
    return True


def unfinished_of(entry: Entry) -> list[Unfinished]:
    """Return the unfinished work on a film."""
    source = Path(entry.source)
    output = source.parent if entry.output is None else Path(entry.output)
    try:
        works = [*output.glob(".*.filmcolor")] if output.is_dir() else [work_place(output)]
    except OSError:
        return []
    found: list[Unfinished] = []
    for work in works:
        with suppress(FilmcolorError):
            found += find_unfinished([work])
    return [each for each in found if Path(each.manifest.input) == source]


def discard(entry: Entry) -> None:
    """Throw away what is done of a film."""
    source = Path(entry.source)
    for unfinished in unfinished_of(entry):
        discard_work(unfinished.output, source)
    entry.frames = 0
