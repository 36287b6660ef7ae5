"""The colour script: which colours each keyframe of a film has, decided before it is coloured.

Film, preview and every worker read the same one. It holds the colours of things, before the user's
saturation, tint, warmth and strength; of shots that are coloured along the motion alone.
"""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from filmcolor.color.colorspace import Floats
from filmcolor.errors import OutputError
from filmcolor.planning.plan import ShotFacts, ShotKind
from filmcolor.script.consensus import Agreed
from filmcolor.script.given import GivenColors
from filmcolor.script.given_files import given_bytes, given_of
from filmcolor.system.atomic_output import atomic_output
from filmcolor.system.outputs import write_durably
from filmcolor.wording.reasons import reason_of

FACTS = TypeAdapter(dict[int, ShotFacts])
_FACTS = "shots.json"
_L_CODES = 2.55
"""Codes for each unit of L, 0 to 100."""

Halves = NDArray[np.float16]
"""Finer than can be seen: ab is told apart by 1/16 up to 64, by 1/8 beyond."""


class ColorScript(ABC):
    """Colours of keyframes, by the number of their shot and their timestamp.

    Before all shots are known, those of each shot are found alone: the `draft`.
    """

    draft: ShotDrafts

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

    @abstractmethod
    def give(self, shot: int, pts: int, colors: GivenColors) -> None:
        """Take colours for a keyframe that count more than its own."""

    @abstractmethod
    def given(self, shot: int, pts: int) -> GivenColors | None:
        """Return the colours that count more than the keyframe's own, where there are any."""

    @abstractmethod
    def finish(self, facts: Mapping[int, ShotFacts]) -> None:
        """Keep what was found out about the shots; the drafts are not needed any more."""

    @property
    @abstractmethod
    def facts(self) -> Mapping[int, ShotFacts] | None:
        """What was found out about the shots; None as long as the script is not finished."""


class ShotDrafts(ABC):
    """Shots whose own keyframes agree, but which have not been compared with others."""

    @abstractmethod
    def holds(self, shot: int) -> bool:
        """Return whether the shot is there."""

    @abstractmethod
    def keep(self, shot: int, keyframes: Iterable[Agreed], looks: ShotLooks) -> None:
        """Take the keyframes of a shot, in order, and what was noted on the way, at their end."""

    @abstractmethod
    def of(self, shot: int) -> Iterator[Agreed]:
        """Yield the keyframes of a shot that is there."""

    @abstractmethod
    def looks(self, shot: int) -> ShotLooks | None:
        """Return what was noted of a shot; None where it is not there."""


@dataclass
class ShotLooks:
    """What was noted about a shot besides its colours."""

    features: tuple[Floats, ...] = ()
    """Of the keyframe that stands for it; see `filmcolor.networks.look.Look`."""
    pts: int = 0
    """Timestamp of that keyframe."""
    kind: ShotKind = "shot"
    """What the shot shows."""


class ScriptInMemory(ColorScript):
    """A colour script for one use, of a short film or a part of one."""

    def __init__(self) -> None:
        """Begin with no shot."""
        self.draft: DraftsInMemory = DraftsInMemory()
        self._shots: dict[int, dict[int, Halves]] = {}
        self._given: dict[tuple[int, int], GivenColors] = {}
        self._facts: Mapping[int, ShotFacts] | None = None

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

    def give(self, shot: int, pts: int, colors: GivenColors) -> None:
        """Take colours for a keyframe, as exactly as they would stand on the disk."""
        self._given[shot, pts] = given_of(given_bytes(colors))

    def given(self, shot: int, pts: int) -> GivenColors | None:
        """Return the colours that count more than the keyframe's own, where there are any."""
        return self._given.get((shot, pts))

    def finish(self, facts: Mapping[int, ShotFacts]) -> None:
        """Keep what was found out about the shots."""
        self._facts = dict(facts)
        self.draft = DraftsInMemory()

    @property
    def facts(self) -> Mapping[int, ShotFacts] | None:
        """What was found out about the shots, once the script is finished."""
        return self._facts


class DraftsInMemory(ShotDrafts):
    """Drafts of a `ScriptInMemory`."""

    def __init__(self) -> None:
        """Begin with no shot."""
        self._shots: dict[int, tuple[list[Agreed], ShotLooks]] = {}

    def holds(self, shot: int) -> bool:
        """Return whether the shot is there."""
        return shot in self._shots

    def keep(self, shot: int, keyframes: Iterable[Agreed], looks: ShotLooks) -> None:
        """Take the keyframes of a shot, as exactly as they would stand on the disk."""
        rounded = [_rounded(each) for each in keyframes]
        self._shots[shot] = rounded, _looks_of(_looks_bytes(looks))

    def of(self, shot: int) -> Iterator[Agreed]:
        """Yield the keyframes of a shot."""
        yield from self._shots[shot][0]

    def looks(self, shot: int) -> ShotLooks | None:
        """Return what was noted of a shot."""
        return self._shots[shot][1] if shot in self._shots else None


