"""The first frame of each shot known, the rest coloured."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from filmcolor.errors import InputError, UsageError
from filmcolor.evaluation.evaluate import make_part
from filmcolor.evaluation.film_drift import own_colors
from filmcolor.evaluation.first_frame import (
    FirstFrameFilm,
    color_from_first_frames,
    evaluate_first_frame,
)
from filmcolor.evaluation.given_shot import GivenShot, ShotColoring, clear_parts
from filmcolor.evaluation.inputs import Film
from filmcolor.evaluation.pictures import psnr
from filmcolor.evaluation.shot_colorings import chain, fine_chain, grey, held
from filmcolor.evaluation.truth import ColorReader
from filmcolor.evaluation.wrapped_psnr import wrapped_psnr
from filmcolor.media.decode.probe import probe
from filmcolor.networks import Network
from filmcolor.planning.planner import plan_film
from filmcolor.settings import make_settings
from tests.cli.conftest import Command
from tests.clips import make_frame
from tests.evaluation.test_optical_flow import texture

SIZE = (96, 128)


def write(path: Path, frames: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Path:
    """Write a lossless film of Y', U and V, all at full size."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        height, width = frames[0][0].shape
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv444p"
        for index, (luma, u, v) in enumerate(frames):
            frame = make_frame(luma, "yuv444p")
            for plane, values in zip(frame.planes[1:], (u, v), strict=True):
                rows = np.frombuffer(memoryview(plane), np.uint8).reshape(height, -1)
                rows[:, :width] = values
            frame.pts = index
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def pan(count: int, step: int, flip: bool = False) -> list[tuple[np.ndarray, ...]]:
    """A picture that goes by, its colours with it."""
    luma = texture((96, 128 + 60)) // 3 + 90
    u = cv2.GaussianBlur(texture(luma.shape)[::-1], (0, 0), 4) // 4 + 100
    v = cv2.GaussianBlur(texture(luma.shape)[:, ::-1], (0, 0), 4) // 4 + 100
    planes = [plane[::-1, ::-1].copy() if flip else plane for plane in (luma, u, v)]
    if flip:
        planes[0] = 255 - planes[0]
    return [tuple(p[:, step * n : step * n + 128] for p in planes) for n in range(count)]


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("first") / "moving.mkv", pan(20, 2))


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("first") / "still.mkv", pan(8, 0))


def knowing(path: Path) -> ShotColoring:
    """Colours a film with its own colours."""

    def colors(shot: GivenShot) -> Generator[np.ndarray]:
        yield from own_colors(ColorReader(probe(path)), shot.part)

    return colors


def measured(path: Path, **ways: ShotColoring) -> FirstFrameFilm:
    part = make_part(None, None, None)
    return color_from_first_frames(Film(path), ways, make_settings(), part)


def test_wrapped_psnr_is_what_the_published_script_gets() -> None:
    one = np.array([[[10, 100, 250], [0, 3, 9]]], np.uint8)
    other = np.array([[[26, 90, 251], [0, 4, 9]]], np.uint8)
    # Differences -16, 10, -1, 0, -1, 0: squares 256 -> 0, 100, 1, 0, 1, 0.
    assert wrapped_psnr(one, other) == pytest.approx(10 * np.log10(255**2 / (102 / 6)))
    assert psnr(one, other) == pytest.approx(10 * np.log10(255**2 / (358 / 6)))
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 256, (2, 20, 30, 3), dtype=np.uint8)
    theirs = 20.0 * np.log10(255.0 / np.sqrt(((a - b) ** 2).mean()))
    assert wrapped_psnr(a, b) == pytest.approx(theirs)
    assert wrapped_psnr(a, b) > 24 > psnr(a, b)
    assert wrapped_psnr(a, a) == psnr(a, a) == 60


def test_true_colors_are_found_true(moving: Path) -> None:
    found = measured(moving, knowing=knowing(moving), grey=grey)
    assert (found.frames, found.shots, found.width, found.height) == (19, 1, 128, 96)
    right, none = found.ways["knowing"], found.ways["grey"]
    assert right["psnr"] > 45 > 35 > none["psnr"]  # type: ignore[operator]
    assert right["ciede2000"] < 0.5 < 4 < none["ciede2000"]  # type: ignore[operator]
    assert right["cdc"] == pytest.approx(found.cdc_truth, rel=0.2)
    assert none["psnr_wrapped"] > none["psnr"]  # type: ignore[operator]


