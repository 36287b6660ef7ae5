"""A farm on this computer: Dask's own scheduler and workers, in processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


class LocalFarm:
    """A scheduler and workers of one thread each, or more; a context manager that ends them all."""

    def __init__(
        self, folder: Path, workers: int, *, tls: Path | None = None, threads: int = 1
    ) -> None:
        """Start nothing yet; `folder` takes what they say, and their temporary files."""
        self._folder = folder
        self._count = workers
        self._tls = tls
        self._threads = threads
        self._port = free_port()
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        """Where its scheduler listens."""
        return f"{'tls' if self._tls else 'tcp'}://{HOST}:{self._port}"

    def __enter__(self) -> LocalFarm:
        """Start it; returns when its workers are there."""
        self.start_scheduler()
        for _ in range(self._count):
            self.start_worker()
        if self._count:
            self.wait_for_workers(self._count)
        return self

    def __exit__(self, *_: object) -> None:
        """End all its processes, those included that are stopped and would not notice."""
        hands = [hand for worker in self.workers for hand in hands_of(worker)]
        for process in [*self.workers, self.scheduler]:
            if process is not None:
                kill(process)
        for hand in hands:
            with suppress(psutil.Error):
                hand.kill()

    def _start(
        self, what: str, more: Sequence[str], env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        security = [] if self._tls is None else ["--farm-tls", str(self._tls)]
        with (self._folder / "farm.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "filmcolor", "farm", what, self.address, *security, *more],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(env or {})},
            )

    def start_scheduler(self) -> None:
        """Start the scheduler, on the port that it had."""
        self.scheduler = self._start("scheduler", ["--", "--no-dashboard"])
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self._port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("the scheduler does not start")

    def start_worker(self, **env: str) -> subprocess.Popen[bytes]:
        """Start one more worker, with further environment variables."""
        more = ["--", "--nthreads", str(self._threads), "--no-dashboard", "--no-nanny"]
        more += ["--local-directory", str(self._folder), "--death-timeout", "120"]
        process = self._start("worker", ["--processes", "1", *more], env)
        self.workers.append(process)
        return process

    def wait_for_workers(self, count: int) -> None:
        """Wait until there are so many."""
        from distributed import Client

        with Client(self.address, timeout=60, security=self.security, set_as_default=False) as c:
            c.wait_for_workers(count, timeout=60)

    @property
    def security(self) -> object:
        """Dask's security for clients of it."""
        from filmcolor.jobs.farm.connection import FarmAddress, security_of

        return security_of(FarmAddress(self.address, self._tls))


def hands_of(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the processes in which a worker does its tasks."""
    try:
        children = psutil.Process(worker.pid).children(recursive=True)
        return [c for c in children if any(part.endswith(".farm.hand") for part in c.cmdline())]
    except psutil.Error:
        return []


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process at once, and wait until it is gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    process.wait()
