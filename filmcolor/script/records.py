"""How keyframes of a colour script are written: a NumPy file with a record for each."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from filmcolor.planning.shot import ShotFacts
from filmcolor.script.color_script import ShotLooks
from filmcolor.script.consensus import Agreed

_L_CODES = 2.55
"""Codes for each unit of L, 0 to 100."""

Halves = NDArray[np.float16]
"""Finer than can be seen: ab is told apart by 1/16 up to 64, by 1/8 beyond."""


def looks_bytes(looks: ShotLooks) -> bytes:
    """Return the content of a file with what was noted of a shot."""
    file = io.BytesIO()
    grids = {f"features{n}": grid.astype(np.float16) for n, grid in enumerate(looks.features)}
    np.savez(file, allow_pickle=False, pts=looks.pts, kind=looks.kind, **grids)
    return file.getvalue()


def looks_of(data: bytes) -> ShotLooks:
    """Return what was noted; raises `ValueError`, `KeyError` or `BadZipFile` if it is damaged."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        grids = (archive[name] for name in sorted(archive.files) if name.startswith("features"))
        facts = ShotFacts(kind=str(archive["kind"]))  # type: ignore[arg-type]
        features = tuple(np.asarray(grid, np.float32) for grid in grids)
        return ShotLooks(features, int(archive["pts"]), facts.kind or "shot")


def write_records(file: BinaryIO, keyframes: Iterable[Agreed]) -> None:
    """Write keyframes as they come; their number is entered at the end."""
    kind, count = _record((0, 0)), 0
    for each in keyframes:
        if count == 0:
            kind = _record(each.ab.shape[:2])
            _write_header(file, kind, count)
        file.write(_as_record(each, kind).tobytes())
        count += 1
    file.seek(0)
    _write_header(file, kind, count)  # takes as much room as before: NumPy leaves some for this


def _record(size: tuple[int, ...]) -> np.dtype[np.void]:
    return np.dtype([("pts", "<i8"), ("ab", "<f2", (*size, 2)), ("L", "u1", size)])


def _as_record(keyframe: Agreed, kind: np.dtype[np.void]) -> NDArray[np.void]:
    record = np.zeros(1, kind)
    record["pts"], record["ab"] = keyframe.pts, keyframe.ab
    record["L"] = np.rint(keyframe.L * _L_CODES)
    return record


def agreed_of(record: np.void) -> Agreed:
    """Return the keyframe of a record."""
    L = record["L"].astype(np.float32) / np.float32(_L_CODES)
    return Agreed(int(record["pts"]), np.asarray(record["ab"], np.float32), L)


def as_kept(keyframe: Agreed) -> Agreed:
    """Return a keyframe as it comes back from a file."""
    return agreed_of(_as_record(keyframe, _record(keyframe.ab.shape[:2]))[0])


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

    def at(self, pts: int) -> np.void | None:
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            found = self[middle]
            if found["pts"] == pts:
                return found
            low, high = (middle + 1, high) if found["pts"] < pts else (low, middle)
        return None

    def __getitem__(self, number: int) -> np.void:
        self._file.seek(self._begin + number * self._kind.itemsize)
        records = np.frombuffer(self._file.read(self._kind.itemsize), self._kind)
        return records[0]  # type: ignore[no-any-return]


def is_whole(path: Path) -> bool:
    """Return whether a file is there, with all its records."""
    try:
        with opened_records(path) as records:
            return records is not None
    except OSError:
        return False


@contextmanager
def opened_records(path: Path) -> Iterator[_Records | None]:
    """Provide the records of a file; None where it is damaged. Raises `OSError` without it."""
    with path.open("rb") as file:
        try:
            if np.lib.format.read_magic(file) != (2, 0):
                raise ValueError("it was written otherwise")
            shape, _, kind = np.lib.format.read_array_header_2_0(file)
        except (ValueError, SyntaxError):
            yield None
            return
        whole = kind.names == ("pts", "ab", "L") and len(shape) == 1
        expected = file.tell() + kind.itemsize * shape[0] if whole else -1
        yield (
            _Records(file, kind, shape[0]) if os.fstat(file.fileno()).st_size == expected else None
        )
