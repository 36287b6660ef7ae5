"""A token stops whatever goes on, also where nothing moves: while it waits for something."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

import filmcolor
from filmcolor import CancelledError, CancelToken, Network
from filmcolor.events import Done, Event, FilmBegun, FilmDone, FrameDone, Joining, Planned
from filmcolor.media.encode.ffmpeg import ffmpeg_path
from filmcolor.media.pictures.write import write_picture
from tests.clips import make_clip, read_frames
from tests.jobs.films import hidden

Call = Callable[..., object]
CALLS: dict[str, Call] = {
    "colorize": lambda film, **more: filmcolor.colorize(film, film.with_name("r.mkv"), **more),
    "picture": lambda film, **more: filmcolor.colorize(film.with_name("picture.png"), **more),
    "batch": lambda film, **more: filmcolor.batch(film, film.with_name("out"), **more),
    "sheet": lambda film, **more: filmcolor.preview(film, film.with_name("r.png"), **more),
    "clip": lambda film, **more: filmcolor.preview(film, film.with_name("r.mp4"), **more),
    "evaluate": filmcolor.evaluate,
}
LOAD = {"model": "lite", "engine": "onnxruntime"}
SOON = 15.0
"""Seconds within which a run has ended that was told to; nothing here would end by itself."""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A film of 12 frames, in colour, with a picture beside it."""
    write_picture(tmp_path / "picture.png", np.full((40, 60, 3), 90, np.uint8))
    return make_clip(tmp_path / "film.mkv", codec="ffv1")


@contextmanager
def cancelled_when(happened: threading.Event) -> Iterator[CancelToken]:
    """A token that is cancelled then; the block ends soon after that, cancelled."""
    token, at = CancelToken(), [0.0]

    def cancel() -> None:
        happened.wait(60)
        at[0] = time.monotonic()
        token.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(CancelledError):
        yield token
    assert time.monotonic() - at[0] < SOON
    thread.join()


def in_half_a_second() -> threading.Event:
    event = threading.Event()
    threading.Timer(0.5, event.set).start()
    return event


