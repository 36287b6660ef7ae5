"""Colours many films and pictures, one after the other."""

from __future__ import annotations

import glob as globbing
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from filmcolor.errors import FilmcolorError, InputError, OutputError
from filmcolor.image import colorize_picture
from filmcolor.media.encoders import find_encoder
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import PICTURE_SUFFIXES, color_suffix, is_picture
from filmcolor.networks import Network
from filmcolor.pipeline import colorize_film
from filmcolor.run_options import RunOptions
from filmcolor.settings import Settings
from filmcolor.special_files import refuse_special
from filmcolor.summary import ProgressCallback
from filmcolor.video_formats import default_output_suffix

_FILM_SUFFIX_NAMES = """
    mp4 m4v mov qt mkv webm avi divx wmv asf flv f4v mpg mpeg m2v vob ts mts m2ts 3gp 3g2 mxf dv
    ogv rm rmvb ivf gif y4m
"""
FILM_SUFFIXES = frozenset(f".{name}" for name in _FILM_SUFFIX_NAMES.split())

REPORT_NAME = "report.json"


@dataclass(frozen=True)
class BatchInput:
    """One file to colour, and where in the output folder its result belongs."""

    path: Path
    folder: Path
    """Relative to the output folder; mirrors where the file lies below the named input."""


@dataclass
class BatchResult:
    """What became of one file."""

    input: Path
    output: Path | None
    status: Literal["done", "skipped", "failed"]
    message: str = ""
    frames: int = 0
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        values = asdict(self)
        values["input"] = str(self.input)
        values["output"] = None if self.output is None else str(self.output)
        values["seconds"] = round(self.seconds, 3)
        return values


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
        raise InputError("no films or pictures were found; see --recursive and --glob.")
    return list(found.values())


def _names(inputs: Sequence[BatchInput]) -> dict[Path, str]:
    """Return the stem of each result, no two alike in a folder.

    The film's own stem; its full name where two stems would be the same (`a.mp4`, `a.mkv`); with
    the name of its folder, and a number if need be, where two full names would.
    """
    stems = Counter((item.folder, item.path.stem) for item in inputs)
    full = Counter((item.folder, item.path.name) for item in inputs)
    names: dict[Path, str] = {}
    used: set[tuple[Path, str]] = set()
    for folder, path in ((item.folder, item.path) for item in inputs):
        name = path.stem if stems[folder, path.stem] == 1 else path.name
        if full[folder, path.name] > 1:
            name = f"{path.resolve().parent.name}-{path.name}"
        wanted, number = name, 1
        while (folder, name) in used:
            number += 1
            name = f"{wanted}-{number}"
        used.add((folder, name))
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


def run_batch(
    inputs: Sequence[BatchInput],
    output_folder: Path,
    settings: Settings,
    network: Network,
    *,
    overwrite: bool = False,
    options: RunOptions | None = None,
    begins: Callable[[BatchInput, int], ProgressCallback | None] | None = None,
    ends: Callable[[BatchResult], None] | None = None,
) -> list[BatchResult]:
    """Colour all `inputs`; one that fails does not stop the others.

    What has a result already is skipped, unless `overwrite`. `begins` is called with each input
    and its number and may return a progress callback; `ends` with each result. `report.json` in
    the output folder is brought up to date after each file. Raises `OutputError` when the folder
    cannot be written, and `UsageError` for a codec that does not exist.
    """
    if settings.codec != "auto":
        find_encoder(settings.codec)
    try:
        output_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{output_folder}: cannot be made ({error.strerror or error})."
        ) from error
    names = _names(inputs)
    results: list[BatchResult] = []
    for number, item in enumerate(inputs):
        folder = output_folder / item.folder
        done = None if overwrite else _existing(folder, names[item.path])
        if done is not None:
            result = BatchResult(item.path, done, "skipped", "has a result already")
        else:
            progress = begins(item, number) if begins is not None else None
            result = _run_one(
                item, folder, names[item.path], settings, network, overwrite, options, progress
            )
        results.append(result)
        _write_report(output_folder, results)
        if ends is not None:
            ends(result)
    return results


def _run_one(
    item: BatchInput,
    folder: Path,
    name: str,
    settings: Settings,
    network: Network,
    overwrite: bool,
    options: RunOptions | None,
    progress: ProgressCallback | None,
) -> BatchResult:
    try:
        if is_picture(item.path):
            output = folder / f"{name}.color{color_suffix(item.path)}"
            summary = colorize_picture(item.path, output, settings, network, overwrite=overwrite)
        else:
            strict = options is not None and options.strict
            source = open_source(item.path, settings, strict=strict)
            suffix = default_output_suffix(source.info, settings)
            summary = colorize_film(
                source,
                folder / f"{name}.color{suffix}",
                settings,
                network,
                overwrite=overwrite,
                options=options,
                progress=progress,
            )
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


def _write_report(folder: Path, results: Sequence[BatchResult]) -> None:
    counts = Counter(result.status for result in results)
    report = {
        "done": counts["done"],
        "skipped": counts["skipped"],
        "failed": counts["failed"],
        "files": [result.as_json() for result in results],
    }
    unfinished = folder / f".{REPORT_NAME}.part"
    try:
        unfinished.write_text(json.dumps(report, indent=2, ensure_ascii=False), encoding="utf-8")
        unfinished.replace(folder / REPORT_NAME)
    except OSError as error:
        raise OutputError(
            f"{folder / REPORT_NAME}: cannot be written ({error.strerror or error})."
        ) from error
