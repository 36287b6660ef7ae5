"""A colour script in a folder, found again after a break, and read by every process."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from filmcolor.color.colorspace import Floats
from filmcolor.errors import OutputError
from filmcolor.planning.shot import ShotFacts
from filmcolor.script.color_script import ColorScript, ShotDrafts, ShotLooks
from filmcolor.script.consensus import Agreed, Light
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
from filmcolor.system.outputs import write_durably
from filmcolor.wording.reasons import reason_of

FACTS = TypeAdapter(dict[int, ShotFacts])
_FACTS = "shots.json"


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
        return is_whole(self._file(shot))

    @property
    def keyframes(self) -> int:
        """How many keyframes it holds."""
        total = 0
        for path in self._folder.glob("shot-*.npy"):
            with suppress(OSError), opened_records(path) as records:
                total += 0 if records is None else records.count
        return total

    def ab(self, shot: int, pts: int) -> Floats | None:
        """Return ab of a keyframe; see `ColorScript`."""
        found = self._record(shot, pts)
        return None if found is None else np.asarray(found["ab"], np.float32)

    def light(self, shot: int, pts: int) -> Light | None:
        """Return how light a keyframe is; see `ColorScript`."""
        found = self._record(shot, pts)
        return None if found is None else agreed_of(found).light

    def _record(self, shot: int, pts: int) -> np.void | None:
        try:
            with opened_records(self._file(shot)) as records:
                return None if records is None else records.at(pts)
        except OSError:
            return None

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
        return is_whole(self._files(shot)[0]) and self.looks(shot) is not None

    def keep(self, shot: int, keyframes: Iterable[Agreed], looks: ShotLooks) -> None:
        """Take the keyframes of a shot; raises `OutputError` when they cannot be written."""
        colors, noted = self._files(shot)
        _keep(colors, keyframes)
        write_durably(noted, looks_bytes(looks))

    def of(self, shot: int) -> Iterator[Agreed]:
        """Yield the keyframes of a shot."""
        with opened_records(self._files(shot)[0]) as records:
            if records is not None:
                for number in range(records.count):
                    yield agreed_of(records[number])

    def looks(self, shot: int) -> ShotLooks | None:
        """Return what was noted of a shot."""
        try:
            return looks_of(self._files(shot)[1].read_bytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def remove(self) -> None:
        """Throw the drafts away."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _keep(path: Path, keyframes: Iterable[Agreed]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_output(path) as unfinished, unfinished.open("wb") as file:
            write_records(file, keyframes)
    except OSError as error:
        raise OutputError(f"{path}: writing failed ({reason_of(error)}).") from error
