"""Colours many films and pictures, one after the other."""

from __future__ import annotations

import glob as globbing
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from filmcolor.errors import (
    CancelledError,
    FilmcolorError,
    InputError,
    NotAFilmError,
    OutputError,
)
from filmcolor.events import Events, FilmBegun, FilmDone, check_cancelled
from filmcolor.jobs.batch_report import BatchReport, BatchResult
from filmcolor.jobs.film import colorize_film
from filmcolor.jobs.job import FilmRequest
from filmcolor.jobs.picture import colorize_picture
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.media.decode.in_color import is_in_color
from filmcolor.media.encode.encoders import find_encoder
from filmcolor.media.film_names import FILM_SUFFIXES
from filmcolor.media.local_files import check_name
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import PICTURE_SUFFIXES, color_suffix, is_picture
from filmcolor.networks import Network
from filmcolor.settings import RunSettings, Settings
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of


@dataclass(frozen=True)
class BatchInput:
    """One file to colour, and where in the output folder its result belongs."""

    path: Path
    folder: Path
    """Relative to the output folder; mirrors where the file lies below the named input."""


def _is_hidden_or_result(path: Path) -> bool:
    return path.name.startswith(".") or path.stem.endswith(".color")


def _wanted(path: Path, pattern: str | None) -> bool:
    if _is_hidden_or_result(path):
        return False
    if pattern is not None:
        return fnmatch(path.name, pattern)
    return path.suffix.lower() in FILM_SUFFIXES | PICTURE_SUFFIXES


def _files_in(folder: Path, recursive: bool) -> Iterable[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".")) if recursive else []
        yield from (Path(parent, name) for name in sorted(names))


def _matching(pattern: str) -> list[Path]:
    """Return what a pattern with wildcards names; Windows' shells leave them to the program."""
    path = Path(pattern)
    if not globbing.has_magic(pattern):
        return []
    anchor = Path(path.anchor) if path.is_absolute() else Path()
    found = anchor.glob(str(path.relative_to(path.anchor)))
    return sorted(path for path in found if not _is_hidden_or_result(path))


def find_inputs(
    inputs: Sequence[str | Path],
    output_folder: Path,
    *,
    recursive: bool = False,
    pattern: str | None = None,
) -> list[BatchInput]:
    """Return the files that `inputs` (files, folders, patterns such as `*.mp4`) name, once each.

    In folders, films and pictures are taken by their suffix, or what fits `pattern`. Results of
    earlier runs and what lies in `output_folder` are left out. Raises `InputError` for an input
    that is not there, and when nothing is left.
    """
    found: dict[Path, BatchInput] = {}
    results = output_folder.resolve()
    for given in inputs:
        path = Path(given)
        check_name(path)
        if path.is_dir():
            for file in _files_in(path, recursive):
                inside = results in file.resolve().parents and results != path.resolve()
                if not inside and _wanted(file, pattern):
                    found.setdefault(
                        file.resolve(), BatchInput(file, file.parent.relative_to(path))
                    )
            continue
        files = [path] if path.exists() else _matching(str(given))
        if not files:
            raise InputError(f"{given}: there is no such file or folder, and nothing fits it.")
        for file in files:
            refuse_special(file)
            if file.is_file():
                found.setdefault(file.resolve(), BatchInput(file, Path()))
    if not found:
        raise InputError("no films or pictures were found; see `recursive` and `glob`.")
    return list(found.values())


def _names(inputs: Sequence[BatchInput]) -> dict[Path, str]:
    """Return the stem of each result, no two alike in a folder.

    The film's own stem; its full name where two stems would be the same (`a.mp4`, `a.mkv`); with
    the name of its folder, and a number if need be, where two full names would.
    """
    stems = Counter((item.folder, item.path.stem.casefold()) for item in inputs)
    full = Counter((item.folder, item.path.name.casefold()) for item in inputs)
    names: dict[Path, str] = {}
    used: set[tuple[Path, str]] = set()
    for folder, path in ((item.folder, item.path) for item in inputs):
        name = path.stem if stems[folder, path.stem.casefold()] == 1 else path.name
        if full[folder, path.name.casefold()] > 1:
            name = f"{path.resolve().parent.name}-{path.name}"
        wanted, number = name, 1
        while (folder, name.casefold()) in used:
            number += 1
            name = f"{wanted}-{number}"
        used.add((folder, name.casefold()))
        names[path] = name
    return names


