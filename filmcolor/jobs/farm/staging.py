"""A node's side of storage: fetches a film once, keeps it in a folder of its own, and brings there
what was done of it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from filmcolor.errors import OutputError
from filmcolor.events import check_cancelled
from filmcolor.jobs.farm.path_map import PathMap
from filmcolor.jobs.farm.staged_film import remove_staged
from filmcolor.jobs.farm.staged_job import (
    NETWORK,
    WORK,
    StagedFile,
    StagedFiles,
    StagedJob,
    blob_path,
    is_key,
    look_path,
    mark_path,
    stored_at,
)
from filmcolor.jobs.farm.storage import FarmStorage, StorageError
from filmcolor.jobs.farm.stored_segments import StoredSegments
from filmcolor.jobs.farm.task import Stage
from filmcolor.jobs.handed_over import handed_over
from filmcolor.jobs.lock import FolderLock
from filmcolor.jobs.work import work_place
from filmcolor.system.checksum import file_sha256
from filmcolor.system.environment import chosen_staging_folder
from filmcolor.system.outputs import cannot_write, write_durably
from filmcolor.system.user_cache import user_cache
from filmcolor.wording.reasons import reason_of

_NOTE: Final = "staged.json"
_KEPT_DAYS: Final = 30
"""After so many without use, a network goes, and a film of another storage than that of now."""
_LOOK_EVERY: Final = 0.5


class _Note(BaseModel):
    """Where a film in the folder of staged films comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    film: str


@dataclass(frozen=True)
class StagedHere:
    """A film that was fetched to this computer."""

    stage: Stage
    storage: FarmStorage
    folder: Path
    """Its work folder here."""
    paths: PathMap
    """From the coordinator's paths to those here."""

    def as_told(self, message: str) -> str:
        """Return a message with the coordinator's paths in place of those here."""
        for there, here in sorted(self.paths.pairs, key=lambda pair: -len(pair[1])):
            message = message.replace(here, there)
        return message

    def bring_look(self) -> None:
        """Bring what was found out about shots and keyframes."""
        wanted = [self.folder / "plan.json", *sorted(self.folder.glob("script/[!.]*"))]
        # What tells that all is known comes last there, too.
        wanted.append(self.folder / "looked-through.json")
        files = []
        try:
            for path in filter(Path.is_file, wanted):
                belongs = f"{WORK}/{path.relative_to(self.folder).as_posix()}"
                sha256, size = file_sha256(path), path.stat().st_size
                files.append(StagedFile(path=belongs, sha256=sha256, size=size))
                self.storage.upload(path, blob_path(self.stage.film, sha256), sha256)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        look = StagedFiles(files=tuple(files))
        self.storage.write(look_path(self.stage.film), look.model_dump_json().encode())

    def exchange(self, numbers: range) -> None:
        """Fetch those of some segments that others have done, and bring those done here."""
        segments = StoredSegments(self.storage, self.stage.film)
        there = segments.numbers()
        for record in handed_over(self.folder):
            if record.number in numbers and record.number not in there:
                segments.bring(self.folder, record.number)
        segments.fetch(self.folder, numbers)

    def bring_segment(self, number: int) -> None:
        """Bring a segment that was handed over here."""
        StoredSegments(self.storage, self.stage.film).bring(self.folder, number)