def test_what_is_held_is_right_where_nothing_moves(still: Path) -> None:
    found = measured(still, held=held, chain=chain, fine=fine_chain, grey=grey)
    for way in ("held", "chain", "fine"):
        assert found.ways[way]["psnr"] > 45  # type: ignore[operator]
    assert found.ways["grey"]["psnr"] < 35  # type: ignore[operator]
    assert found.ways["held"]["cdc"] == pytest.approx(0, abs=1e-6)
    assert found.cdc_truth == 0


def test_chains_follow_what_moves(moving: Path) -> None:
    ways = measured(moving, held=held, chain=chain, fine=fine_chain).ways
    assert ways["chain"]["psnr"] > ways["held"]["psnr"] + 1  # type: ignore[operator]
    assert ways["fine"]["psnr"] > ways["held"]["psnr"] + 2  # type: ignore[operator]


def test_each_shot_has_its_first_frame(tmp_path: Path) -> None:
    film = write(tmp_path / "two.mkv", [*pan(14, 0), *pan(14, 0, flip=True)])
    source = ColorReader(probe(film))
    parts = list(clear_parts(source, plan_film(source)))
    assert [part.frames for part in parts] == [14, 14]
    for first, part in zip((0, 14), parts, strict=True):
        with closing(source.frames(part.part)) as frames:
            times = [frame.time * 25 for frame in frames]
        assert times == list(range(first, first + 14))
    found = measured(film, held=held)
    assert (found.shots, found.frames) == (2, 26)
    assert found.ways["held"]["psnr"] > 45  # type: ignore[operator]


def test_a_way_that_yields_too_few_frames_is_told(still: Path) -> None:
    def short(shot: GivenShot) -> Generator[np.ndarray]:
        yield shot.ab

    with pytest.raises(ValueError, match="zip"):
        measured(still, short=short)


def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    def peak(frames: int) -> int:
        film = write(tmp_path / f"{frames}.mkv", pan(frames, 0))
        tracemalloc.start()
        measured(film, chain=chain, fine=fine_chain)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(4)  # tables that are made once
    one_frame = 96 * 128 * 3 * 4
    assert peak(60) < peak(20) + 8 * one_frame


def test_command(
    command: Command,
    moving: Path,
    still: Path,
    photo_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    arguments = ("--protocol", "first-frame", "--model", "small", "--frames", "6")
    done = command("evaluate", moving, still, *arguments, "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    ways = ["grey", "held", "network", "chain", "fine chain", "carried"]
    assert [list(film["ways"]) for film in report["films"]] == [ways, ways]
    assert set(ways) <= set(report["definitions"])
    assert {"psnr", "psnr_wrapped", "ciede2000", "cdc"} <= set(report["definitions"])
    assert "WRONG" in report["definitions"]["psnr_wrapped"]
    one, other = (film["ways"]["held"]["psnr"] for film in report["films"])
    assert report["mean"]["held"]["psnr"] == pytest.approx((one + other) / 2, rel=1e-4)
    assert [film["frames"] for film in report["films"]] == [5, 5]
    table = command("evaluate", moving, still, *arguments)
    assert "wrong formula" in table.out
    assert table.out.count("fine chain") == 3
    photos = command("evaluate", photo_folder, "--protocol", "first-frame")
    assert photos.code == 2
    assert "photos" in photos.error_line


def test_from_python(moving: Path, network: Network, tmp_path: Path) -> None:
    found = evaluate_first_frame(moving, network=network, frames=4)
    assert found.network == "small"
    assert found.mean == found.films[0].ways
    assert found.films[0].ways["network"]["psnr"] != found.films[0].ways["grey"]["psnr"]
    with pytest.raises(UsageError):
        evaluate_first_frame(moving, network=network, frames=0)
    with pytest.raises(InputError, match="two frames"):
        evaluate_first_frame(moving, network=network, frames=1)
