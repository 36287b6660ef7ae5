"""A pipe, a socket or a device in the place of a file is refused at once, whatever it is for."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")


@pytest.fixture(params=["pipe", "socket", "device"])
def special(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A special file and what it is."""
    path = tmp_path / "s.mp4"  # short: the name of a socket may have a hundred letters
    with socket.socket(socket.AF_UNIX) as opened:
        if request.param == "pipe":
            os.mkfifo(path)
        elif request.param == "socket":
            before = Path.cwd()
            os.chdir(tmp_path)
            opened.bind(path.name)
            os.chdir(before)
        else:
            path.symlink_to("/dev/zero")
        yield path, request.param


@pytest.mark.parametrize("name", ["colorize", "preview", "info", "shots", "evaluate", "batch"])
def test_as_a_film(
    program: Command, command: Command, special: tuple[Path, str], name: str
) -> None:
    path, kind = special
    run = program if kind == "pipe" else command  # a process that waits for a pipe cannot end
    options = ["--output-dir", path.parent / "out"] if name == "batch" else []
    done = run(name, path, *options)
    assert (done.code, done.out) == (1, "")
    assert done.error_line == f"filmcolor: {path}: is a {kind}, not a file; name a file."
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".png", ".plan.json", ".onnx", ".caffemodel"])
def test_as_something_else(program: Command, grey_clip: Path, suffix: str) -> None:
    path = grey_clip.with_name(f"p{suffix}")
    os.mkfifo(path)
    arguments = {
        ".png": ["colorize", path],
        ".plan.json": ["colorize", grey_clip, "--plan", path],
        ".onnx": ["colorize", grey_clip, "--model", path],
        ".caffemodel": ["models", "import", path],
    }[suffix]
    done = program(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.error_line == f"filmcolor: {path}: is a pipe, not a file; name a file."


def test_among_pictures(program: Command, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    os.mkfifo(folder / "1.png")
    done = program("colorize", folder)
    assert done.code == 1
    assert done.error_line == f"filmcolor: {folder / '1.png'}: is a pipe, not a file; name a file."


@pytest.mark.parametrize("name", ["colorize", "preview", "shots"])
def test_as_an_output(
    program: Command, command: Command, grey_clip: Path, special: tuple[Path, str], name: str
) -> None:
    path, kind = special
    run = program if kind == "pipe" else command
    output = path.with_suffix({"colorize": ".mp4", "preview": ".png", "shots": ".json"}[name])
    path.rename(output)
    done = run(name, grey_clip, "-o", output, "--overwrite")
    assert (done.code, done.out) == (1, "")
    assert done.error_line == f"filmcolor: {output}: is a {kind}, not a file; name a file."
    assert not output.is_file()
