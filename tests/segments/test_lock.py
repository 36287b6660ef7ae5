"""Two runs do not work on the same output."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from filmcolor.segments.unfinished import find_unfinished
from filmcolor.segments.work import work_place
from tests.segments.films import hidden
from tests.segments.processes import finished, start, wait_for


def test_the_second_run_stops(tmp_path: Path, film: Path, network_file: Path) -> None:
    output = tmp_path / "r.mkv"
    command = ["colorize", film, "-o", output, "--model", network_file, "--engine", "onnxruntime"]
    command += ["--segment-seconds", "0.6"]
    first = start(*command)
    wait_for((work_place(output) / "manifest.json").exists, first, "its manifest")
    go_on = _stop(first)
    assert find_unfinished([output])[0].running
    for second in (command, [*command, "--restart"], ["resume", output]):
        code, said = finished(start(*second))
        assert code == 1
        assert "another run is at work on it; wait for that one" in said.splitlines()[-1]
        assert (work_place(output) / "manifest.json").exists()
    go_on()
    assert finished(first)[0] == 0
    assert output.exists()
    assert hidden(tmp_path) == []


def _stop(process: subprocess.Popen[str]) -> Callable[[], None]:
    """Hold a process still, where that is possible; return what lets it go on."""
    if not hasattr(signal, "SIGSTOP"):
        return lambda: None
    process.send_signal(signal.SIGSTOP)
    return lambda: process.send_signal(signal.SIGCONT)
