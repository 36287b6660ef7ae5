"""Where nobody reads the output any more, as with `| head -1`, a command ends without complaint."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def _run(*arguments: object, closed: str) -> tuple[int, str]:
    """Run `filmcolor` with an output that is closed from the start; return code and the other."""
    reading, writing = os.pipe()
    os.close(reading)
    other = {"stdout": "stderr", "stderr": "stdout"}[closed]
    streams = {closed: writing, other: subprocess.PIPE}
    with subprocess.Popen(
        [sys.executable, "-m", "filmcolor", *map(str, arguments)],
        stdout=streams["stdout"],
        stderr=streams["stderr"],
        encoding="utf-8",
    ) as process:
        os.close(writing)
        output, errors = process.communicate(timeout=60)
    return process.returncode, (output if closed == "stderr" else errors) or ""


@pytest.mark.parametrize(
    "command",
    [
        ["info"],
        ["info", "--json"],
        ["shots", "--json"],
        ["shots"],
        ["evaluate", "--model", "small"],
    ],
)
def test_output_that_nobody_reads(grey_clip: Path, command: list[str]) -> None:
    name, *options = command
    code, errors = _run(name, grey_clip, *options, closed="stdout")
    lines = errors.splitlines()  # on a slow machine there is a line of progress too
    assert [x for x in lines if not x.startswith("note: ") and " frames/s, " not in x] == []
    assert code == 141


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["models", "list"]])
def test_texts_that_nobody_reads(arguments: list[str]) -> None:
    _, errors = _run(*arguments, closed="stdout")
    assert errors == ""


def test_a_run_goes_on_when_nobody_reads_how_far_it_is(grey_clip: Path, tmp_path: Path) -> None:
    output = tmp_path / "r.mp4"
    options = ["--model", "small", "--engine", "onnxruntime", "--json"]
    code, said = _run("colorize", grey_clip, "-o", output, *options, closed="stderr")
    assert code == 0
    assert '"frames": 12' in said
    assert output.exists()
