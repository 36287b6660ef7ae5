"""The coordinator's side of storage: brings there what nodes need of a film, and fetches what they
have done into its work folder."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path

from pydantic import ValidationError

from filmcolor.errors import InputError, OutputError, UsageError
from filmcolor.events import CancelToken, check_cancelled, stopped_by
from filmcolor.jobs.farm.look import take_over_look
from filmcolor.jobs.farm.staged_job import (
    NETWORK,
    REFERENCES,
    SOURCE,
    WORK,
    StagedFile,
    StagedFiles,
    StagedJob,
    blob_path,
    is_key,
    look_path,
    mark_path,
    plain_name,
    stored_at,
)
from filmcolor.jobs.farm.storage import DamagedInStorageError, FarmStorage, StorageError
from filmcolor.jobs.farm.stored_segments import StoredSegments
from filmcolor.jobs.farm.task import Stage
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.work import Work, work_place
from filmcolor.media.stills import find_stills
from filmcolor.networks.network import weights_file
from filmcolor.system.checksum import file_sha256
from filmcolor.system.outputs import write_durably
from filmcolor.wording.reasons import reason_of

_KEY = "storage-key"


def key_of(folder: Path) -> str | None:
    """Return under which name the film of a work folder was brought to storage, if it was."""
    with suppress(OSError, UnicodeDecodeError):
        key = (folder / _KEY).read_text(encoding="ascii")
        return key if is_key(key) else None
    return None


class StagedFilm:
    """A film of which nodes get all they need from storage."""

    def __init__(
        self, storage: FarmStorage, job: FilmJob, work: Work, pool: ThreadPoolExecutor
    ) -> None:
        """Nothing is brought yet; `pool` does what takes a while."""
        self._storage = storage
        self._job = job
        self._work = work
        self._pool = pool
        self._stop = CancelToken()
        self._coming: dict[int, Future[None]] = {}
        key = key_of(work.folder)
        if key is None:
            key = secrets.token_hex(16)
            write_durably(work.folder / _KEY, key.encode())
        self.key = key
        self._segments = StoredSegments(storage, key)
        self._list = ""

    @property
    def stage(self) -> Stage:
        """Where nodes find it now."""
        return Stage(self._storage.address, self.key, self._list)

    def bring(self) -> None:
        """Fetch what nodes have done since an earlier run; bring what they need to go on.

        Raises `UsageError` and `InputError` for what cannot be brought, `StorageError` when the
        storage fails, and `InputChangedError`.
        """
        _refuse_own_networks(self._job)
        wanted = list(_files_of(self._job.info.path, self._work.manifest.references))
        self._fetch_look()
        self._segments.fetch_all(self._work)
        self._source = self._kept_source() or self._brought_source(wanted)
        self._bring_work()

    # What nodes need

    def _kept_source(self) -> StagedFiles | None:
        """Return what an earlier run has brought, if that is all there."""
        said = self._storage.read(mark_path(self.key))
        with suppress(ValidationError):
            kept = None if said is None else StagedFiles.model_validate_json(said)
            if kept is not None and all(
                self._storage.holds(stored_at(self.key, file), file.size) for file in kept.files
            ):
                return kept
        return None

    def _brought_source(self, wanted: list[tuple[Path, str, str]]) -> StagedFiles:
        network = self._work.manifest.network
        model = self._work.manifest.settings.model
        if network is not None and Path(network.path).is_file():
            weights = Path(network.path)
        else:
            weights = weights_file(model)
        files, places = [], {model: network_place(weights)}
        for file, belongs, place in wanted:
            check_cancelled()
            files.append(bring_file(self._storage, self.key, file, belongs))
            named = str(file if belongs == place else self._job.info.path.absolute())
            places[named] = place
        files.append(bring_file(self._storage, self.key, weights, places[model]))
        self._job.stamp.check()
        source = StagedFiles(files=tuple(files), places=tuple(places.items()))
        self._storage.write(mark_path(self.key), source.model_dump_json().encode())
        return source

    def _bring_work(self) -> None:
        """Bring what the work folder has, and the list of all; it counts from now on."""
        folder, manifest = self._work.folder, self._work.manifest
        known = manifest.model_copy(
            update={"segments": (), "segment_count": None, "finished": None}
        )
        files = [self._put_bytes(known.model_dump_json().encode(), f"{WORK}/manifest.json")]
        wanted = sorted(folder.glob("given-*.npz"))
        if manifest.plan is not None:
            wanted.append(folder / "plan.json")
        if manifest.network is not None:
            wanted += sorted(path for path in (folder / "script").glob("[!.]*") if path.is_file())
        for path in wanted:
            belongs = f"{WORK}/{path.relative_to(folder).as_posix()}"
            files += [bring_file(self._storage, self.key, path, belongs)]
        output = self._job.output
        job = StagedJob(
            files=(*self._source.files, *files),
            places=self._source.places,
            output=(str(output.absolute()), plain_name(output.name)),
        )
        self._list = self._put_bytes(job.model_dump_json().encode(), f"{WORK}/plan.json").sha256

    def _put_bytes(self, data: bytes, belongs: str) -> StagedFile:
        sha256 = hashlib.sha256(data).hexdigest()
        self._storage.write(blob_path(self.key, sha256), data)
        return StagedFile(path=belongs, sha256=sha256, size=len(data))

    # What nodes have done

    def has_come(self, number: int, segments: range) -> bool:
        """Return whether all was fetched that nodes have done of a piece; begins with that.

        0: of what was found when it was looked through. Raises what went wrong.
        """
        coming = self._coming.get(number)
        if coming is None:
            self._coming[number] = self._pool.submit(
                copy_context().run, self._fetch, number, segments
            )
            return False
        if not coming.done():
            return False
        del self._coming[number]
        coming.result()
        return True

    def is_coming(self, number: int) -> bool:
        """Return whether that is going on."""
        return number in self._coming

    def _fetch(self, number: int, segments: range) -> None:
        with stopped_by(self._stop):
            if number:
                self._segments.fetch(self._work.folder, segments)
            elif self._fetch_look():
                self._bring_work()

    def _fetch_look(self) -> bool:
        """Fetch what was found; return whether that is all that was not known."""
        if self._work.manifest.network is not None:
            return False
        said = self._storage.read(look_path(self.key))
        if said is None:
            return False
        folder = self._work.folder
        try:
            look = StagedFiles.model_validate_json(said)
            for file in look.files:
                where, _, rest = file.path.partition("/")
                if where != WORK or rest == "manifest.json":
                    return False
                target = folder / rest
                if not target.is_file() or file_sha256(target) != file.sha256:
                    self._storage.download(stored_at(self.key, file), file.sha256, target)
        except (ValidationError, DamagedInStorageError):
            return False  # it is done again
        except OSError as error:
            raise OutputError(f"{folder}: cannot be read ({reason_of(error)}).") from error
        return take_over_look(self._work)

    def stop(self) -> None:
        """Fetch nothing more."""
        self._stop.cancel()
        for coming in self._coming.values():
            if not coming.cancel():
                with suppress(Exception):
                    coming.result()

    def end(self) -> None:
        """Remove all from storage, where the work folder is gone, too: nobody comes back then."""
        if not self._work.folder.exists():
            remove_staged(self._storage, self.key)


def bring_file(storage: FarmStorage, key: str, file: Path, belongs: str) -> StagedFile:
    """Bring a file of the film `key`, unless it is there; return what nodes are told of it.

    What is damaged there goes when a node finds it. Raises `InputError` and `StorageError`.
    """
    try:
        staged = StagedFile(path=belongs, sha256=file_sha256(file), size=file.stat().st_size)
        path = stored_at(key, staged)
        if not storage.holds(path, staged.size):
            storage.upload(file, path, staged.sha256)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({reason_of(error)}).", file=file) from error
    return staged


def network_place(weights: Path) -> str:
    """Return where a network belongs on nodes; its name there is its own."""
    return f"{NETWORK}/{plain_name(weights.name)}"


def remove_staged(storage: FarmStorage, key: str) -> None:
    """Remove a film from storage, as far as that can be done."""
    with suppress(StorageError):
        storage.remove(mark_path(key))
        storage.remove(key)


def staged_before(output: Path) -> str | None:
    """Return the key of what an earlier run has brought to storage for a result."""
    return key_of(work_place(output))


def _files_of(film: Path, references: Iterable[str]) -> Iterator[tuple[Path, str, str]]:
    """Yield the files of a film: each with where it belongs, and what the film is called there.

    Raises `InputError` where their names are not to be had everywhere.
    """
    stills = find_stills(film)
    if stills is None:
        place = f"{SOURCE}/{plain_name(film.name)}"
        yield film.absolute(), place, place
    else:
        in_folder = film.is_dir()
        name = film.resolve().name if in_folder else film.name
        folder = f"{SOURCE}/{plain_name(name)}" if in_folder else SOURCE
        place = folder if in_folder else f"{SOURCE}/{film.name}"
        for path in [*stills, *([] if in_folder else [film])]:
            if plain_name(path.name) != path.name:
                raise InputError(
                    f"{path}: has a name that not all computers of a farm may have; rename it.",
                    file=path,
                )
        for path in stills:
            yield path.absolute(), f"{folder}/{path.name}", place
    for number, reference in enumerate(references, 1):
        place = f"{REFERENCES}/{number}-{plain_name(Path(reference).name)}"
        yield Path(reference), place, place


def _refuse_own_networks(job: FilmJob) -> None:
    """Raise `UsageError` for shots with networks of their own."""
    shots = dict(job.changes.shots)
    if job.plan is not None:
        shots |= {shot.number or n: shot.settings for n, shot in enumerate(job.plan.shots, 1)}
    for number, own in shots.items():
        if own.network is not None:
            raise UsageError(
                f"{job.info.path}: shot {number} has a network of its own, which `farm_storage` "
                "does not take along; leave that out, or colour the film without `farm_storage`.",
                what="farm_storage",
                file=job.info.path,
            )
