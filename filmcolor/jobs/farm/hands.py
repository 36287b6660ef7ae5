"""Starts the processes in which a node does its tasks, and waits for them; see `hand`."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from filmcolor.jobs.farm.task import FarmTask

_LOOK_EVERY = 0.2
_TO_STOP = 10.0
"""Seconds that a process gets to leave a task in good order."""

Told = Callable[[dict[str, Any]], None]


class HandGoneError(Exception):
    """The process was killed, or stands still."""


class Hand:
    """One process, for one task at a time."""

    def __init__(self) -> None:
        """Start it."""
        # Not `multiprocessing`: workers of Dask are daemons, which may have no children there.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "filmcolor.jobs.farm.hand"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._lines: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with suppress(ValueError, OSError):
            for line in self._process.stdout:
                self._lines.put(json.loads(line))
        self._lines.put(None)

    @property
    def is_there(self) -> bool:
        """Whether it can take a task."""
        return self._process.poll() is None

    def _send(self, **values: Any) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(values) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise HandGoneError(self._how_it_ended()) from error

    def do(
        self, task: FarmTask, cores: int, told: Told, stop: threading.Event, patience: float
    ) -> dict[str, Any]:
        """Have a task done; return the last answer.

        `told` gets what comes before that; `stop` may be set to have it left. Raises
        `HandGoneError` when the process ends, or does nothing for `patience` seconds.
        """
        self._send(task=task.as_json(), cores=cores)
        return self._answer(told, stop, patience)

    def check(self, question: dict[str, Any], patience: float) -> dict[str, Any]:
        """Return the answer to a question about this computer; raises `HandGoneError`."""
        self._send(check=question)
        return self._answer(lambda _: None, threading.Event(), patience)

    def _answer(self, told: Told, stop: threading.Event, patience: float) -> dict[str, Any]:
        stopping: float | None = None
        still, work = time.monotonic(), self._work()
        while True:
            if stop.is_set() and stopping is None:
                stopping = time.monotonic()
                self._send(stop=True)
            try:
                line = self._lines.get(timeout=_LOOK_EVERY)
            except Empty:
                now = self._work()
                if now != work:
                    still, work = time.monotonic(), now
                if stopping is not None and time.monotonic() - stopping > _TO_STOP:
                    self.end()
                    return {"trouble": "stopped", "message": "stopped"}
                if time.monotonic() - still > patience:
                    self.end()
                    raise HandGoneError(f"did nothing for {patience:g} s") from None
                continue
            if line is None:
                raise HandGoneError(self._how_it_ended())
            if "done" in line or "trouble" in line:
                return line
            still = time.monotonic()
            told(line)

    def _work(self) -> float:
        """Return how much processor time it has used, in tenths of a second."""
        import psutil

        try:
            times = psutil.Process(self._process.pid).cpu_times()
        except psutil.Error:
            return 0.0
        return round(float(times.user + times.system), 1)

    def _how_it_ended(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        code = self._process.poll()
        if code == -9:
            return "its process was killed, most likely because memory ran out"
        return f"its process ended (exit code {code})"

    def end(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
