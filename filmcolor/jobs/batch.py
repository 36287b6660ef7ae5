"""Colours many films and pictures, one after the other."""

from __future__ import annotations

import glob as globbing
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
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
from filmcolor.jobs.output_names import is_result
from filmcolor.jobs.picture import colorize_picture
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.media.decode.in_color import is_in_color
from filmcolor.media.encode.encoders import find_encoder
from filmcolor.media.film_names import FILM_SUFFIXES
from filmcolor.media.local_files import check_name
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import PICTURE_SUFFIXES, color_suffix, is_picture
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.settings import RunSettings, Settings
from filmcolor.summary import Summary
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of


@dataclass(frozen=True)
class BatchInput:
    """One file to colour, and where in the output folder its result belongs."""

    path: Path
    folder: Path
    """Relative to the output folder; mirrors where the file lies below the named input."""


def _is_hidden_or_result(path: Path) -> bool:
    return path.name.startswith(".") or is_result(path)


def _holds_keyframes(folder: Path) -> bool:
    """Return whether a folder is one that `filmcolor.export_keyframes` wrote."""
    return (folder / "originals").is_dir() and (folder / "index.json").is_file()


def _wanted(path: Path, pattern: str | None) -> bool:
    if _is_hidden_or_result(path):
        return False
    if pattern is not None:
        return fnmatch(path.name, pattern)
    return path.suffix.lower() in FILM_SUFFIXES | PICTURE_SUFFIXES


def _files_in(folder: Path, recursive: bool) -> Iterable[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".")) if recursive else []
        if recursive:
            folders[:] = [f for f in folders if not _holds_keyframes(Path(parent, f))]
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
    earlier runs, previews, exported keyframes and what lies in `output_folder` are left out. Raises
    `InputError` for an input that is not there, and when nothing is left.
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
    network: Network | None,
    *,
    overwrite: bool = False,
    skip_colored: bool = False,
    options: RunSettings | None = None,
    events: Events | None = None,
) -> list[BatchResult]:
    """Colour all `inputs`; one that fails does not stop the others.

    What has a result already is skipped, unless `overwrite`, and so is what is no film, or with
    `skip_colored` in colour already. `events` are told of each, between `FilmBegun` and `FilmDone`;
    on a farm, where films are worked on at the same time, of each when it has ended. Without
    `network`, that of the settings is loaded when this computer needs it. `report.json` in the
    output folder is brought up to date after each file. Raises `OutputError` when the folder cannot
    be written, and `UsageError` for a codec that does not exist.
    """
    events = events or Events()
    if settings.codec != "auto":
        find_encoder(settings.codec)
    try:
        output_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output_folder}: cannot be made ({reason_of(error)}).") from error
    batch = _Batch(output_folder, settings, network, overwrite, skip_colored, options, events)
    batch.names = _names(inputs)
    try:
        if options is not None and options.farm is not None:
            batch.color_on_farm(inputs, options)
        else:
            batch.color_here(inputs)
    finally:
        batch.report.write()
    return [batch.results[item.path] for item in inputs if item.path in batch.results]


