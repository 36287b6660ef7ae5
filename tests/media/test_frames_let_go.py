"""Frames leave memory as soon as nobody needs them, whatever was looked for in them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.decode.side_data import frame_side_data
from tests.clips import make_clip

_AT_ONCE = 20
"""Frames that a reader and its decoder may hold; the film has many more."""


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def frames_alive() -> int:
    # Not `isinstance`, which asks each object for its class: some of other packages import then.
    return sum(issubclass(type(found), av.VideoFrame) for found in gc.get_objects())


@pytest.mark.usefixtures("no_garbage_collection")
def test_of_a_film(tmp_path: Path) -> None:
    info = probe(make_clip(tmp_path / "film.mp4", frames=150))
    before = frames_alive()
    most = 0
    for frame in FilmReader(info).frames():
        if frame.index % 25 == 24:
            most = max(most, frames_alive() - before)
    assert 0 < most <= _AT_ONCE


@pytest.mark.usefixtures("no_garbage_collection")
def test_that_was_asked_for_side_data(tmp_path: Path) -> None:
    with av.open(str(make_clip(tmp_path / "film.mp4", frames=2))) as container:
        frames = list(container.decode(video=0))
    before = frames_alive()
    assert before >= 2
    assert frame_side_data(frames.pop(), "DISPLAYMATRIX") is None
    assert frames_alive() == before - 1
