"""Several processes on one film: the same result as one."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

import filmcolor
from filmcolor.errors import FilmcolorError, UsageError
from filmcolor.jobs.work import work_place
from filmcolor.networks import Network
from filmcolor.summary import Progress
from tests.jobs.films import SHOTS, assert_same_film, hidden, shots_film
from tests.jobs.processes import finished, run, segments_done, start, wait_for

_OPTIONS = {"codec": "x264", "segment_seconds": 0.6}


@pytest.fixture(scope="module")
def one(film: Path, tmp_path_factory: pytest.TempPathFactory, network: Network) -> Path:
    """The film in colour, as one process makes it."""
    output = tmp_path_factory.mktemp("one") / "one.mp4"
    filmcolor.colorize(film, output, network=network, **_OPTIONS)
    return output


def test_workers_give_the_same_film(
    film: Path, one: Path, tmp_path: Path, network: Network
) -> None:
    three = tmp_path / "three.mp4"
    seen: list[Progress] = []
    summary = filmcolor.colorize(
        film, three, network=network, workers=3, progress=seen.append, **_OPTIONS
    )
    assert [state.done for state in seen if state.phase == "color"] == [*range(1, sum(SHOTS) + 1)]
    assert summary.network_passes > 0
    assert summary.profile is not None
    assert summary.profile.stage_seconds["network"] > 0
    assert_same_film(one, three)
    assert hidden(tmp_path) == []


def test_interrupted_workers_carry_on(
    film: Path, one: Path, tmp_path: Path, network: Network
) -> None:
    """Also with another number of them."""
    broken = tmp_path / "broken.mp4"

    def progress(state: Progress) -> None:
        if state.phase == "color" and state.done == 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(film, broken, network=network, workers=2, progress=progress, **_OPTIONS)
    summary = filmcolor.colorize(film, broken, network=network, **_OPTIONS)
    assert summary.frames_before > 0
    assert_same_film(one, broken)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to find the processes")
@pytest.mark.parametrize("whom", ["worker", "parent"])
def test_a_killed_process(tmp_path: Path, network_file: Path, whom: str) -> None:
    film = shots_film(tmp_path / "film.mkv", (60,) * 4)
    output = tmp_path / "r.mkv"
    command = ["colorize", film, "-o", output, "--model", network_file, "--engine", "onnxruntime"]
    command += ["--segment-seconds", "0.6"]
    process = start(*command, "--workers", "2")

    def workers() -> list[int]:
        return [child for child in _children(process.pid) if b"spawn_main" in _command(child)]

    wait_for(lambda: len(workers()) == 2, process, "its workers")
    done = segments_done(work_place(output))
    wait_for(lambda: done(3), process, "segments that are done")
    found = workers()
    os.kill(found[0] if whom == "worker" else process.pid, signal.SIGKILL)
    code, said = finished(process)
    if whom == "worker":
        assert code == 1
        (line,) = said.splitlines()
        assert "a worker process was killed (exit code -9), most likely because memory" in line
        assert f"`filmcolor resume {output}` carries on." in line
    until = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in found):
        assert time.monotonic() < until, "a worker outlives its parent"
        time.sleep(0.05)
    assert work_place(output).is_dir()
    code, said = run(*command)
    assert code == 0, said
    assert re.search(r"\b[1-9]\d* of them done before", said)
    assert hidden(tmp_path) == []


def _children(process: int) -> list[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_failure_in_a_worker(film: Path, tmp_path: Path, network: Network) -> None:
    """It is said as if there were no workers."""
    if sys.platform == "win32":
        pytest.skip("files in use cannot be removed there")
    own = tmp_path / "film.mkv"
    own.write_bytes(film.read_bytes())

    def progress(state: Progress) -> None:
        if state.phase == "plan" and state.done == sum(SHOTS):
            own.write_bytes(film.read_bytes()[:2000])

    with pytest.raises(FilmcolorError, match=r"film\.mkv"):
        filmcolor.colorize(
            own, tmp_path / "r.mkv", network=network, workers=2, progress=progress, **_OPTIONS
        )


def test_workers_must_be_some(film: Path) -> None:
    with pytest.raises(UsageError, match="`workers`"):
        filmcolor.colorize(film, workers=0)
