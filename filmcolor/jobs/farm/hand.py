"""The process in which a node of a farm does its tasks: `python -m filmcolor.jobs.farm.hand`.

A process of its own, as engines and encoders may hold Python's lock for long, and may be killed
when memory runs out: the worker that started it stays reachable. It takes tasks from standard
input, a line each, and answers on standard output; it ends with its input.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TextIO

from filmcolor.errors import (
    CancelledError,
    FilmcolorError,
    NetworkError,
    RestartNeededError,
    UsageError,
)
from filmcolor.events import CancelToken, Event, Events, FrameDone, check_cancelled, stopped_by
from filmcolor.jobs.farm.begun import Begun
from filmcolor.jobs.farm.color_piece import ReadyPieces
from filmcolor.jobs.farm.look import look_for_others
from filmcolor.jobs.farm.path_map import PathMap
from filmcolor.jobs.farm.staged_job import StagedFile, mark_path
from filmcolor.jobs.farm.staging import StagedHere, clear_up, network_here, staged_here
from filmcolor.jobs.farm.storage import FarmStorage, StorageError
from filmcolor.jobs.farm.task import FarmTask, Stage
from filmcolor.jobs.farm.versions import version_differences, versions
from filmcolor.jobs.network_identity import NetworkIdentity
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.settings import Settings
from filmcolor.system.cpu import share_of_cores
from filmcolor.system.memory_settings import use_memory_sparingly

_TELL_EVERY = 0.5
_TO_APPEAR = 20.0
"""Seconds within which what the coordinator has written is seen here."""
_IDLE: Final = 300.0
"""Seconds after which a process that nobody has a task for gives its memory back."""


class _Hand:
    """Does tasks, one after the other; remembers the network, and the film it was at last."""

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self._told = 0.0
        self._networks: dict[tuple[str, ...], Network] = {}
        self._ready: tuple[tuple[str, str], ReadyPieces] | None = None
        self._versions = versions()
        self._storage: FarmStorage | None = None
        self._staged: StagedHere | None = None

    def tell(self, **values: Any) -> None:
        with self._lock:
            self._answers.write(json.dumps(values) + "\n")
            self._answers.flush()

    def do(self, task: FarmTask, cores: int) -> None:
        """Do a task and tell what became of it."""
        began = time.process_time()

        def cpu() -> float:
            return round(time.process_time() - began, 3)

        try:
            different = version_differences(task.versions, self._versions)
            if different:
                raise _UnfitError(f"has {', '.join(different)}: other films would come of it")
            with share_of_cores(cores):
                frames = self._do(task, cores)
            self.tell(done=frames, cpu=cpu())
        except CancelledError:
            self.tell(trouble="stopped", message="stopped", cpu=cpu())
        except (_UnfitError, NetworkError, RestartNeededError) as error:
            self.tell(trouble="unfit", message=self._said(error), cpu=cpu())
        except FilmcolorError as error:
            self.tell(trouble="film", message=self._said(error), cpu=cpu())
        except Exception as error:
            traceback.print_exc()
            said = f"unexpected error ({type(error).__name__}: {error})"
            self.tell(trouble="film", message=said, cpu=cpu())

    def check(self, question: dict[str, Any]) -> None:
        """Tell what a coordinator wants to know about this computer."""
        paths = PathMap(tuple((here, there) for here, there in question["paths"]))
        network: dict[str, str] = {}
        error = problem = ""
        try:
            model = paths.there(question["model"])
            if question["storage"]:
                try:
                    storage = self._storage_at(question["storage"])
                    storage.check()
                    model = str(network_here(storage, StagedFile(**question["network"])))
                except FilmcolorError as failure:
                    problem = str(failure)
            settings = Settings(model=model, engine=question["engine"])
            network = NetworkIdentity.of(load_chosen_network(settings)).model_dump()
        except FilmcolorError as failure:
            error = str(failure)
        free = {folder: free_bytes(Path(paths.there(folder))) for folder in question["folders"]}
        facts = {"versions": self._versions, "network": network, "error": error, "free": free}
        if question["storage"]:
            facts["storage"] = problem
        self.tell(done=facts)

    def _said(self, error: FilmcolorError) -> str:
        return str(error) if self._staged is None else self._staged.as_told(str(error))

    def clear_up(self) -> None:
        """Remove films that are done from this computer, if they came from storage."""
        if self._storage is not None:
            clear_up(self._storage)

    def _do(self, task: FarmTask, cores: int) -> int:
        staged = None if task.stage is None else self._fetched(task.stage)
        self._staged = staged
        if staged is None:
            paths = PathMap(task.paths)
            folder = Path(paths.there(task.folder))
            if not folder.is_dir():
                raise _UnfitError(f"does not see {folder}")
        else:
            paths, folder = staged.paths, staged.folder
        tell = self._tell_how_far
        if task.step == "look":
            begun = Begun.at(folder, paths=paths)
            network = self._networks.get(_as_asked_for(begun, cores))
            ready = look_for_others(begun, network, Events([tell]))
            self._remember(begun, ready.networks.main, cores)
            if staged is not None:
                staged.bring_look()
            return 0
        known = (task.folder, task.state)
        if self._ready is None or self._ready[0] != known:
            self._ready = None
            begun = _looked_through(folder, paths)
            identity = begun.manifest.network
            network = None
            if identity is not None:
                network = self._networks.get((identity.sha256, identity.engine, str(cores)))
            pieces = ReadyPieces.of(begun, network)
            self._remember(begun, pieces.ready.networks.main, cores)
            self._ready = (known, pieces)
        frames = 0

        def frame_done() -> None:
            nonlocal frames
            frames += 1
            tell(FrameDone(frames, None))

        film = self._ready[1]
        if staged is None:
            return film.color(task.number, frame_done).frames
        staged.exchange(film.piece(task.number).numbers)
        return film.color(task.number, frame_done, staged.bring_segment).frames

    def _storage_at(self, address: str) -> FarmStorage:
        if self._storage is None or self._storage.address != address:
            self._storage = FarmStorage(address)
        return self._storage

    def _fetched(self, stage: Stage) -> StagedHere:
        """Return a film that comes from storage, once all that is needed of it is here."""
        if self._staged is not None and self._staged.stage == stage:
            return self._staged
        self._staged = self._ready = None
        try:
            storage = self._storage_at(stage.address)
            found = storage.read(mark_path(stage.film))
        except (StorageError, UsageError) as error:
            raise _UnfitError(f"cannot use the storage: {error}") from error
        if found is None:
            raise _UnfitError(f"does not see {storage.named(stage.film)}")
        return staged_here(stage, storage, self._tell_alive)

    def _tell_alive(self) -> None:
        now = time.monotonic()
        if now >= self._told + _TELL_EVERY:
            self._told = now
            self.tell(fetching=True)

    def _remember(self, begun: Begun, network: Network, cores: int) -> None:
        """Have a network at hand for the next film: by how it was asked for, and by what it is."""
        as_it_is = (network.sha256, network.engine, str(cores))
        self._networks = {_as_asked_for(begun, cores): network, as_it_is: network}

    def _tell_how_far(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, FrameDone) and now >= self._told + _TELL_EVERY:
            self._told = now
            self.tell(frames=event.done, of=event.total, phase=event.phase)


class _UnfitError(FilmcolorError):
    """This computer is not one that can do the task."""


def _looked_through(folder: Path, paths: PathMap) -> Begun:
    """Return a film as soon as its plan is seen here: network disks are late now and then."""
    until = time.monotonic() + _TO_APPEAR
    while True:
        begun = Begun.at(folder, paths=paths)
        if begun.manifest.network is not None or time.monotonic() > until:
            return begun
        check_cancelled()
        time.sleep(0.5)


def free_bytes(folder: Path) -> int | None:
    """Return how much room there is for files in a folder; None where none can be written."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return shutil.disk_usage(folder).free
    except OSError:
        return None


def _as_asked_for(begun: Begun, cores: int) -> tuple[str, ...]:
    settings, known = begun.manifest.settings, begun.manifest.network
    own = () if known is None else (known.path, known.engine)
    return (settings.model, settings.engine, settings.method, str(cores), *own)


def main() -> None:
    """Do what comes until nothing comes any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks
    # What a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    use_memory_sparingly()
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    now = [CancelToken()]

    def read() -> None:
        for line in sys.stdin:
            said = json.loads(line)
            if "stop" in said:
                now[0].cancel()
            else:
                now[0] = CancelToken()
                waiting.put(said)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    hand = _Hand(answers)
    while True:
        try:
            said = waiting.get(timeout=_IDLE)
        except queue.Empty:
            with suppress(FilmcolorError):
                hand.clear_up()
            os._exit(0)
        if "check" in said:
            hand.check(said["check"])
            continue
        with stopped_by(now[0]):
            hand.do(FarmTask.of(said["task"]), said["cores"])


if __name__ == "__main__":
    main()
