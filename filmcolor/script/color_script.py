"""The colour script: which colours each keyframe of a film has, decided before it is coloured.

Film, preview and every worker read the same one. It holds the colours of things, before the user's
saturation, tint, warmth and strength; of shots that are coloured along the motion alone.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats
from filmcolor.errors import OutputError
from filmcolor.script.consensus import Agreed
from filmcolor.system.atomic_output import atomic_output
from filmcolor.wording.reasons import reason_of

Halves = NDArray[np.float16]
"""Finer than can be seen: ab is told apart by 1/16 up to 64, by 1/8 beyond."""


class ColorScript(ABC):
    """Colours of keyframes, by the number of their shot and their timestamp."""

    @abstractmethod
    def ab(self, shot: int, pts: int) -> Floats | None:
        """Return ab of a keyframe at the network's output size; None where it has none.

        float32, shape (h, w, 2). `pts`: in units of the film's time base.
        """

    @abstractmethod
    def holds(self, shot: int) -> bool:
        """Return whether the shot's keyframes have their colours."""

    @property
    @abstractmethod
    def keyframes(self) -> int:
        """How many keyframes it holds."""

    @abstractmethod
    def keep(self, shot: int, keyframes: Iterable[Agreed]) -> None:
        """Take the colours of all keyframes of a shot, in order."""


class ScriptInMemory(ColorScript):
    """A colour script for one use, of a short film or a part of one."""

    def __init__(self) -> None:
        """Begin with no shot."""
        self._shots: dict[int, dict[int, Halves]] = {}

    def ab(self, shot: int, pts: int) -> Floats | None:
        """Return ab of a keyframe; see `ColorScript`."""
        found = self._shots.get(shot, {}).get(pts)
        return None if found is None else found.astype(np.float32)

    def holds(self, shot: int) -> bool:
        """Return whether the shot's keyframes have their colours."""
        return shot in self._shots

    @property
    def keyframes(self) -> int:
        """How many keyframes it holds."""
        return sum(map(len, self._shots.values()))

    def keep(self, shot: int, keyframes: Iterable[Agreed]) -> None:
        """Take the colours of all keyframes of a shot, in order."""
        self._shots[shot] = {each.pts: each.ab.astype(np.float16) for each in keyframes}


class ScriptFolder(ColorScript):
    """A colour script on the disk: a NumPy file (.npy) for each shot, a record for each keyframe.

    A file appears when its shot is finished. No file stays open, and of a shot no more is read than
    a keyframe is asked for. May be used by several threads and processes.
    """

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made when the first shot is kept."""
        self._folder = folder

    def _file(self, shot: int) -> Path:
        return self._folder / f"shot-{shot:05d}.npy"

    def holds(self, shot: int) -> bool:
        """Return whether the shot's keyframes have their colours."""
        try:
            with _opened(self._file(shot)) as records:
                return records is not None
        except OSError:
            return False

    @property
    def keyframes(self) -> int:
        """How many keyframes it holds."""
        total = 0
        for path in self._folder.glob("shot-*.npy"):
            with suppress(OSError), _opened(path) as records:
                total += 0 if records is None else records.count
        return total

    def ab(self, shot: int, pts: int) -> Floats | None:
        """Return ab of a keyframe; see `ColorScript`."""
        try:
            with _opened(self._file(shot)) as records:
                return None if records is None else records.ab(pts)
        except OSError:
            return None

    def keep(self, shot: int, keyframes: Iterable[Agreed]) -> None:
        """Take the colours of all keyframes of a shot, in order, as they come.

        Raises `OutputError` when they cannot be written.
        """
        path = self._file(shot)
        try:
            self._folder.mkdir(exist_ok=True)
            with atomic_output(path) as unfinished, unfinished.open("wb") as file:
                _write(file, keyframes)
        except OSError as error:
            raise OutputError(f"{path}: writing failed ({reason_of(error)}).") from error


def _write(file: BinaryIO, keyframes: Iterable[Agreed]) -> None:
    kind, count = _record((0, 0)), 0
    for each in keyframes:
        if count == 0:
            kind = _record(each.ab.shape[:2])
            _write_header(file, kind, count)
        record = np.zeros(1, kind)
        record["pts"], record["ab"] = each.pts, each.ab
        file.write(record.tobytes())
        count += 1
    file.seek(0)
    _write_header(file, kind, count)  # takes as much room as before: NumPy leaves some for this


def _record(size: tuple[int, ...]) -> np.dtype[np.void]:
    return np.dtype([("pts", "<i8"), ("ab", "<f2", (*size, 2))])


def _write_header(file: BinaryIO, kind: np.dtype[np.void], count: int) -> None:
    np.lib.format.write_array_header_2_0(
        file,
        {
            "descr": np.lib.format.dtype_to_descr(kind),
            "fortran_order": False,
            "shape": (count,),
        },
    )


class _Records:
    """The keyframes of a shot in an open file."""

    def __init__(self, file: BinaryIO, kind: np.dtype[np.void], count: int) -> None:
        self._file = file
        self._kind = kind
        self.count = count
        self._begin = file.tell()

    def ab(self, pts: int) -> Floats | None:
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            found = self._at(middle)
            if found["pts"] == pts:
                return np.asarray(found["ab"], np.float32)
            low, high = (middle + 1, high) if found["pts"] < pts else (low, middle)
        return None

    def _at(self, number: int) -> np.void:
        self._file.seek(self._begin + number * self._kind.itemsize)
        records = np.frombuffer(self._file.read(self._kind.itemsize), self._kind)
        return records[0]  # type: ignore[no-any-return]


@contextmanager
def _opened(path: Path) -> Iterator[_Records | None]:
    """Provide the records of a file; None where it is damaged. Raises `OSError` without it."""
    with path.open("rb") as file:
        try:
            if np.lib.format.read_magic(file) != (2, 0):
                raise ValueError("it was written otherwise")
            shape, _, kind = np.lib.format.read_array_header_2_0(file)
        except (ValueError, SyntaxError):
            yield None
            return
        whole = kind.names == ("pts", "ab") and len(shape) == 1
        expected = file.tell() + kind.itemsize * shape[0] if whole else -1
        yield (
            _Records(file, kind, shape[0]) if os.fstat(file.fileno()).st_size == expected else None
        )
