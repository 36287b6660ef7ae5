"""The way to a farm: Dask's scheduler, whose workers do the tasks."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from filmcolor.errors import FilmcolorError, UsageError
from filmcolor.jobs.farm.node import do_task, node_facts, stop_tasks
from filmcolor.jobs.farm.task import FarmAnswer, FarmTask
from filmcolor.jobs.farm.versions import version_differences, versions
from filmcolor.wording.reasons import reason_of

if TYPE_CHECKING:
    from distributed import Client

_LOOK_EVERY = 1.0
_TO_CONNECT = 10.0
_TO_STOP = 3.0


@dataclass(frozen=True)
class FarmAddress:
    """Where a farm is."""

    address: str
    """Of its scheduler, such as `tcp://10.0.0.5:8786`."""
    tls: Path | None = None
    """A folder with `ca.pem`, `cert.pem` and `key.pem`, for an address with `tls://`."""


@dataclass(frozen=True)
class Worker:
    """A process of a farm that does tasks, as the scheduler knows it."""

    address: str
    name: str
    host: str
    threads: int
    resources: dict[str, float] = field(hash=False)
    trouble: str = ""
    """Why it cannot be used, where that is known."""


@dataclass(frozen=True)
class Workers:
    """All workers there are now."""

    found: tuple[Worker, ...]


@dataclass(frozen=True)
class Lost:
    """The scheduler cannot be reached any more: all tasks are gone."""

    reason: str


@dataclass(frozen=True)
class Answered:
    """A task has ended."""

    task: FarmTask
    answer: FarmAnswer | None
    """None where it is gone, and nobody knows why."""
    killed: str = ""
    """Where it has ended several workers: the last of them."""


@dataclass(frozen=True)
class Told:
    """A node tells how far it is with a task."""

    values: dict[str, Any] = field(default_factory=dict)


Work = Callable[[dict[str, Any], str, dict[str, int]], FarmAnswer]
"""What a worker is called with: a task, the coordinator's run, slots; see `do_task`."""

Message = Workers | Lost | Answered | Told


