"""Whatever reads a film is given up when nothing comes of it for too long."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import filmcolor
from filmcolor.errors import FilmcolorError, InputError, OutputError
from filmcolor.jobs.manifest import content_of
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.encode.containers import MATROSKA
from filmcolor.media.encode.mux import MuxTask, mux
from filmcolor.media.encode.mux_plan import MuxPlan, Treatment
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.film import FilmInfo
from filmcolor.media.positions import frame_times
from filmcolor.media.source import WHOLE_FILM
from filmcolor.networks import Network
from filmcolor.planning.plan_file import identify
from tests.streams import add_streams

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A pipe into which nobody writes: whoever opens it waits, to all appearances for ever.

    It stands for a disk that hangs, so it passes for a file here.
    """
    monkeypatch.setenv("FILMCOLOR_PATIENCE", "1")
    monkeypatch.setattr("filmcolor.system.special_files.special_kind", lambda path: None)
    path = tmp_path / "pipe.png"
    os.mkfifo(path)

    def let_go() -> None:
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))

    timer = threading.Timer(15, let_go)  # so that the test fails, instead of waiting, too
    timer.start()
    yield path
    timer.cancel()
    let_go()


@pytest.fixture(scope="module")
def info(sound_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> FilmInfo:
    """The facts about a film with a cover picture."""
    return probe(add_streams(sound_clip, tmp_path_factory.mktemp("cover") / "film.mkv", cover=True))


@pytest.mark.parametrize(
    "read",
    [
        lambda info: probe(info.path),
        lambda info: list(FilmReader(info).frames()),
        lambda info: FilmReader(info).frame_at(Fraction(0)),
        lambda info: frame_times(info, 3),
        identify,
        lambda info: content_of(info.path),
    ],
    ids=["probe", "frames", "frame_at", "frame_times", "identify", "content_of"],
)
def test_reading(pipe: Path, info: FilmInfo, read: Callable[[FilmInfo], object]) -> None:
    with pytest.raises(InputError, match=r"pipe\.png: nothing has come from it for 1 s"):
        read(replace(info, path=pipe))


@pytest.mark.parametrize("folder", [False, True])
def test_pictures(pipe: Path, network: Network, folder: bool) -> None:
    """One, or a folder of them."""
    with pytest.raises(InputError, match=r"pipe\.png: nothing has come from it for 1 s"):
        filmcolor.colorize(pipe.parent if folder else pipe, network=network)


@pytest.mark.parametrize(
    ("with_cover", "error", "words"),
    [
        (True, InputError, r"pipe\.png: nothing has come from it for 1 s, in its cover"),
        (False, OutputError, r"r\.mkv: could not be put together: nothing was written for 1 s"),
    ],
)
def test_putting_together(
    pipe: Path,
    info: FilmInfo,
    tmp_path: Path,
    with_cover: bool,
    error: type[FilmcolorError],
    words: str,
) -> None:
    wanted = [s for s in info.other_streams if with_cover or not s.is_cover]
    streams = MuxPlan(tuple(map(Treatment, wanted)), (), shift=Fraction(0))
    output = tmp_path / "r.mkv"
    film = replace(info, path=pipe)
    task = MuxTask(info.path, film, MATROSKA, streams, WHOLE_FILM, 0, output)
    with pytest.raises(error, match=words):
        mux(task)


def test_what_moves_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes in all: patience is for silence."""
    monkeypatch.setenv("FILMCOLOR_PATIENCE", "1")
    done: list[int] = []

    def work() -> str:
        for piece in range(12):
            time.sleep(0.2)
            done.append(piece)
        return "whole"

    assert watched_reading(Path("film.mkv"), work, moves=lambda: len(done)) == "whole"
    with pytest.raises(InputError, match=r"film\.mkv: nothing .* for 1 s, at the end; .* damaged"):
        watched_reading(Path("film.mkv"), work, "at the end")
