"""A run may be killed at any moment, as often as anyone likes."""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import filmcolor
from filmcolor.jobs.work import work_place
from filmcolor.networks import Network
from tests.jobs.films import assert_same_film, film_with_streams, hidden
from tests.jobs.processes import finished, run, start, wait_for

_KILLS = 5
"""`benchmarks.endurance.soak` kills more often."""
_SHOTS = (40, 70, 45, 30, 35)


def test_many_kills(tmp_path: Path, network_file: Path) -> None:
    """Wherever they hit: looking for shots, colouring, joining, or the very end."""
    film = film_with_streams(tmp_path, _SHOTS)
    whole, broken = tmp_path / "whole.mkv", tmp_path / "broken.mkv"
    options = ["--model", network_file, "--engine", "onnxruntime", "--segment-seconds", "1"]

    process = start("colorize", film, "-o", whole, *options)
    wait_for(work_place(whole).exists, process, "a work folder")
    began = time.monotonic()
    code, said = finished(process)
    assert code == 0, said
    worked = time.monotonic() - began
    chance = random.Random(1)
    kills = []
    for _ in range(_KILLS):
        process = start("colorize", film, "-o", broken, *options)
        wait_for(_something_new(work_place(broken)), process, "work")
        try:
            process.wait(chance.uniform(0, worked / 5))
        except subprocess.TimeoutExpired:
            process.kill()
            kills.append(sum(1 for _ in work_place(broken).glob("segment-*.mov")))
        code, said = finished(process)
        if broken.exists():
            break
        assert code != 0
    told = said
    if not broken.exists() or hidden(tmp_path):  # the last kill may have hit the cleaning up
        code, told = run("colorize", film, "-o", broken, *options)
        assert code == 0, told
    assert not told or re.search(r"\b[1-9]\d* of them done before", told)
    assert len(kills) > 2, kills
    assert max(kills) > 0
    assert_same_film(whole, broken)
    assert hidden(tmp_path) == []


def _something_new(folder: Path) -> Callable[[], bool]:
    """A function that tells whether something has been written in `folder` since now."""
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*")}

    def written() -> bool:
        with suppress(OSError):
            return any(before.get(path) != path.stat().st_mtime_ns for path in folder.glob("*"))
        return False

    return written


@pytest.fixture(scope="module")
def whole(film: Path, tmp_path_factory: pytest.TempPathFactory, network: Network) -> Path:
    """The film in colour, of a run that nobody kills."""
    output = tmp_path_factory.mktemp("whole") / "whole.mkv"
    filmcolor.colorize(film, output, network=network, segment_seconds=0.6)
    return output


@pytest.mark.parametrize("joined", ["video.mov", "finished.mkv"])
def test_killed_while_joining(
    tmp_path: Path, film: Path, whole: Path, network_file: Path, joined: str
) -> None:
    broken = tmp_path / "broken.mkv"
    options = ["--model", network_file, "--engine", "onnxruntime", "--segment-seconds", "0.6"]
    process = start("colorize", film, "-o", broken, *options)
    wait_for((work_place(broken) / joined).exists, process, joined)
    process.kill()
    code, _ = finished(process)
    code, said = run("colorize", film, "-o", broken, *options)
    assert code == 0, said
    assert "140 of them done before" in said
    assert_same_film(whole, broken)
    assert hidden(tmp_path) == []