def need_distributed() -> None:
    """Raise `UsageError` where Dask is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "`farm`: needs Dask, which is not installed; "
            '`pip install ".[farm]"` in the folder of filmcolor\'s source brings it.',
            what="farm",
        ) from error


class Farm:
    """A connection to a farm, which is made again when it breaks; a context manager.

    All that happens comes as messages, in `messages`.
    """

    def __init__(self, address: FarmAddress, work: Work = do_task) -> None:
        """Get to know a farm; nothing is connected yet. `work`: what its workers do with a task."""
        need_distributed()
        self._address = address
        self._work = work
        self.run = f"filmcolor-{secrets.token_hex(6)}"
        """Of this coordinator, so that it can stop its own tasks alone."""
        self.messages: SimpleQueue[Message] = SimpleQueue()
        self._client: Client | None = None
        self._known: dict[str, str] = {}
        """What is wrong with workers that were asked about their versions, by address."""
        self._asking: set[str] = set()
        self._futures: dict[tuple[str, str, str, str], Any] = {}
        self._answers: dict[tuple[str, ...], FarmAnswer] = {}
        """What workers have told, of tasks that are not known to have ended yet."""
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._fetching = ThreadPoolExecutor(4, "filmcolor-answers")

    def __enter__(self) -> Farm:
        """Connect; raises `FilmcolorError` when nobody answers."""
        # Dask tells of lost connections with tracebacks; here they are told in a line.
        for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            self._client = self._connect()
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise FilmcolorError(
                f"{self._address.address}: no scheduler of a farm answers there "
                f"({reason_of(error)}); start one, or name another with `farm`.",
                what="farm",
            ) from error
        threading.Thread(target=self._watch, name="filmcolor-farm", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what is still going on, and leave."""
        self._ended.set()
        with self._lock:
            client, self._client, self._futures = self._client, None, {}
            self._answers = {}
        if client is not None:
            self._stop(client, None, None).join(_TO_STOP)
            with suppress(Exception):
                client.close(timeout=5)
        self._fetching.shutdown(wait=False, cancel_futures=True)

    def _connect(self) -> Client:
        from distributed import Client

        client = Client(
            self._address.address,
            timeout=_TO_CONNECT,
            set_as_default=False,
            security=security_of(self._address),
        )
        client.subscribe_topic(self.run, self._heard)
        return client

    def _heard(self, event: tuple[float, dict[str, Any]]) -> None:
        values = event[1]
        if "answer" not in values:
            self.messages.put(Told(dict(values)))
            return
        key = tuple(values["key"])
        with self._lock:
            if key in self._futures:
                self._answers[key] = FarmAnswer(**values["answer"])

    def _watch(self) -> None:
        """Tell of workers every second; connect again when the scheduler was gone."""
        while not self._ended.wait(_LOOK_EVERY):
            client = self._client
            try:
                if client is None or client.status == "closed":
                    client = self._connect()
                    with self._lock:
                        if self._ended.is_set():
                            client.close(timeout=5)
                            return
                        self._client = client
                if client.status == "running":
                    self.messages.put(Workers(self._asked(client, _workers(client))))
                    continue
            except Exception as error:
                self._all_gone(reason_of(error) if isinstance(error, OSError) else str(error))
                continue
            self._all_gone("the connection broke")

    def _asked(self, client: Client, workers: tuple[Worker, ...]) -> tuple[Worker, ...]:
        """Return the workers that have told their versions; ask those that are new."""

        def ask(address: str) -> None:
            with suppress(Exception):
                told = client.run(versions, workers=[address], on_error="return")
                self._known[address] = _trouble(versions(), told[address])
            self._asking.discard(address)

        # Each in a thread, as one that hangs does not answer.
        new = {worker.address for worker in workers} - self._known.keys() - self._asking
        threads = [threading.Thread(target=ask, args=(address,), daemon=True) for address in new]
        self._asking |= new
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_LOOK_EVERY)
        known = self._known.copy()
        return tuple(
            replace(worker, trouble=known[worker.address])
            for worker in workers
            if worker.address in known
        )

    def _all_gone(self, reason: str) -> None:
        with self._lock:
            self._futures, self._answers = {}, {}
        self.messages.put(Lost(reason))

    def submit(
        self,
        task: FarmTask,
        slots: dict[str, int],
        *,
        priority: int,
        workers: Sequence[str] | None = None,
        resources: dict[str, float] | None = None,
    ) -> bool:
        """Ask for a task; return whether there is somebody to ask.

        `slots`: how many tasks a computer does at once, see `do_task`. `workers`: only these, as
        long as there are any of them; None: whoever is free.
        """
        client = self._client
        if client is None or client.status != "running":
            return False
        try:
            future = client.submit(
                self._work,
                task.as_json(),
                self.run,
                slots,
                key=task.key,
                priority=priority,
                workers=list(workers) if workers else None,
                allow_other_workers=bool(workers),
                resources=resources,
                retries=0,
                pure=False,
            )
        except Exception:  # it broke just now, which the next message tells
            return False
        with self._lock:
            self._futures[task.key] = future
        future.add_done_callback(lambda done: self._ended_task(task, done))
        return True

    def _ended_task(self, task: FarmTask, future: Any) -> None:
        with self._lock:
            known = self._futures.get(task.key)
            if known is None or known is not future:
                return
            answer = self._answers.pop(task.key, None)
            if answer is not None and future.status == "finished":
                del self._futures[task.key]
                self.messages.put(Answered(task, answer))
                return
        with suppress(RuntimeError):  # all has ended
            self._fetching.submit(self._fetch, task, future)

    def _fetch(self, task: FarmTask, future: Any) -> None:
        answer, killed = None, ""
        try:
            answer = future.result(timeout=60)
        except Exception as error:
            last = getattr(error, "last_worker", None)
            killed = "" if last is None else str(getattr(last, "name", last))
        with self._lock:
            known = self._futures.get(task.key)
            if known is None or known is not future:
                return
            del self._futures[task.key]
        self.messages.put(Answered(task, answer, killed))

    def drop(self, task: FarmTask, worker: str = "") -> None:
        """Let go of a task, and stop it on the worker that is at it, if any."""
        with self._lock:
            future = self._futures.pop(task.key, None)
            self._answers.pop(task.key, None)
        client = self._client
        if future is None or client is None:
            return
        with suppress(Exception):
            future.cancel()
        if worker:
            self._stop(client, [task.key[3]], [worker])

    def _stop(
        self, client: Client, keys: list[str] | None, workers: list[str] | None
    ) -> threading.Thread:
        """Have tasks stopped; in a thread, as a worker that hangs does not answer."""

        def stop() -> None:
            with suppress(Exception):
                client.run(stop_tasks, self.run, keys, workers=workers, on_error="ignore")

        thread = threading.Thread(target=stop, name="filmcolor-stop", daemon=True)
        thread.start()
        return thread

    def facts(self, question: dict[str, Any]) -> dict[Worker, Any]:
        """Ask all workers about their computers, see `node_facts`; return facts, or errors."""
        client = self._client
        if client is None:
            return {}
        found = client.run(node_facts, question, on_error="return")
        return {
            worker: found[worker.address] for worker in _workers(client) if worker.address in found
        }


def certificates_of(address: FarmAddress) -> dict[str, Path]:
    """Return the files of a farm with TLS, `ca`, `cert` and `key`; none for one without.

    Raises `UsageError` where one of them is missing.
    """
    if address.tls is None:
        return {}
    files = {name: address.tls / f"{name}.pem" for name in ("ca", "cert", "key")}
    for path in files.values():
        if not path.is_file():
            raise UsageError(
                f"`farm_tls`: {path} is missing; the folder should hold ca.pem, cert.pem and "
                "key.pem.",
                what="farm_tls",
                file=path,
            )
    return files


def security_of(address: FarmAddress) -> Any:
    """Return Dask's security for an address; None where none is asked for.

    Raises `UsageError` where files of it are missing.
    """
    from distributed.security import Security

    files = certificates_of(address)
    if not files:
        return None
    return Security(
        require_encryption=True,
        tls_ca_file=str(files["ca"]),
        tls_client_cert=str(files["cert"]),
        tls_client_key=str(files["key"]),
    )


def _trouble(here: dict[str, str], told: Any) -> str:
    if isinstance(told, dict):
        different = version_differences(here, told)
        return f"has {', '.join(different)}: other films would come of it" if different else ""
    if isinstance(told, ImportError):
        return "has no filmcolor of this version"
    return f"does not answer ({type(told).__name__})"


def _workers(client: Client) -> tuple[Worker, ...]:
    began = time.monotonic()
    info: Any = client.scheduler_info(n_workers=-1)
    if time.monotonic() - began > _TO_CONNECT:
        raise OSError("the scheduler is very slow")
    return tuple(
        Worker(
            address,
            str(facts.get("name", address)),
            str(facts.get("host", "")),
            int(facts.get("nthreads", 1)),
            dict(facts.get("resources", {})),
        )
        for address, facts in info["workers"].items()
    )