@pytest.fixture
def endless_loading(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """ONNX Runtime does not come back from loading a network, before the test is over."""
    begun, end = threading.Event(), threading.Event()

    def load(*_: object, **__: object) -> None:
        begun.set()
        end.wait(60)
        raise RuntimeError("too late")

    monkeypatch.setattr("onnxruntime.InferenceSession", load)
    yield begun
    end.set()


@pytest.mark.parametrize("name", CALLS)
def test_while_the_network_loads(own: Path, endless_loading: threading.Event, name: str) -> None:
    with cancelled_when(endless_loading) as token:
        CALLS[name](own, cancel=token, **LOAD)
    assert not list(own.parent.glob("r.*"))
    assert not hidden(own.parent)


def test_before_it_begins(own: Path, network: Network) -> None:
    token = CancelToken()
    token.cancel()
    for call in CALLS.values():
        with pytest.raises(CancelledError):
            call(own, cancel=token, network=network)
    with pytest.raises(CancelledError):
        filmcolor.find_shots(own, cancel=token)


@pytest.mark.skipif(sys.platform == "win32", reason="a program in a shell's language")
def test_while_the_streams_are_put_together(
    own: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an ffmpeg that never ends, from the moment on when all frames are coloured."""
    slow, running = own.with_name("slow"), own.with_name("running")
    program = own.with_name("ffmpeg")
    program.write_text(
        f'#!/bin/sh\nif [ -e "{slow}" ]; then echo $$ > "{running}"; exec sleep 60; fi\n'
        f'exec "{ffmpeg_path()}" "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    ffmpeg_path.cache_clear()
    output = own.with_name("r.mkv")
    try:
        begun = threading.Event()

        def tell_when_running() -> None:
            while not (running.exists() and running.read_text().endswith("\n")):
                time.sleep(0.05)
            begun.set()

        def listen(event: Event) -> None:
            if isinstance(event, Joining):
                slow.touch()
                threading.Thread(target=tell_when_running, daemon=True).start()

        with cancelled_when(begun) as token:
            filmcolor.colorize(own, output, network=network, listeners=[listen], cancel=token)
        with pytest.raises(ProcessLookupError):
            os.kill(int(running.read_text()), 0)
        assert not output.exists()
        slow.unlink()
        assert filmcolor.colorize(own, output, network=network).frames_before == 12
    finally:
        ffmpeg_path.cache_clear()
    assert len(read_frames(output)) == 12


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
@pytest.mark.parametrize("name", ["colorize", "picture", "sheet", "clip", "evaluate", "find_shots"])
def test_while_the_disk_hangs(
    own: Path, network: Network, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Patience is for five minutes here."""
    monkeypatch.setattr("filmcolor.system.special_files.special_kind", lambda path: None)
    path = own.with_name("picture.png") if name == "picture" else own
    path.unlink()
    os.mkfifo(path)
    try:
        with cancelled_when(in_half_a_second()) as token:
            if name == "find_shots":
                filmcolor.find_shots(own, cancel=token)
            else:
                CALLS[name](own, cancel=token, network=network)
    finally:
        with suppress(OSError):  # lets go of whoever waits
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


@pytest.mark.parametrize("name", ["sheet", "clip", "evaluate", "find_shots", "picture"])
def test_while_it_works(own: Path, network: Network, name: str) -> None:
    """Told by a listener, from the first frame on."""
    seen: list[Event] = []
    token = CancelToken()

    def listen(event: Event) -> None:
        seen.append(event)
        token.cancel()

    with pytest.raises(CancelledError):
        if name == "find_shots":
            filmcolor.find_shots(own, own.with_name("r.json"), listeners=[listen], cancel=token)
        else:
            CALLS[name](own, network=network, listeners=[listen], cancel=token)
    assert len(seen) == 1
    assert not list(own.parent.glob("r.*"))
    assert not hidden(own.parent)


def test_a_token_holds_for_its_own_run_alone(own: Path, network: Network) -> None:
    token = CancelToken()
    filmcolor.find_shots(own, cancel=token)
    token.cancel()
    assert len(filmcolor.find_shots(own).shots) == 1
    others = [CancelToken(), token]
    ended: list[BaseException | None] = [None, None]

    def run(number: int) -> None:
        try:
            output = own.with_name(f"{number}.mkv")
            filmcolor.colorize(own, output, network=network, cancel=others[number])
        except CancelledError as error:
            ended[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended[0] is None
    assert isinstance(ended[1], CancelledError)


def test_what_else_is_told(own: Path, network: Network) -> None:
    def told(name: str) -> list[Event]:
        seen: list[Event] = []
        CALLS[name](own, network=network, listeners=[seen.append])
        return seen

    (page, done) = told("picture")
    assert page == FrameDone(1, 1)
    assert isinstance(done, Done)
    assert done.summary.output == own.with_name("picture.color.png")
    sheet = told("sheet")
    assert [event.done for event in sheet if isinstance(event, FrameDone)] == [
        *range(1, 13),
        *range(1, 13),
        *range(1, 7),
    ]
    assert isinstance(sheet[-1], Done)
    assert [type(event) for event in told("clip") if not isinstance(event, FrameDone)][:1] == [
        Planned
    ]
    shots: list[Event] = []
    filmcolor.find_shots(own, own.with_name("s.png"), listeners=[shots.append])
    assert shots == [
        *(FrameDone(n, 12, "plan") for n in range(1, 13)),
        FrameDone(1, 1, "keyframes"),
        FrameDone(1, 1, "plan"),
    ]
    evaluated = told("evaluate")
    assert evaluated[0] == FilmBegun(own, 1, 1)
    assert evaluated[-1] == FilmDone(own)