def staged_here(
    stage: Stage, storage: FarmStorage, alive: Callable[[], None] = lambda: None
) -> StagedHere:
    """Fetch what a task needs, as far as it is not here; several processes share it.

    `alive` is called now and then. Raises `StorageError` and `OutputError`.
    """
    if not is_key(stage.film):
        raise StorageError(f"{stage.film[:40]!r}: is no name of a film in storage.")
    root = staging_folder() / stage.film
    if not root.exists():
        clear_up(storage)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FolderLock(root)
        while not lock.acquire():  # another process fetches it
            check_cancelled()
            alive()
            time.sleep(_LOOK_EVERY)
    except OSError as error:
        raise OutputError(f"{root}: cannot be written ({reason_of(error)}).") from error
    try:
        note = _Note(address=storage.address, film=stage.film)
        write_durably(root / _NOTE, note.model_dump_json().encode())
        job = _job(root, stage, storage)
        folder = work_place(root / job.output[1])
        for file in job.files:
            _fetch(storage, stage.film, file, _target(root, folder, file), alive)
    finally:
        lock.release()
    pairs = [(there, str(_place(root, job, place))) for there, place in job.places]
    pairs.append((job.output[0], str(root / job.output[1])))
    pairs.sort(key=lambda pair: -len(pair[0]))
    return StagedHere(stage, storage, folder, PathMap(tuple(pairs)))


def network_here(storage: FarmStorage, network: StagedFile) -> Path:
    """Return the weights file of a network in storage, once it is here; raises `StorageError`."""
    target = staging_folder() / NETWORK / network.sha256 / network.path.partition("/")[2]
    _fetch(storage, "", network, target, lambda: None)
    return target


def _fetch(
    storage: FarmStorage, key: str, file: StagedFile, target: Path, alive: Callable[[], None]
) -> None:
    if not _is_here(target, file):
        storage.download(stored_at(key, file), file.sha256, target, alive)
    elif file.path.startswith(f"{NETWORK}/"):
        with suppress(OSError):
            os.utime(target.parent)


def staging_folder() -> Path:
    """Return the folder of films that come from storage; it may not exist yet."""
    return chosen_staging_folder() or user_cache("staged")


def clear_up(storage: FarmStorage) -> None:
    """Remove films from this computer that are done: those that are no longer in their storage."""
    old = time.time() - _KEPT_DAYS * 86400
    for folder in _folders(staging_folder()):
        with suppress(OSError, ValidationError, StorageError):
            if folder.name == NETWORK:
                for network in _folders(folder):
                    if network.stat().st_mtime < old:
                        shutil.rmtree(network, ignore_errors=True)
                continue
            path = folder / _NOTE
            note = _Note.model_validate_json(path.read_bytes())
            if note.film != folder.name:
                continue
            is_old = path.stat().st_mtime < old
            ours = note.address == storage.address
            if ours and storage.read(mark_path(note.film)) is None:
                remove_staged(storage, note.film)  # what came there when it was done already
                is_old = True
            if is_old:
                shutil.rmtree(folder, ignore_errors=True)


def _folders(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(path for path in folder.iterdir() if path.is_dir())
    return []


def _job(root: Path, stage: Stage, storage: FarmStorage) -> StagedJob:
    path = root / f"files-{stage.files[:16]}.json"
    try:
        if not path.is_file() or file_sha256(path) != stage.files:
            storage.download(blob_path(stage.film, stage.files), stage.files, path)
        return StagedJob.model_validate_json(path.read_bytes())
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)}).") from error
    except ValidationError as error:
        raise StorageError(
            f"{storage.named(stage.film)}: holds what this version of filmcolor does not know."
        ) from error


def _target(root: Path, folder: Path, file: StagedFile) -> Path:
    where, _, rest = file.path.partition("/")
    if where == NETWORK:
        return staging_folder() / NETWORK / file.sha256 / rest
    return folder / rest if where == WORK else root / file.path


def _place(root: Path, job: StagedJob, place: str) -> Path:
    network = next((f for f in job.files if f.path == place and place.startswith(NETWORK)), None)
    return root / place if network is None else _target(root, root, network)


def _is_here(target: Path, file: StagedFile) -> bool:
    """Return whether a file was fetched before.

    Films and networks got their names when they were whole; networks are looked at again when they
    are loaded. In a work folder, others come in the place of files.
    """
    try:
        if target.stat().st_size != file.size:
            return False
        return not file.path.startswith(f"{WORK}/") or file_sha256(target) == file.sha256
    except OSError:
        return False
