"""Ctrl-C stops a run at once; what is done is kept, and the same command carries on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from filmcolor.media.decode.probe import probe
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import identify, write_plan
from filmcolor.planning.shot import Shot, ShotSettings
from tests.clips import ffmpeg, make_clip

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")

_FRAMES = 30_000
"""So many that a run is not through, however late the signal comes."""
_LOOPS = 250


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_coloring(
    tmp_path: Path, network_file: Path, number: signal.Signals
) -> None:
    source, plan = _long_film(tmp_path), tmp_path / "plan.json"
    info = probe(source)
    ticks = round(1 / (25 * info.time_base))
    # Its colours are not looked for beforehand, which would take some seconds.
    alone = ShotSettings(method="frame")
    shot = Shot(first_frame=0, end_frame=_FRAMES, pts=0, end_pts=_FRAMES * ticks, settings=alone)
    write_plan(Plan(film=identify(info), shots=(shot,)), plan)
    options = ["--model", str(network_file), "--plan", str(plan), "--segment-seconds", "5000"]
    said = _interrupt(tmp_path, number, options, ".*.filmcolor/segment*")
    output = tmp_path / "film.color.mp4"
    assert said == f"its shots are found, and `filmcolor resume {output}` carries on."
    assert sorted(tmp_path.iterdir()) == [tmp_path / ".film.color.mp4.filmcolor", source, plan]


def test_interrupted_while_looking_for_shots(tmp_path: Path, network_file: Path) -> None:
    source = _long_film(tmp_path)
    said = _interrupt(
        tmp_path, signal.SIGINT, ["--model", str(network_file)], ".*.filmcolor/manifest.json"
    )
    assert said == "nothing was written."
    assert list(tmp_path.iterdir()) == [source]


def _long_film(folder: Path) -> Path:
    source = folder / "film.mp4"
    once = make_clip(folder / "once.mp4", frames=_FRAMES // _LOOPS, options={"bf": "0"})
    ffmpeg("-stream_loop", _LOOPS - 1, "-i", once, "-c", "copy", source)
    once.unlink()
    return source


def _interrupt(folder: Path, number: signal.Signals, options: list[str], sign: str) -> str:
    """Colour the film in `folder`, and send a signal once there is a file like `sign`.

    Returns what is said about it.
    """
    command = ["colorize", str(folder / "film.mp4"), "--engine", "onnxruntime"]
    command += ["--quiet"]  # where the machine is busy, it says how far it is
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "filmcolor", *command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background may ignore Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            _wait_for(sign, folder, process)
            process.send_signal(number)
            sent = time.monotonic()
            output, errors = process.communicate(timeout=60)
            took = time.monotonic() - sent
        finally:
            process.kill()
    assert process.returncode == 128 + number, errors
    (line,) = errors.splitlines()
    begin, _, said = line.partition("; ")
    assert begin == "filmcolor: interrupted"
    assert output == ""
    assert took < max(10, sent - started)  # where the machine is busy, all takes longer
    return said


def _wait_for(sign: str, folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until there is a file like `sign` that is not empty, or such a folder."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        if any(path.stat().st_size > 0 for path in folder.glob(sign)):
            return
        time.sleep(0.05)
    pytest.fail(f"the run did not come as far as {sign}")
