"""How far one coordinator and one scheduler go: films that take nothing but time.

    python -m benchmarks.farm.scale --films 2000 --pieces 200

Workers sleep where they would colour; coordinator, scheduler and the way between are the real ones.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import distributed
import psutil

from benchmarks.farm.local import LocalFarm
from benchmarks.machine import machine
from filmcolor.events import Events
from filmcolor.jobs.farm.connection import Farm, FarmAddress
from filmcolor.jobs.farm.coordinator import Coordinator
from filmcolor.jobs.farm.task import FarmAnswer, FarmTask
from filmcolor.jobs.farm.versions import versions
from filmcolor.summary import Summary


def sleep(values: dict[str, Any], run: str, slots: dict[str, int]) -> FarmAnswer:
    """Tell what a task tells, and do nothing else for a while."""
    task, worker = FarmTask.of(values), distributed.get_worker()
    told = {"key": list(task.key), "worker": worker.address, "node": "simulated"}
    worker.log_event(run, {**told, "begun": True})
    seconds = float(task.state) * random.uniform(0.5, 1.5)
    time.sleep(seconds)
    answer = FarmAnswer("simulated", worker.address, seconds, frames=1)
    worker.log_event(run, {**told, "answer": asdict(answer)})
    return answer


class SleepingFilm:
    """A film as the coordinator sees one, without anything in it."""

    def __init__(
        self, number: int, pieces: int, seconds: float, known: dict[str, str], priority: int = 0
    ) -> None:
        """A film of so many pieces, each of which takes so long."""
        self.priority = 1_000_000 * priority - number
        self.number, self._count, self._seconds = number, pieces, seconds
        self._versions = known
        self.job = SimpleNamespace(
            info=SimpleNamespace(path=Path(f"reel-{number}.mkv")), frame_total=None
        )
        self.nodes: dict[str, float] = defaultdict(float)
        self.cpu_seconds = 0.0
        self.failures: dict[int, list[Any]] = defaultdict(list)
        self.gone: dict[int, int] = defaultdict(int)
        self.waiting: list[int] = []
        self.is_finished = False
        self.frames_done = 0
        self._open: set[int] | None = None

    def open(self) -> None:
        """Take charge."""
        self.waiting = [0]

    @property
    def is_colored(self) -> bool:
        """Whether all pieces are done."""
        return self._open is not None and not self._open

    def is_open(self, number: int) -> bool:
        """Whether a piece is to be done."""
        return number in (self._open or ()) if number else self._open is None

    def is_coming(self, number: int) -> bool:
        """Nothing is on its way."""
        return False

    def take_over_look(self) -> bool:
        """Know the pieces."""
        self._open = set(range(1, self._count + 1))
        self.waiting = sorted(self._open, reverse=True)
        return True

    def take_over(self, number: int) -> bool:
        """Take a piece."""
        assert self._open is not None
        self._open.discard(number)
        self.frames_done += 1
        return True

    def task(self, number: int) -> FarmTask:
        """Return a task as large as a real one."""
        return FarmTask(
            step="color" if number else "look",
            folder=f"/mnt/archive/colour/.reel-{self.number}.color.mkv.filmcolor",
            film=f"reel-{self.number}.mkv",
            number=number,
            shots=f"shots {number}-{number + 3}",
            state=str(self._seconds),
            versions=self._versions,
        )

    def join(self) -> Summary:
        """Be done."""
        return Summary(Path(), Path(), frames=self.frames_done)

    def end(self, error: BaseException | None) -> BaseException | None:
        """Let go."""
        return error


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=100)
    parser.add_argument("--pieces", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=25, help="of each worker")
    parser.add_argument("--seconds", type=float, default=0.05, help="that a piece takes; about")
    options = parser.parse_args()
    known = versions()
    print(machine())

    def films() -> Iterator[Any]:
        for number in range(options.films):
            yield SleepingFilm(number, options.pieces, options.seconds, known)

    done: list[int] = []
    first: list[float] = []
    most_open = 0

    def finished(film: Any, result: object) -> None:
        nonlocal most_open
        if not isinstance(result, Summary):
            raise SystemExit(str(result))
        done.append(film.number)
        first.append(time.monotonic() - began)
        most_open = max(most_open, film.number + 1 - len(done) + 1)

    here = psutil.Process()
    with (
        tempfile.TemporaryDirectory() as name,
        LocalFarm(Path(name), options.workers, threads=options.threads) as farm,
        Farm(FarmAddress(farm.address), sleep) as connection,
    ):
        assert farm.scheduler is not None
        scheduler = psutil.Process(farm.scheduler.pid)
        before = cpu(here), cpu(scheduler)
        memory_before = scheduler.memory_info().rss
        began = time.monotonic()
        coordinator = Coordinator(connection, films(), finished, Events())
        coordinator.run()
        seconds = time.monotonic() - began
        tasks = options.films * (options.pieces + 1)
        ours, theirs = cpu(here) - before[0], cpu(scheduler) - before[1]
        print(
            f"{tasks} tasks of {options.films} films, {options.workers * options.threads} threads"
        )
        print(f"{seconds:.1f} s, {1000 * seconds / tasks:.2f} ms a task")
        print(
            f"CPU a task: coordinator {1000 * ours / tasks:.2f} ms, scheduler "
            f"{1000 * theirs / tasks:.2f} ms"
        )
        print(f"tasks held at once: {coordinator.most_held}; films open at once: {most_open}")
        print(
            f"memory: coordinator {here.memory_info().rss / 1e6:.0f} MB, scheduler "
            f"{memory_before / 1e6:.0f} MB, then {scheduler.memory_info().rss / 1e6:.0f} MB"
        )
        print(f"first film done after {first[0]:.1f} s; in order: {done == sorted(done)}")


def cpu(process: psutil.Process) -> float:
    """Return the processor time of a process, in seconds."""
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    # As a part of a module, which goes by its name; a part of `__main__` would be sent each time.
    from benchmarks.farm.scale import main as run

    run()
