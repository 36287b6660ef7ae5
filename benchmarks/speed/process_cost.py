"""What a command costs: wall-clock time, processor time and memory.

`measure` starts a small process of its own (this file as a program) that starts the command and
waits for it: on Linux a child's peak memory counts from that of the process that started it, and
a benchmark with array libraries in it would hide the small ones.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessCost:
    """What one run of a command took."""

    seconds: float
    """Wall-clock, from the start of the process to its end."""
    cpu_seconds: float | None
    """User and system, of the process and the processes it waited for; None on Windows."""
    peak_mb: float | None
    """The most memory (resident set, 10^6 bytes) that one of these processes had; None on
    Windows."""


def measure(command: Sequence[str]) -> tuple[ProcessCost, str]:
    """Run a command; return its cost and what it wrote to standard output.

    Raises `RuntimeError` with the last line of its errors when it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "cost.json"
        waiter = [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(report)]
        done = subprocess.run(
            [*waiter, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise RuntimeError(lines[-1])
        return ProcessCost(**json.loads(report.read_text(encoding="utf-8"))), done.stdout


def wait_for(command: Sequence[str]) -> tuple[ProcessCost, int]:
    """Run a command whose output goes where this process's goes; return its cost and exit code."""
    began = time.perf_counter()
    process = subprocess.Popen(command)
    if not hasattr(os, "wait4"):
        code = process.wait()
        return ProcessCost(time.perf_counter() - began, None, None), code
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes of ru_maxrss, see getrusage(2)
    cost = ProcessCost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)
    return cost, process.returncode


if __name__ == "__main__":
    found, exit_code = wait_for(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps(asdict(found)), encoding="utf-8")
    sys.exit(exit_code if exit_code >= 0 else 1)
