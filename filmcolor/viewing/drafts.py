"""Colours of keyframes that were found for shots, kept by all that they depend on.

So they are found once: a change that is taken back finds the colours that were there before, and
so does whoever opens the film again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from filmcolor.errors import OutputError
from filmcolor.script.color_script import ShotLooks
from filmcolor.script.consensus import Agreed
from filmcolor.script.given import GivenColors
from filmcolor.script.given_files import given_bytes, given_of
from filmcolor.script.records import (
    agreed_of,
    is_whole,
    looks_bytes,
    looks_of,
    opened_records,
    write_records,
)
from filmcolor.system.atomic_output import atomic_output
from filmcolor.system.user_cache import user_cache
from filmcolor.wording.reasons import reason_of

_MOST_BYTES: Final = 2 << 30
"""Of all films; a film of two hours has a tenth of that."""


class DraftStore:
    """Files with what was found about shots of a film; its methods may be called by threads."""

    def __init__(self, film: str, folder: Path | None = None) -> None:
        """Use a folder of the user's cache, or `folder`; where that fails, one that passes.

        `film`: by which the film is known.
        """
        cache = user_cache("films") if folder is None else folder
        self._folder = cache / film[:32]
        self._noted: set[str] = set()
        self._passing: tempfile.TemporaryDirectory[str] | None = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            os.utime(self._folder)
            _prune(cache, self._folder)
        except OSError:
            self._passing = tempfile.TemporaryDirectory(prefix="filmcolor-")
            self._folder = Path(self._passing.name)

    def close(self) -> None:
        """Remove what does not stay."""
        if self._passing is not None:
            self._passing.cleanup()

    def _colors(self, key: str) -> Path:
        return self._folder / f"shot-{key}.npy"

    def _looks(self, key: str) -> Path:
        return self._folder / f"looks-{key}.npz"

    def _given(self, key: str, pts: int) -> Path:
        return self._folder / f"given-{key}_{pts}.npz"

    def holds(self, key: str) -> bool:
        """Return whether all keyframes of a shot are there."""
        return is_whole(self._colors(key))

    def keep(self, key: str, keyframes: Iterable[Agreed]) -> None:
        """Take all keyframes of a shot, in order, as they come; raises `OutputError`."""
        path = self._colors(key)
        try:
            with atomic_output(path) as unfinished, unfinished.open("wb") as file:
                write_records(file, keyframes)
        except OSError as error:
            raise OutputError(f"{path}: writing failed ({reason_of(error)}).") from error

    def of(self, key: str) -> Iterator[Agreed]:
        """Yield the keyframes of a shot."""
        with suppress(OSError), opened_records(self._colors(key)) as records:
            if records is not None:
                for number in range(records.count):
                    yield agreed_of(records[number])

    def at(self, key: str, pts: int) -> Agreed | None:
        """Return one keyframe of a shot; None where it is not there."""
        try:
            with opened_records(self._colors(key)) as records:
                found = None if records is None else records.at(pts)
        except OSError:
            return None
        return None if found is None else agreed_of(found)

    def keep_looks(self, key: str, looks: ShotLooks) -> None:
        """Take what was noted of a shot."""
        _write(self._looks(key), looks_bytes(looks))

    def holds_looks(self, key: str) -> bool:
        """Return whether it is known what is noted of a shot."""
        if key not in self._noted and self._looks(key).is_file():
            self._noted.add(key)
        return key in self._noted

    def looks(self, key: str) -> ShotLooks | None:
        """Return what was noted of a shot; None where it is not there."""
        try:
            return looks_of(self._looks(key).read_bytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def give(self, key: str, pts: int, colors: GivenColors) -> None:
        """Take colours that count more than a keyframe's own."""
        _write(self._given(key, pts), given_bytes(colors))

    def given(self, key: str, pts: int) -> GivenColors | None:
        """Return them, where there are any."""
        try:
            return given_of(self._given(key, pts).read_bytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None


def _write(path: Path, data: bytes) -> None:
    """Write a file that is seen whole or not at all; it can be found again, so it may get lost."""
    try:
        file, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
        try:
            with os.fdopen(file, "wb") as opened:
                opened.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{path}: writing failed ({reason_of(error)}).") from error


def _prune(cache: Path, own: Path) -> None:
    """Remove what is kept of films that were not looked at for the longest time."""
    others = [folder for folder in cache.iterdir() if folder.is_dir() and folder != own]
    others.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    total = _bytes_in(own)
    for folder in others:
        total += _bytes_in(folder)
        if total > _MOST_BYTES:
            shutil.rmtree(folder, ignore_errors=True)


def _bytes_in(folder: Path) -> int:
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                total += entry.stat().st_size
    return total