class ScriptFolder(ColorScript):
    """A colour script on the disk: a NumPy file (.npy) for each shot, a record for each keyframe.

    A file appears when its shot is finished. No file stays open, and of a shot no more is read than
    a keyframe is asked for. May be used by several threads and processes.
    """

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made when the first shot is kept."""
        self._folder = folder
        self.draft: DraftFolder = DraftFolder(folder / "draft")

    def _file(self, shot: int) -> Path:
        return self._folder / f"shot-{shot:05d}.npy"

    def holds(self, shot: int) -> bool:
        """Return whether the shot's keyframes have their colours."""
        return _is_whole(self._file(shot))

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
                found = None if records is None else records.at(pts)
        except OSError:
            return None
        return None if found is None else np.asarray(found["ab"], np.float32)

    def keep(self, shot: int, keyframes: Iterable[Agreed]) -> None:
        """Take the colours of all keyframes of a shot, in order, as they come.

        Raises `OutputError` when they cannot be written.
        """
        _keep(self._file(shot), keyframes)

    def _given_file(self, shot: int, pts: int) -> Path:
        return self._folder / f"given-{shot:05d}_{pts}.npz"

    def give(self, shot: int, pts: int, colors: GivenColors) -> None:
        """Take colours for a keyframe; raises `OutputError` when they cannot be written."""
        path = self._given_file(shot, pts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{path}: writing failed ({reason_of(error)}).") from error
        write_durably(path, given_bytes(colors))

    def given(self, shot: int, pts: int) -> GivenColors | None:
        """Return the colours that count more than the keyframe's own, where there are any."""
        try:
            return given_of(self._given_file(shot, pts).read_bytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def finish(self, facts: Mapping[int, ShotFacts]) -> None:
        """Keep what was found out about the shots; raises `OutputError` when that fails."""
        path = self._folder / _FACTS
        try:
            path.parent.mkdir(parents=True, exist_ok=True)  # no keyframe may have been kept
        except OSError as error:
            raise OutputError(f"{path}: writing failed ({reason_of(error)}).") from error
        write_durably(path, FACTS.dump_json(dict(facts)))
        self.draft.remove()

    @property
    def facts(self) -> Mapping[int, ShotFacts] | None:
        """What was found out about the shots, once the script is finished."""
        try:
            return FACTS.validate_json((self._folder / _FACTS).read_bytes())
        except (OSError, ValidationError, RecursionError):
            return None


class DraftFolder(ShotDrafts):
    """Drafts on the disk, in files as of `ScriptFolder`."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made when the first shot is kept."""
        self._folder = folder

    def _files(self, shot: int) -> tuple[Path, Path]:
        return self._folder / f"shot-{shot:05d}.npy", self._folder / f"looks-{shot:05d}.npz"

    def holds(self, shot: int) -> bool:
        """Return whether the shot is there."""
        return _is_whole(self._files(shot)[0]) and self.looks(shot) is not None

    def keep(self, shot: int, keyframes: Iterable[Agreed], looks: ShotLooks) -> None:
        """Take the keyframes of a shot; raises `OutputError` when they cannot be written."""
        colors, noted = self._files(shot)
        _keep(colors, keyframes)
        write_durably(noted, _looks_bytes(looks))

    def of(self, shot: int) -> Iterator[Agreed]:
        """Yield the keyframes of a shot."""
        with _opened(self._files(shot)[0]) as records:
            if records is not None:
                for number in range(records.count):
                    yield _agreed(records[number])

    def looks(self, shot: int) -> ShotLooks | None:
        """Return what was noted of a shot."""
        try:
            return _looks_of(self._files(shot)[1].read_bytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def remove(self) -> None:
        """Throw the drafts away."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _looks_bytes(looks: ShotLooks) -> bytes:
    file = io.BytesIO()
    grids = {f"features{n}": grid.astype(np.float16) for n, grid in enumerate(looks.features)}
    np.savez(file, allow_pickle=False, pts=looks.pts, kind=looks.kind, **grids)
    return file.getvalue()


def _looks_of(data: bytes) -> ShotLooks:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        grids = (archive[name] for name in sorted(archive.files) if name.startswith("features"))
        facts = ShotFacts(kind=str(archive["kind"]))  # type: ignore[arg-type]
        features = tuple(np.asarray(grid, np.float32) for grid in grids)
        return ShotLooks(features, int(archive["pts"]), facts.kind or "shot")


def _keep(path: Path, keyframes: Iterable[Agreed]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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


def _agreed(record: np.void) -> Agreed:
    L = record["L"].astype(np.float32) / np.float32(_L_CODES)
    return Agreed(int(record["pts"]), np.asarray(record["ab"], np.float32), L)


def _rounded(keyframe: Agreed) -> Agreed:
    return _agreed(_as_record(keyframe, _record(keyframe.ab.shape[:2]))[0])


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


def _is_whole(path: Path) -> bool:
    try:
        with _opened(path) as records:
            return records is not None
    except OSError:
        return False


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
        whole = kind.names == ("pts", "ab", "L") and len(shape) == 1
        expected = file.tell() + kind.itemsize * shape[0] if whole else -1
        yield (
            _Records(file, kind, shape[0]) if os.fstat(file.fileno()).st_size == expected else None
        )
