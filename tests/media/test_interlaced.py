"""Interlaced films keep every frame and its time."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

import filmcolor
from filmcolor.media.decode.probe import probe
from filmcolor.networks import Network
from tests.clips import frame_times, make_clip, read_luma

CLIPS = [("libx264", "film.mp4"), ("mpeg2video", "film.ts"), ("mpeg2video", "film.mkv")]


def comb(index: int) -> np.ndarray:
    """Two fields of different times: a bar that moves by 8 pixels from field to field."""
    picture = np.full((48, 64), 60, np.uint8)
    for field in (0, 1):
        left = (4 + 16 * index + 8 * field) % 56
        picture[field::2, left : left + 8] = 200
    return picture


def combing(picture: np.ndarray) -> float:
    """How much neighbouring rows differ compared with rows of the same field."""
    rows = picture.astype(float)
    return float(np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean())


@pytest.fixture(params=CLIPS, ids=[f"{codec}-{name}" for codec, name in CLIPS])
def film(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    codec, name = request.param
    source = make_clip(tmp_path / name, frames=10, codec=codec, interlaced=True, picture=comb)
    with av.open(str(source)) as container:
        assert all(frame.interlaced_frame for frame in container.decode(video=0))
    return source


@pytest.mark.parametrize("mode", ["auto", "on", "off"])
def test_frames_and_times_are_kept(film: Path, network: Network, mode: str) -> None:
    summary = filmcolor.colorize(film, film.with_name("r.mov"), network=network, deinterlace=mode)
    assert summary.frames == 10
    before, after = frame_times(film), frame_times(summary.output)
    assert [time - after[0] for time in after] == [time - before[0] for time in before]
    assert any("bwdif" in warning for warning in summary.warnings) == (mode != "off")


def test_off_keeps_the_luma(film: Path, network: Network) -> None:
    result = film.with_name("r.mkv")
    summary = filmcolor.colorize(film, result, network=network, deinterlace="off", codec="ffv1")
    for (_, old), (_, new) in zip(read_luma(film), read_luma(result), strict=True):
        np.testing.assert_array_equal(old, new)
    assert any("not marked" in warning for warning in summary.warnings)


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_fields_become_whole_frames(film: Path, network: Network, mode: str) -> None:
    result = film.with_name("r.mkv")
    filmcolor.colorize(film, result, network=network, deinterlace=mode, codec="ffv1")
    before = np.mean([combing(y) for _, y in read_luma(film)])
    after = np.mean([combing(y) for _, y in read_luma(result)])
    assert after < before / 4


def test_off_marks_the_result_as_interlaced(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "film.mp4", frames=3, interlaced=True, picture=comb)
    filmcolor.colorize(source, tmp_path / "r.mp4", network=network, deinterlace="off")
    with av.open(str(tmp_path / "r.mp4")) as container:
        assert all(frame.interlaced_frame for frame in container.decode(video=0))
    assert probe(tmp_path / "r.mp4").top_field_first


def test_films_that_are_not_interlaced_are_left_alone(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "film.mkv", frames=3, codec="ffv1", picture=comb)
    filmcolor.colorize(source, tmp_path / "auto.mkv", network=network, codec="ffv1")
    for (_, old), (_, new) in zip(read_luma(source), read_luma(tmp_path / "auto.mkv"), strict=True):
        np.testing.assert_array_equal(old, new)
    filmcolor.colorize(source, tmp_path / "on.mkv", network=network, codec="ffv1", deinterlace="on")
    on = read_luma(tmp_path / "on.mkv")
    assert len(on) == 3
    assert combing(on[1][1]) < combing(comb(1)) / 4


@pytest.mark.parametrize("size", [(320, 2), (4, 240), (16, 6)])
@pytest.mark.parametrize("mode", ["auto", "on"])
def test_pictures_too_small_for_fields(
    tmp_path: Path, network: Network, size: tuple[int, int], mode: str
) -> None:
    source = make_clip(
        tmp_path / "film.mkv",
        frames=3,
        size=size,
        pix_fmt="yuv420p",
        codec="ffv1",
        interlaced=True,
        picture=lambda index: np.full(size[::-1], 40 + 60 * index, np.uint8),
    )
    result = tmp_path / "r.mkv"
    filmcolor.colorize(source, result, network=network, codec="ffv1", deinterlace=mode)
    assert [int(luma.mean()) for _, luma in read_luma(result)] == [40, 100, 160]
