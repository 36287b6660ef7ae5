"""A disk that cannot be read ends a run with one clear line; what is done is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from filmcolor.jobs.work import work_place
from tests.clips import make_clip
from tests.failing_disk import can_fail
from tests.jobs.films import assert_same_film, hidden
from tests.jobs.processes import finished, run

pytestmark = pytest.mark.skipif(not can_fail(), reason="needs Linux, whose disks can be made fail")

FRAMES = 200
LINE = r"film{}: reading failed (Input/output error); check the disk, and whether the file may be"


def run_failing(moment: Path, *arguments: Any) -> tuple[int, list[str]]:
    """Run `filmcolor` with a disk that fails as soon as `moment` exists."""
    command = [sys.executable, "-m", "tests.failing_disk", str(moment), *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    code, said = finished(process)
    return code, said.splitlines()


@pytest.fixture(scope="module", params=[(".mkv", "ffv1"), (".ts", "mpeg2video")])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of several megabytes: more than is read ahead."""
    suffix, codec = request.param
    folder = tmp_path_factory.mktemp("film")
    return make_clip(folder / f"film{suffix}", frames=FRAMES, size=(192, 128), codec=codec)


def test_from_the_beginning(film: Path, tmp_path: Path, network_file: Path) -> None:
    for command in ("colorize", "shots"):
        code, lines = run_failing(film, command, film, "-o", tmp_path / "r.png")
        assert code == 1
        (line,) = lines
        assert LINE.format(film.suffix) in line
    assert list(tmp_path.iterdir()) == []


def test_on_the_way(film: Path, tmp_path: Path, network_file: Path) -> None:
    whole, output = tmp_path / "whole.mkv", tmp_path / "r.mkv"
    options = ["--model", network_file, "--engine", "onnxruntime", "--segment-seconds", "0.6"]
    options += ["--method", "smooth"]
    command = ["colorize", film, "-o", output, *options]
    code, lines = run_failing(work_place(output) / "segment-00000.mov", *command)
    assert code == 1
    (line,) = lines
    assert LINE.format(film.suffix) in line
    assert f"segments are done, and `filmcolor resume {output}` carries on." in line
    assert not output.exists()
    code, said = run(*command)
    assert code == 0, said
    assert f"{FRAMES} frames" in said
    assert "of them done before" in said
    code, said = run("colorize", film, "-o", whole, *options)
    assert code == 0, said
    assert_same_film(whole, output)
    assert hidden(tmp_path) == []


def test_while_it_is_looked_through(film: Path, tmp_path: Path, network_file: Path) -> None:
    """Nothing is worth keeping then."""
    output = tmp_path / "r.mkv"
    moment = work_place(output) / "manifest.json"
    code, lines = run_failing(moment, "colorize", film, "-o", output, "--model", network_file)
    assert code == 1
    (line,) = lines
    assert LINE.format(film.suffix) in line
    assert list(tmp_path.iterdir()) == []
