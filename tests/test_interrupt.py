"""Ctrl-C stops a run at once and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.clips import make_clip, moving_pattern

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run(tmp_path: Path, number: signal.Signals) -> None:
    pictures = [moving_pattern((64, 48))(index) for index in range(8)]
    source = make_clip(tmp_path / "film.mp4", frames=3000, picture=lambda n: pictures[n % 8])
    command = ["colorize", str(source), "--model", "lite", "--engine", "onnxruntime"]
    with subprocess.Popen(
        [sys.executable, "-m", "filmcolor", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background may ignore Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            _wait_until_it_encodes(tmp_path, process)
            process.send_signal(number)
            sent = time.monotonic()
            output, errors = process.communicate(timeout=20)
            took = time.monotonic() - sent
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.splitlines() == ["filmcolor: interrupted; nothing was written."]
    assert output == ""
    assert list(tmp_path.iterdir()) == [source]
    assert took < 10


def _wait_until_it_encodes(folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the run has written a part of the video."""
    until = time.monotonic() + 40
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        if any(path.stat().st_size > 0 for path in folder.glob(".*.filmcolor/video.*")):
            return
        time.sleep(0.05)
    pytest.fail("the run did not begin to write")
