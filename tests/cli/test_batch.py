"""`filmcolor batch`."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Command
from tests.clips import make_clip, read_frames
from tests.jobs.processes import finished, run, start, wait_for

QUICK = ["--model", "small", "--preset", "ultrafast"]


@pytest.fixture
def reels(tmp_path: Path, astronaut: np.ndarray) -> Path:
    folder = tmp_path / "reels"
    (folder / "deeper").mkdir(parents=True)
    make_clip(folder / "one.mp4", frames=2, size=(48, 32))
    shutil.copy(folder / "one.mp4", folder / "deeper" / "two.mp4")
    Image.fromarray(astronaut).save(folder / "photo.png")
    return folder


def test_folder(command: Command, reels: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"

    done = command("batch", reels, "--recursive", "--output-dir", output, *QUICK)

    assert done.code == 0
    assert done.out == ""
    for name in ("one.color.mp4", "deeper/two.color.mp4"):
        assert len(read_frames(output / name)) == 2
    assert (output / "photo.color.png").is_file()
    assert str(output / "report.json") in done.err
    assert done.err.count("done: ") == 3
    again = command("batch", reels, "-r", "-o", output, *QUICK)
    assert again.code == 0
    assert again.err.count("skipped: ") == 3
    assert "done: " not in again.err


def test_damaged_film_gives_exit_code_1(command: Command, reels: Path, tmp_path: Path) -> None:
    (reels / "bad.mp4").write_bytes(b"no film")
    output = tmp_path / "out"
    done = command("batch", reels, "-o", output, *QUICK)
    assert done.code == 1
    assert "Traceback" not in done.err
    assert "bad.mp4" in done.err
    assert (output / "one.color.mp4").is_file()
    assert json.loads((output / "report.json").read_text())["failed"] == 1


def test_quiet_says_only_what_failed(command: Command, reels: Path, tmp_path: Path) -> None:
    (reels / "bad.mp4").write_bytes(b"no film")
    done = command("batch", reels, "-o", tmp_path / "out", "--quiet", *QUICK)
    assert done.code == 1
    assert "bad.mp4" in done.error_line
    (reels / "bad.mp4").unlink()
    again = command("batch", reels, "-o", tmp_path / "out", "--quiet", *QUICK)
    assert (again.code, again.out, again.err) == (0, "", "")


def test_json(command: Command, reels: Path, tmp_path: Path) -> None:
    done = command("batch", reels, "-o", tmp_path / "out", "--glob", "*.mp4", "--json", *QUICK)
    assert done.code == 0
    assert done.out.count("\n") == 1
    (entry,) = json.loads(done.out)
    assert entry["status"] == "done"
    assert entry["input"] == str(reels / "one.mp4")
    assert entry["frames"] == 2


def test_pattern_that_the_shell_left_alone(command: Command, reels: Path, tmp_path: Path) -> None:
    done = command("batch", reels / "*.mp4", "-o", tmp_path / "out", *QUICK)
    assert done.code == 0
    assert (tmp_path / "out" / "one.color.mp4").is_file()
    assert not (tmp_path / "out" / "photo.color.png").exists()


@pytest.mark.parametrize("name", ["empty", "missing", "*.avi"])
def test_nothing_found(command: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    done = command("batch", tmp_path / name, "-o", tmp_path / "out")
    assert done.code == 1
    assert done.error_line.startswith("filmcolor: ")
    assert not (tmp_path / "out").exists()


def test_bad_option_stops_before_anything_is_written(
    command: Command, reels: Path, tmp_path: Path
) -> None:
    done = command("batch", reels, "-o", tmp_path / "out", "--saturation", "9")
    assert done.code == 2
    assert "--saturation" in done.error_line
    assert not (tmp_path / "out").exists()


def test_unknown_codec_is_refused_in_one_line(
    command: Command, reels: Path, tmp_path: Path
) -> None:
    done = command("batch", reels / "one.mp4", "-o", tmp_path / "out", "--codec", "nope", "-q")
    assert done.code == 2
    assert "nope" in done.error_line


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_interrupted(reels: Path, tmp_path: Path) -> None:
    """What is said then finishes the film that was being coloured, wherever it lies."""
    make_clip(reels / "deeper" / "two.mp4", frames=200, size=(160, 120))
    output = tmp_path / "out"
    arguments = ["batch", reels, "-r", "-o", output, *QUICK, "--segment-seconds", "1"]
    process = start(*arguments, "--engine", "onnxruntime")
    work = output / "deeper" / ".two.color.mp4.filmcolor"
    assert wait_for((work / "segment-00000.mov").exists, process, "a segment")
    process.send_signal(signal.SIGINT)
    code, said = finished(process)
    line = said.splitlines()[-1]
    assert code == 130
    assert f"`filmcolor resume {output}` finishes this film" in line
    code, said = run("resume", output)
    assert code == 0, said
    assert len(read_frames(output / "deeper" / "two.color.mp4")) == 200
    code, said = run(*arguments)
    assert (code, said.count("skipped: ")) == (0, 3)
