"""Two runs do not work on the same output."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import filmcolor
from filmcolor.jobs.lock import FolderLock
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.jobs.work import work_place
from filmcolor.networks import Network
from tests.jobs.films import hidden
from tests.jobs.processes import finished, run, start, wait_for


def test_the_second_run_stops(tmp_path: Path, film: Path, network_file: Path) -> None:
    output = tmp_path / "r.mkv"
    command = ["colorize", film, "-o", output, "--model", network_file, "--engine", "onnxruntime"]
    command += ["--segment-seconds", "0.6"]
    first = start(*command)
    wait_for((work_place(output) / "manifest.json").exists, first, "its manifest")
    go_on = _stop(first)
    assert find_unfinished([output])[0].running
    for second in (command, [*command, "--restart"], ["resume", output]):
        code, said = run(*second)
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks otherwise")
def test_disks_without_locks(
    tmp_path: Path, film: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network disks have none: films can be coloured there all the same."""
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    summary = filmcolor.colorize(film, tmp_path / "r.mkv", network=network, preset="ultrafast")
    assert summary.output.exists()
    assert hidden(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps what is open")
def test_the_last_holder_takes_the_folder_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just before the next one locks the file that it has opened: that is no lock any more."""
    import fcntl

    folder, lock_file = tmp_path / "work", fcntl.flock
    folder.mkdir()

    def lock_too_late(*arguments: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock_file)
        shutil.rmtree(folder)
        lock_file(*arguments)

    monkeypatch.setattr(fcntl, "flock", lock_too_late)
    lock = FolderLock(folder)
    assert lock.acquire()
    assert folder.exists()
    assert not FolderLock(folder).acquire()
    lock.release()
    assert FolderLock(folder).acquire()