def _existing(folder: Path, name: str) -> Path | None:
    if not folder.is_dir():
        return None
    known = FILM_SUFFIXES | PICTURE_SUFFIXES
    for path in sorted(folder.glob(f"{globbing.escape(name)}.color.*")):
        if path.suffix.lower() in known and path.stem == f"{name}.color":
            return path
    return None


def _free_of_others(item: BatchInput, name: str, folder: Path, report: BatchReport) -> str:
    """Return `name`, or another where a result, or work, of another film has it in `folder`."""
    own = item.path.absolute()

    def is_taken(name: str) -> bool:
        result = _existing(folder, name)
        source = None if result is None else report.made_from(result)
        if source is not None:
            return source != own
        works = list(folder.glob(f".{globbing.escape(name)}.color.*.filmcolor"))
        with suppress(OutputError):  # of damaged work nobody knows whose it is
            return any(Path(work.manifest.input) != own for work in find_unfinished(works))
        return False

    wanted = (
        name,
        item.path.name,
        f"{own.parent.name}-{item.path.name}",
        *(f"{item.path.name}-{number}" for number in range(2, 1000)),
    )
    return next(name for name in wanted if not is_taken(name))


def run_batch(
    inputs: Sequence[BatchInput],
    output_folder: Path,
    settings: Settings,
    network: Network,
    *,
    overwrite: bool = False,
    skip_colored: bool = False,
    options: RunSettings | None = None,
    events: Events | None = None,
) -> list[BatchResult]:
    """Colour all `inputs`; one that fails does not stop the others.

    What has a result already is skipped, unless `overwrite`, and so is what is no film, or with
    `skip_colored` in colour already. `events` are told of each, between `FilmBegun` and `FilmDone`.
    `report.json` in the output folder is brought up to date after each file. Raises `OutputError`
    when the folder cannot be written, and `UsageError` for a codec that does not exist.
    """
    events = events or Events()
    if settings.codec != "auto":
        find_encoder(settings.codec)
    try:
        output_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output_folder}: cannot be made ({reason_of(error)}).") from error
    report = BatchReport(output_folder)
    names = _names(inputs)
    results: list[BatchResult] = []
    try:
        for number, item in enumerate(inputs, 1):
            check_cancelled()
            events.tell(FilmBegun(item.path, number, len(inputs)))
            folder = output_folder / item.folder
            result = None if overwrite else report.done_before(item.path)
            if result is None:
                name = _free_of_others(item, names[item.path], folder, report)
                done = None if overwrite else _existing(folder, name)
                if done is not None:
                    result = BatchResult(item.path, done, "skipped", "has a result already")
            if result is None and skip_colored:
                result = _skipped_if_colored(item, settings)
            if result is None:
                result = _run_one(item, folder, name, settings, network, overwrite, options, events)
            results.append(result)
            report.enter(result)
            if result.status != "skipped":
                report.write()
            events.tell(_as_event(result))
    finally:
        report.write()
    return results


def _as_event(result: BatchResult) -> FilmDone:
    return FilmDone(
        result.input, result.status, result.output, result.message, tuple(result.warnings)
    )


def _skipped_if_colored(item: BatchInput, settings: Settings) -> BatchResult | None:
    try:
        if not is_in_color(item.path, settings):
            return None
    except CancelledError:
        raise
    except FilmcolorError:
        return None  # what is wrong with it is said when it is to be coloured
    return BatchResult(item.path, None, "skipped", "is in colour already")


def _run_one(
    item: BatchInput,
    folder: Path,
    name: str,
    settings: Settings,
    network: Network,
    overwrite: bool,
    options: RunSettings | None,
    events: Events,
) -> BatchResult:
    try:
        if is_picture(item.path):
            output = folder / f"{name}.color{color_suffix(item.path)}"
            summary = colorize_picture(
                item.path, output, settings, network, overwrite=overwrite, events=events
            )
        else:
            strict = options is not None and options.strict
            source = open_source(item.path, settings, strict=strict)
            request = FilmRequest(
                source,
                folder,
                settings,
                stem=name,
                overwrite=overwrite,
                run=options or RunSettings(),
            )
            summary = colorize_film(request, network, events)
    except CancelledError:
        raise
    except NotAFilmError as error:
        if item.path.suffix.lower() not in FILM_SUFFIXES | PICTURE_SUFFIXES or error.has_no_video:
            return BatchResult(item.path, None, "skipped", "is no film")
        return BatchResult(item.path, None, "failed", str(error))
    except FilmcolorError as error:
        return BatchResult(item.path, None, "failed", str(error))
    return BatchResult(
        item.path,
        summary.output,
        "done",
        frames=summary.frames,
        seconds=summary.seconds,
        warnings=summary.warnings,
    )