class _Batch:
    """A batch while it goes on."""

    def __init__(
        self,
        output_folder: Path,
        settings: Settings,
        network: Network | None,
        overwrite: bool,
        skip_colored: bool,
        options: RunSettings | None,
        events: Events,
    ) -> None:
        self.report = BatchReport(output_folder)
        self.results: dict[Path, BatchResult] = {}
        self.names: dict[Path, str] = {}
        self._output_folder = output_folder
        self._settings = settings
        self._network = network
        self._overwrite = overwrite
        self._skip_colored = skip_colored
        self._options = options or RunSettings()
        self._events = events
        self._lock = threading.Lock()
        """Of the report: on a farm, films begin in another thread than the one where they end."""

    def color_here(self, inputs: Sequence[BatchInput]) -> None:
        """Colour one film or picture after the other."""
        for number, item in enumerate(inputs, 1):
            check_cancelled()
            self._events.tell(FilmBegun(item.path, number, len(inputs)))
            asked = self._asked(item)
            if isinstance(asked, FilmRequest):
                work = partial(colorize_film, asked, self.network, self._events)
                asked = self._result(item, work)
            self._enter(asked)

    def color_on_farm(self, inputs: Sequence[BatchInput], options: RunSettings) -> None:
        """Have the films coloured by a farm; pictures are coloured here."""
        from filmcolor.jobs.farm.on_farm import color_on_farm

        numbers = {item.path: number for number, item in enumerate(inputs, 1)}
        asked_for: dict[int, BatchInput] = {}

        def ended(result: BatchResult) -> None:
            self._events.tell(FilmBegun(result.input, numbers[result.input], len(inputs)))
            self._enter(result)

        def requests() -> Iterator[FilmRequest]:
            for item in inputs:
                check_cancelled()
                asked = self._asked(item)
                if isinstance(asked, FilmRequest):
                    asked_for[id(asked)] = item
                    yield asked
                else:
                    ended(asked)

        def finished(request: FilmRequest, result: Summary | FilmcolorError) -> None:
            def take() -> Summary:
                if isinstance(result, FilmcolorError):
                    raise result
                return result

            ended(self._result(asked_for[id(request)], take))

        color_on_farm(requests(), options, finished, self._events)

    @property
    def network(self) -> Network:
        """The network, loaded when it is first needed."""
        if self._network is None:
            self._network = load_chosen_network(self._settings)
        return self._network

    def _enter(self, result: BatchResult) -> None:
        with self._lock:
            self.results[result.input] = result
            self.report.enter(result)
            if result.status != "skipped":
                self.report.write()
        self._events.tell(_as_event(result))

    def _asked(self, item: BatchInput) -> BatchResult | FilmRequest:
        """Return what is to be done about a file, or what has become of it already."""
        folder = self._output_folder / item.folder
        with self._lock:
            result = None if self._overwrite else self.report.done_before(item.path)
            if result is not None:
                return result
            name = _free_of_others(item, self.names[item.path], folder, self.report)
        done = None if self._overwrite else _existing(folder, name)
        if done is not None:
            return BatchResult(item.path, done, "skipped", "has a result already")
        if self._skip_colored:
            result = _skipped_if_colored(item, self._settings)
            if result is not None:
                return result
        if is_picture(item.path):
            output = folder / f"{name}.color{color_suffix(item.path)}"
            return self._result(item, lambda: self._picture(item.path, output))
        try:
            source = open_source(item.path, self._settings, strict=self._options.strict)
        except CancelledError:
            raise
        except FilmcolorError as error:
            return _failed(item, error)
        return FilmRequest(
            source,
            folder,
            self._settings,
            stem=name,
            overwrite=self._overwrite,
            run=self._options,
        )

    def _picture(self, path: Path, output: Path) -> Summary:
        return colorize_picture(
            path,
            output,
            self._settings,
            self.network,
            overwrite=self._overwrite,
            strict=self._options.strict,
            events=self._events,
        )

    def _result(self, item: BatchInput, color: Callable[[], Summary]) -> BatchResult:
        try:
            summary = color()
        except CancelledError:
            raise
        except FilmcolorError as error:
            return _failed(item, error)
        return BatchResult(
            item.path,
            summary.output,
            "done",
            frames=summary.frames,
            seconds=summary.seconds,
            warnings=summary.warnings,
            nodes=summary.nodes,
        )


def _failed(item: BatchInput, error: FilmcolorError) -> BatchResult:
    if isinstance(error, NotAFilmError):
        known = item.path.suffix.lower() in FILM_SUFFIXES | PICTURE_SUFFIXES
        if not known or error.has_no_video:
            return BatchResult(item.path, None, "skipped", "is no film")
    return BatchResult(item.path, None, "failed", str(error))


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
