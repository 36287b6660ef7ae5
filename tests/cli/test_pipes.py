"""Films from standard input and to standard output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.clips import ffmpeg, make_clip, read_frames

QUICK = ["--model", "small", "--engine", "onnxruntime"]
SENT = {"y4m": ["-f", "yuv4mpegpipe"], "nut": ["-f", "nut"], "mkv": ["-f", "matroska"]}


def through(
    data: bytes, *arguments: str | Path, folder: Path
) -> subprocess.CompletedProcess[bytes]:
    """Run `filmcolor` with `data` on standard input, and temporary files in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "filmcolor", *map(str, arguments)],
        input=data,
        capture_output=True,
        env=os.environ | {"TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)},
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where temporary files go; nothing may be left there."""
    path = tmp_path / "temporary"
    path.mkdir()
    return path


@pytest.mark.parametrize("kind", list(SENT))
def test_through_pipes(tmp_path: Path, folder: Path, kind: str) -> None:
    film = make_clip(tmp_path / "film.mkv", frames=20, audio=None if kind == "y4m" else "flac")
    sent = tmp_path / f"sent.{kind}"
    ffmpeg("-i", film, *([] if kind == "y4m" else ["-c", "copy"]), *SENT[kind], sent)
    container = "nut" if kind == "nut" else "matroska"
    arguments = ["colorize", "-", "-o", "-", "--codec", "ffv1", "--container", container, *QUICK]
    done = through(sent.read_bytes(), *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    result = tmp_path / "result"
    result.write_bytes(done.stdout)
    with av.open(str(result)) as opened:
        assert opened.format.name.startswith(container)
        assert len(opened.streams.audio) == (0 if kind == "y4m" else 1)
    before, after = read_frames(film), read_frames(result)
    assert len(before) == len(after) == 20
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old.y, new.y)
    assert max(np.abs(f.u.astype(int) - 128).mean() for f in after if f.u is not None) > 2
    assert b"standard output: 20 frames" in done.stderr
    assert str(folder).encode() not in done.stderr
    assert list(folder.glob(".filmcolor*")) == list(folder.glob("*.mkv")) == []


def test_into_a_file(tmp_path: Path, folder: Path) -> None:
    film = make_clip(tmp_path / "film.mkv", frames=3).read_bytes()
    done = through(film, "colorize", "-", "-o", tmp_path / "r.mp4", *QUICK, folder=folder)
    assert done.returncode == 0, done.stderr
    assert len(read_frames(tmp_path / "r.mp4")) == 3
    for arguments in (["info", "-"], ["shots", "-"]):
        done = through(film, *arguments, folder=folder)
        assert done.returncode == 0, done.stderr
        assert str(folder).encode() not in done.stdout
    done = through(film, "preview", "-", "-o", tmp_path / "p.png", *QUICK, folder=folder)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.mkv", "p.png", "r.mp4", "temporary"]
    assert list(folder.glob(".filmcolor*")) == list(folder.glob("*.mkv")) == []


@pytest.mark.parametrize(
    ("data", "arguments", "code", "words"),
    [
        (b"", ["-o", "-"], 1, "standard input: nothing came"),
        (b"no film at all", ["-o", "-"], 1, "standard input: not a film"),
        (b"", [], 2, "needs an output"),
        (b"", ["-o", "-", "--json"], 2, "--json"),
        (b"", ["-o", "-", "--container", "avi"], 2, "'matroska', 'nut'"),
        (b"", ["-o", "r.mkv", "--container", "nut"], 2, "needs -o -"),
    ],
)
def test_what_goes_wrong(
    folder: Path, data: bytes, arguments: list[str], code: int, words: str
) -> None:
    done = through(data, "colorize", "-", *arguments, folder=folder)
    assert (done.returncode, done.stdout) == (code, b"")
    (line,) = done.stderr.decode().splitlines()
    assert words in line
    assert str(folder) not in line
    assert list(folder.glob(".filmcolor*")) == list(folder.glob("*.mkv")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_interrupted(tmp_path: Path, folder: Path) -> None:
    """Nothing is kept: what came through the pipe would be missing later."""
    film = make_clip(tmp_path / "film.mkv", frames=300, size=(160, 120))
    command = [sys.executable, "-m", "filmcolor", "colorize", "-", "-o", "r.mkv", *QUICK]
    process = subprocess.Popen(
        [*command, "--segment-seconds", "1", "--method", "frame"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
    )
    assert process.stdin is not None
    process.stdin.write(film.read_bytes())
    process.stdin.close()
    process.stdin = None
    while process.poll() is None and not list(folder.glob(".r.mkv*/segment-00000.mov")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.decode().splitlines()[-1] == "filmcolor: interrupted; nothing was written."
    assert list(folder.glob(".filmcolor*")) == list(folder.glob("*.mkv")) == []


@pytest.mark.parametrize("name", ["", "colorize", "batch", "models", "models fetch", "train"])
def test_short_help(command: Command, name: str) -> None:
    assert command(*name.split(), "-h").out == command(*name.split(), "--help").out != ""
