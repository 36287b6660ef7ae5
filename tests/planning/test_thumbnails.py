"""Thumbnails: every frame, at its time, small."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from filmcolor.color.shrink import shrink
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource
from filmcolor.media.stills import find_stills, numbered_stills
from filmcolor.planning.thumbnails import LONG_SIDE, thumbnail_size, thumbnails
from tests.clips import make_clip


def assert_same_frames(source: Any, part: FrameRange = WHOLE_FILM) -> list[np.ndarray]:
    """The thumbnails, when there is one of each frame at the same time."""
    small = list(thumbnails(source, part))
    large = list(source.frames(part))
    for one, other in zip(small, large, strict=True):
        assert (one.index, one.pts, one.duration, one.time) == (
            other.index,
            other.pts,
            other.duration,
            other.time,
        )
        assert one.luma.dtype == np.uint8
        assert one.luma.shape == thumbnail_size(source.info.height, source.info.width)
    return [thumbnail.luma for thumbnail in small]


def reader(path: Path) -> FilmReader:
    return FilmReader(probe(path))


gaps = st.lists(st.integers(1, 400), min_size=1, max_size=24)


@settings(deadline=None, max_examples=15)
@given(
    gaps=gaps,
    codec=st.sampled_from(["libx264", "mpeg4", "ffv1"]),
    bounds=st.tuples(st.none() | st.integers(0, 3000), st.none() | st.integers(0, 3000)),
)
def test_times_are_those_of_the_frames(
    gaps: list[int], codec: str, bounds: tuple[int | None, int | None]
) -> None:
    pts = [sum(gaps[:index]) for index in range(len(gaps))]
    start, end = (None if at is None else Fraction(at, 1000) for at in bounds)
    with tempfile.TemporaryDirectory() as folder:
        film = make_clip(
            Path(folder) / "film.mkv",
            pts=pts,
            time_base=Fraction(1, 1000),
            codec=codec,
            options={"g": "6", "bf": "2"} if codec == "mpeg4" else None,
        )
        assert_same_frames(reader(film), FrameRange(start, end))


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix"),
    [
        ("libx264", "yuv420p", ".mp4"),
        ("libx265", "yuv420p10le", ".mkv"),
        ("mpeg2video", "yuv420p", ".ts"),
        ("ffv1", "gray", ".mkv"),
        ("ffv1", "gray16le", ".mkv"),
        ("ffv1", "yuv422p12le", ".mkv"),
        ("png", "rgb24", ".mov"),
    ],
)
def test_formats(tmp_path: Path, codec: str, pix_fmt: str, suffix: str) -> None:
    film = reader(
        make_clip(
            tmp_path / f"film{suffix}", codec=codec, pix_fmt=pix_fmt, size=(256, 192), frames=8
        )
    )
    shift = film.info.encoding.depth - 8
    for small, frame in zip(assert_same_frames(film), film.frames(), strict=True):
        expected = cv2.resize(frame.luma >> shift, small.shape[::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - expected).mean() < 1.5


def test_interlaced_films(tmp_path: Path) -> None:
    film = reader(make_clip(tmp_path / "fields.mkv", interlaced=True, size=(64, 64), frames=20))
    assert film.info.interlaced
    assert_same_frames(film)


def test_a_damaged_film(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", frames=60, options={"g": "10"})
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    film.write_bytes(data)
    assert_same_frames(reader(film))


def test_stills(tmp_path: Path) -> None:
    for number in range(4):
        pixels = np.full((120, 200), 40 * number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    source = numbered_stills(tmp_path, find_stills(tmp_path) or [], Fraction(12))
    pictures = assert_same_frames(source, FrameRange(Fraction(1, 12), None))
    assert [int(picture.mean()) for picture in pictures] == [40, 80, 120]


def test_wrapped_sources(grey_clip: Path) -> None:
    class Mirrored(FrameSource):
        def __init__(self, film: FilmReader) -> None:
            self.info = film.info
            self._film = film

        def frames(self, part: FrameRange = WHOLE_FILM) -> Any:
            for frame in self._film.frames(part):
                mirrored: Frame = frame
                mirrored.luma = frame.luma[:, ::-1]
                yield mirrored

        def reopen(self) -> FrameSource:
            return Mirrored(self._film.reopen())

    film = reader(grey_clip)
    plain, mirrored = assert_same_frames(film), assert_same_frames(Mirrored(film))
    for one, other in zip(plain, mirrored, strict=True):
        assert np.abs(one.astype(int) - other[:, ::-1]).mean() < 3


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((480, 640), (72, 96)),
        ((640, 480), (96, 72)),
        ((1080, 1920), (54, 96)),
        ((48, 64), (48, 64)),
        ((97, 95), (96, 94)),
        ((2, 4000), (1, 96)),
        ((1, 1), (1, 1)),
    ],
)
def test_sizes(size: tuple[int, int], small: tuple[int, int]) -> None:
    assert thumbnail_size(*size) == small
    assert max(small) <= LONG_SIDE
    luma = np.full(size, 77, np.uint8)
    assert (shrink(luma, 8, *small) == 77).all()


def test_shrinking_is_averaging() -> None:
    random = np.random.default_rng(0)
    luma = random.integers(0, 1024, (72 * 8, 96 * 8)).astype(np.uint16)
    expected = luma.reshape(72, 8, 96, 8).mean(axis=(1, 3)) / 4
    assert np.abs(shrink(luma, 10, 72, 96) - expected).max() < 2


def test_a_thumbnail_does_not_share_the_memory_of_the_frame() -> None:
    luma = np.zeros((20, 30), np.uint8)
    small = shrink(luma, 8, 20, 30)
    luma[:] = 200
    assert (small == 0).all()
