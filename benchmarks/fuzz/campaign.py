"""Damages whole files at random and sees what filmcolor does with them.

    python -m benchmarks.fuzz [FILE_OR_FOLDER...] [--count 2000] [--seed 0] [--keep FOLDER]
    python -m benchmarks.fuzz [FILE_OR_FOLDER...] --only 17,203 [--seed 0] [--keep FOLDER]

Films in each container, pictures, networks and a plan are made first; the files that are named
are used besides. Each damaged file goes through the library (`info`, `preview` and `colorize`) in
a child process with limits on time and memory. It must be kept (coloured, and the result is whole)
or refused (an error of filmcolor's own, in one line). All else is bad: a traceback, a hang, a
crash, too much memory, or files left behind. `--only` repeats single ones; `--keep` keeps the bad
ones. The exit code is 0 when nothing was bad.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from benchmarks.fuzz.case import Case, Result, work
from benchmarks.fuzz.seeds import write_seeds

GOOD = ("kept", "refused")
NO_FILMS = (".md", ".txt", ".csv")
TIME_LIMIT = 30.0
MEMORY_LIMIT = 2 << 30
_CASES_PER_PROCESS = 200


@dataclass
class Report:
    """What became of all cases."""

    counts: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[Case, Result]] = field(default_factory=list)
    by_suffix: dict[str, Counter[str]] = field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, "")
    peak_bytes: int = 0

    def add(self, case: Case, result: Result, seconds: float) -> None:
        """Count one case."""
        self.counts[result.verdict] += 1
        self.by_suffix.setdefault(case.source.suffix, Counter())[result.verdict] += 1
        self.slowest = max(self.slowest, (seconds, f"{case.number} ({case.source.name})"))
        self.peak_bytes = max(self.peak_bytes, result.peak_bytes)
        if result.verdict not in GOOD:
            self.bad.append((case, result))


def cases(
    sources: Sequence[Path], film: Path, count: int, seed: int, only: Sequence[int] = ()
) -> list[Case]:
    """Return the cases of a run: each number has its own file and its own dice."""
    numbers = only or range(count)
    ordered = sorted(sources, key=lambda path: path.name)
    return [
        Case(number, Random(f"{seed}:{number}").choice(ordered), seed, film) for number in numbers
    ]


class _Child:
    """A child process that works on cases, one at a time."""

    def __init__(self, folder: Path, memory: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection: Connection
        self._connection, other = context.Pipe()
        self._process = context.Process(target=work, args=(other, folder, memory), daemon=True)
        self._process.start()
        other.close()

    def run(self, case: Case, limit: float) -> Result:
        """Return the result; after `hang` and `crash` the child is gone."""
        try:
            self._connection.send(case)
            if not self._connection.poll(limit):
                self._process.kill()
                return Result("hang", f"longer than {limit:g} s")
            result: Result = self._connection.recv()
            return result
        except (EOFError, OSError):
            self._process.join(5)
            return Result("crash", f"exit code {self._process.exitcode}")

    def close(self) -> None:
        try:
            self._connection.send(None)
            self._process.join(5)
        except OSError:
            pass
        self._process.kill()
        self._process.join()


def run(
    wanted: Sequence[Case],
    folder: Path,
    *,
    workers: int = 2,
    limit: float = TIME_LIMIT,
    memory: int = MEMORY_LIMIT,
    done: Callable[[Case, Result], None] | None = None,
) -> Report:
    """Run all cases and count what became of them; `folder` is for the children's files."""
    report, lock, left = Report(), threading.Lock(), iter(wanted)

    def take() -> Iterator[Case]:
        while True:
            with lock:
                case = next(left, None)
            if case is None:
                return
            yield case

    def serve(number: int) -> None:
        child: _Child | None = None
        for count, case in enumerate(take(), 1):
            child = child or _Child(folder / f"worker{number}", memory)
            began = time.monotonic()
            result = child.run(case, limit)
            with lock:
                report.add(case, result, time.monotonic() - began)
                if done is not None:
                    done(case, result)
            if result.verdict in ("hang", "crash", "memory") or count % _CASES_PER_PROCESS == 0:
                child.close()
                child = None
        if child is not None:
            child.close()

    threads = [threading.Thread(target=serve, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return report


def files_of(places: Sequence[Path]) -> list[Path]:
    """Return the files that are named, and those in folders that are named."""
    found: list[Path] = []
    for place in places:
        inside = sorted(place.iterdir()) if place.is_dir() else [place]
        found += [p for p in inside if p.is_file() and p.suffix.lower() not in NO_FILMS]
    return found


def print_report(report: Report, seconds: float) -> None:
    """Print the counts, and each bad case with its number."""
    total = sum(report.counts.values())
    verdicts = sorted(report.counts, key=lambda verdict: (verdict not in GOOD, verdict))
    print(
        f"{total} files in {seconds:.0f} s: "
        + ", ".join(f"{report.counts[v]} {v}" for v in verdicts)
    )
    for suffix, counts in sorted(report.by_suffix.items()):
        print(f"  {suffix:12} " + ", ".join(f"{counts[v]} {v}" for v in verdicts if counts[v]))
    print(f"slowest: {report.slowest[0]:.1f} s, number {report.slowest[1]}")
    print(f"largest memory of a child: {report.peak_bytes / 1e6:.0f} MB")
    for case, result in sorted(report.bad, key=lambda item: item[0].number):
        lines = result.remark.strip().splitlines() or [""]
        print(f"{case.number} {case.source.name}: {result.verdict}: {lines[-1]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases and print what became of them."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fuzz", description="Damage files and see what filmcolor does."
    )
    parser.add_argument("sources", type=Path, nargs="*", metavar="FILE_OR_FOLDER")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="numbers of single cases, with commas")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--time-limit", type=float, default=TIME_LIMIT, help="seconds per file")
    parser.add_argument("--memory-limit", type=int, default=MEMORY_LIMIT, help="bytes per child")
    parser.add_argument("--keep", type=Path, help="keep the bad files in this folder")
    options = parser.parse_args(arguments)
    only = [int(number) for number in options.only.split(",") if number]

    def show(case: Case, result: Result) -> None:
        if result.verdict not in GOOD or only:
            print(
                f"{case.number} {case.source.name}: {result.verdict}\n{result.remark}", flush=True
            )
        if result.verdict not in GOOD and options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{case.number}-{case.source.name}").write_bytes(case.content()[0])

    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        folder = Path(scratch)
        seeds = write_seeds(folder / "seeds")
        wanted = cases(
            [*seeds, *files_of(options.sources)], seeds[0], options.count, options.seed, only
        )
        began = time.monotonic()
        report = run(
            wanted,
            folder,
            workers=options.workers,
            limit=options.time_limit,
            memory=options.memory_limit,
            done=show,
        )
        print_report(report, time.monotonic() - began)
    return 1 if report.bad else 0
