"""A run ends when it is told to, or when it stands still, whatever native code it is stuck in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from filmcolor.jobs.work import work_place
from tests.clips import make_clip

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")

_STUCK = """
import ctypes, sys
import onnxruntime
from filmcolor.cli.app import main

library = ctypes.{kind}(None)
mutex = ctypes.create_string_buffer(128)

def wait_for_ever(*arguments, **options):
    library.pthread_mutex_init(mutex, None)
    library.pthread_mutex_lock(mutex)
    print("stuck", flush=True)
    library.pthread_mutex_lock(mutex)

onnxruntime.InferenceSession{method} = wait_for_ever
main()
"""
"""A library that waits for a lock that nobody lets go of. `kind`: with Python's lock in its hands
(PyDLL) or without (CDLL)."""


def _as_usual() -> None:
    """A test run that was started in the background, or by nohup, ignores these."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _stuck(kind: str, method: str, *arguments: object, patience: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _STUCK.format(kind=kind, method=method), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "FILMCOLOR_PATIENCE": patience},
        preexec_fn=_as_usual,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "stuck\n"
    time.sleep(0.5)  # it says so just before it is
    return process


def _end(process: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    return process.returncode, errors


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.full((32, 32), 90, np.uint8))
    return path


def _options(source: Path) -> list[str]:
    return ["colorize", str(source), "--model", "small", "--engine", "onnxruntime"]


@pytest.mark.parametrize("kind", ["CDLL", "PyDLL"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_it_at_once(
    picture: Path, kind: str, number: signal.Signals
) -> None:
    process = _stuck(kind, ".run", *_options(picture), patience="300")
    process.send_signal(number)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(number)
    sent = time.monotonic()
    code, errors = _end(process)
    assert time.monotonic() - sent < 5
    assert code in (-number, 128 + number)
    assert errors == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_is_enough_after_a_while(picture: Path, number: signal.Signals) -> None:
    process = _stuck("CDLL", ".run", *_options(picture), patience="1")
    process.send_signal(number)
    assert _end(process) == (
        128 + number,
        "filmcolor: interrupted; what is done is kept.\n",
    )


def test_a_network_that_does_not_load_is_not_waited_for(picture: Path) -> None:
    process = _stuck("CDLL", "", *_options(picture), patience="300")
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    assert _end(process) == (130, "filmcolor: interrupted; nothing was written.\n")
    assert time.monotonic() - sent < 6


def test_a_standstill_ends_it(picture: Path) -> None:
    code, errors = _end(_stuck("CDLL", "", *_options(picture), patience="1"))
    assert code == 1
    assert errors.startswith("filmcolor: nothing has moved for 3 s: ")
    assert len(errors.splitlines()) == 1


def test_a_standstill_with_pythons_lock_ends_it(picture: Path) -> None:
    """No thread of Python runs then, and none can see it."""
    code, errors = _end(_stuck("PyDLL", "", *_options(picture), patience="1"))
    assert code == 1
    assert errors.startswith("filmcolor: nothing has moved for 3 s: ")
    assert len(errors.splitlines()) == 1


_STUCK_WHILE_IT_IS_LOOKED_ON = """
import ctypes, threading, time
from filmcolor.cli.onlooker import Onlooker

onlooker = Onlooker(0.5, "nothing moves")

def tell():
    while True:
        onlooker.alive()

threading.Thread(target=tell, daemon=True).start()
time.sleep(0.2)
library = ctypes.PyDLL(None)
mutex = ctypes.create_string_buffer(128)
library.pthread_mutex_lock(mutex)
print("stuck", flush=True)
library.pthread_mutex_lock(mutex)
"""


def test_a_standstill_in_the_moment_of_a_sign_of_life_ends_it() -> None:
    """Python's lock goes from the thread that tells of life to the one that never gives it back."""
    process = subprocess.Popen(
        [sys.executable, "-c", _STUCK_WHILE_IT_IS_LOOKED_ON],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_as_usual,
    )
    assert _end(process) == (1, "nothing moves\n")


def test_work_is_kept(tmp_path: Path) -> None:
    """The network's thread is stuck, and the main thread waits for it."""
    film = make_clip(tmp_path / "film.mp4")
    process = _stuck("CDLL", ".run", *_options(film), "--quiet", patience="1")
    code, errors = _end(process)
    assert code == 1
    assert errors.startswith("filmcolor: nothing has moved for 3 s: ")
    assert (work_place(tmp_path / "film.color.mp4") / "manifest.json").exists()


_PRINTS_MUCH = """
from filmcolor.cli.console import put
from filmcolor.cli.standstill import end_when_nothing_moves

end_when_nothing_moves()
put("x" * 1_000_000)
"""


def test_a_reader_may_take_its_time() -> None:
    """As `less` does, while someone looks at the first page."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PRINTS_MUCH],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "FILMCOLOR_PATIENCE": "0.3"},
    )
    time.sleep(2.5)
    output, errors = process.communicate(timeout=20)
    assert (len(output), errors, process.returncode) == (1_000_001, "", 0)


_WORKS = """
import sys
from filmcolor.cli.standstill import end_when_nothing_moves

end_when_nothing_moves()
print("begun", flush=True)
assert sys.stdin.readline() == "go on\\n"
print("done")
"""


def test_a_process_that_was_stopped_goes_on() -> None:
    """For longer than a standstill may last; in its last moments nothing moved in it either."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WORKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "FILMCOLOR_PATIENCE": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGSTOP)
    time.sleep(4.5)
    process.send_signal(signal.SIGCONT)
    time.sleep(0.2)
    output, errors = process.communicate("go on\n", timeout=20)
    assert (output, errors, process.returncode) == ("done\n", "", 0)
