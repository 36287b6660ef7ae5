"""Animated pictures are films."""

from __future__ import annotations

import builtins
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, features

import filmcolor
from filmcolor import InputError, Network
from filmcolor.media.decode.in_color import is_in_color
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.settings import make_settings
from tests.clips import ffmpeg, frame_times, moving_pattern, read_luma

DURATIONS = [80, 120, 50, 100, 40, 40]
FORMATS = {
    "a.png": {},
    "a.webp": {"lossless": True},
    "a.avif": {"quality": 100, "subsampling": "4:4:4"},
}

needs_avif = pytest.mark.skipif(not features.check("avif"), reason="Pillow has no AVIF here")
formats = pytest.mark.parametrize(
    "name", ["a.png", "a.webp", pytest.param("a.avif", marks=needs_avif)]
)


def frames_of(count: int) -> list[np.ndarray]:
    pattern = moving_pattern((48, 32), full=True)
    return [pattern(index) for index in range(count)]


def animate(path: Path, frames: list[np.ndarray], durations: list[float], **options: Any) -> Path:
    images = [Image.fromarray(frame).convert("RGB") for frame in frames]
    more = {**FORMATS.get(path.name, {}), **options}
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, **more)
    return path


@formats
def test_frames_and_times(tmp_path: Path, network: Network, name: str) -> None:
    frames = frames_of(6)
    source = animate(tmp_path / name, frames, DURATIONS)
    assert not is_picture(source)
    result = tmp_path / "r.mov"
    summary = filmcolor.colorize(source, result, network=network)
    assert summary.frames == 6
    assert summary.duration == pytest.approx(0.43)
    wanted = [Fraction(sum(DURATIONS[:n]), 1000) for n in range(6)]
    assert frame_times(result) == wanted
    lossless = tmp_path / "r.mkv"
    filmcolor.colorize(source, lossless, network=network, codec="ffv1")
    for (_, luma), frame in zip(read_luma(lossless), frames, strict=True):
        assert np.abs(luma.astype(int) - frame).mean() < 1.5


def test_default_output_is_a_film(tmp_path: Path, network: Network) -> None:
    source = animate(tmp_path / "a.png", frames_of(3), [40] * 3)
    assert filmcolor.colorize(source, network=network).output == tmp_path / "a.color.mp4"


@formats
def test_a_part_of_it(tmp_path: Path, network: Network, name: str) -> None:
    frames = frames_of(6)
    source = animate(tmp_path / name, frames, DURATIONS)
    result = tmp_path / "r.mkv"
    filmcolor.colorize(source, result, network=network, codec="ffv1", start="2f", end=0.38)
    found = read_luma(result)
    assert len(found) == 3
    for (_, luma), frame in zip(found, frames[2:5], strict=True):
        assert np.abs(luma.astype(int) - frame).mean() < 1.5


def test_frame_rates_that_are_no_milliseconds(tmp_path: Path, network: Network) -> None:
    source = tmp_path / "a.png"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=48x32:r=30", "-frames:v", 31, "-f", "apng", source)
    filmcolor.colorize(source, tmp_path / "r.mov", network=network)
    assert frame_times(tmp_path / "r.mov") == [Fraction(n, 30) for n in range(31)]


def test_frames_without_a_time_are_shown_as_browsers_do(tmp_path: Path, network: Network) -> None:
    source = animate(tmp_path / "a.webp", frames_of(3), [0, 0, 0])
    assert filmcolor.colorize(source, tmp_path / "r.mov", network=network).duration == 0.3


def test_the_picture_before_the_animation_is_not_shown(tmp_path: Path, network: Network) -> None:
    still, *frames = frames_of(4)
    source = animate(tmp_path / "a.png", [still, *frames], [40] * 3, default_image=True)
    filmcolor.colorize(source, tmp_path / "r.mkv", network=network, codec="ffv1")
    found = read_luma(tmp_path / "r.mkv")
    assert len(found) == 3
    np.testing.assert_array_equal(found[0][1], frames[0])


def test_transparent_frames(tmp_path: Path, network: Network) -> None:
    frames = [Image.new("RGBA", (32, 32), (90, 90, 90, 255 - 100 * n)) for n in range(2)]
    source = tmp_path / "a.png"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=40)
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network, codec="ffv1")
    assert any("transparent" in warning for warning in summary.warnings)


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_one_frame_is_a_picture(tmp_path: Path, network: Network, name: str) -> None:
    source = animate(tmp_path / name, frames_of(1), [40])
    assert is_picture(source)
    assert filmcolor.colorize(source, network=network).output.name == name.replace(".", ".color.")


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_damage(tmp_path: Path, network: Network, name: str) -> None:
    source = animate(tmp_path / name, frames_of(6), DURATIONS)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    with pytest.raises(InputError, match=name):
        filmcolor.colorize(source, tmp_path / "r.mkv", network=network, strict=True)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_workers_read_it_too(tmp_path: Path, network: Network) -> None:
    source = animate(tmp_path / "a.png", frames_of(6), DURATIONS)
    one, two = tmp_path / "one.mkv", tmp_path / "two.mkv"
    options = {"codec": "ffv1", "method": "frame", "segment_seconds": 0.2}
    filmcolor.colorize(source, one, network=network, **options)
    filmcolor.colorize(source, two, network=network, workers=2, **options)
    for (time, luma), (other_time, other) in zip(read_luma(one), read_luma(two), strict=True):
        assert time == other_time
        np.testing.assert_array_equal(luma, other)


@formats
def test_preview_and_shots(tmp_path: Path, network: Network, name: str) -> None:
    """A sheet shows what stands at even times in each shot, here every 144 ms: no frame twice."""
    frames = [*frames_of(6), *(255 - frame[::-1] // 4 for frame in frames_of(6))]
    source = animate(tmp_path / name, frames, 2 * DURATIONS)
    preview = filmcolor.preview(source, tmp_path / "p.png", network=network)
    moments = (2 * n + 1 for n in range(3))
    ends = np.cumsum(DURATIONS)
    shown = {int(np.searchsorted(ends, m * sum(DURATIONS) / 6, side="right")) for m in moments}
    assert preview.frames == 2 * len(shown) == 6
    plan = filmcolor.find_shots(source, tmp_path / "shots.png")
    assert [shot.frames for shot in plan.shots] == [6, 6]
    assert plan.film.frames == 12
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network, plan=plan)
    assert summary.frames == 12


@formats
def test_nothing_stays_open(
    tmp_path: Path, network: Network, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows lets nobody delete or replace a file that is open."""
    source = animate(tmp_path / name, frames_of(6), DURATIONS)
    opened: list[Any] = []

    def recorded(file: Any, *args: Any, **more: Any) -> Any:
        found = original(file, *args, **more)
        if not isinstance(file, int) and Path(file) == source:
            opened.append(found)
        return found

    original = builtins.open
    monkeypatch.setattr(builtins, "open", recorded)
    film = open_source(source, make_settings())
    assert opened
    assert all(file.closed for file in opened)
    assert len(list(film.frames())) == 6
    next(film.frames())
    assert all(file.closed for file in opened)
    filmcolor.find_shots(source, tmp_path / "shots.png")
    filmcolor.preview(source, tmp_path / "p.png", network=network)
    assert all(file.closed for file in opened)


def test_opened_again_it_is_not_looked_through(tmp_path: Path) -> None:
    source = animate(tmp_path / "a.png", frames_of(6), DURATIONS)
    film = open_source(source, make_settings())
    frames = list(film.frames())
    again = film.reopen()
    assert again.info == film.info
    for frame, same in zip(frames, again.frames(), strict=True):
        assert (frame.pts, frame.duration) == (same.pts, same.duration)
        np.testing.assert_array_equal(frame.luma, same.luma)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    cut_off = film.reopen().frames()
    np.testing.assert_array_equal(next(cut_off).luma, frames[0].luma)
    with pytest.raises(InputError, match=r"a\.png"):
        list(cut_off)


@formats
def test_among_other_pictures_it_is_one(tmp_path: Path, network: Network, name: str) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    frames = frames_of(3)
    animate(folder / name, frames, [40] * 3)
    Image.fromarray(frames[1]).save(folder / "b.png")
    result = tmp_path / "r.mkv"
    summary = filmcolor.colorize(folder, result, network=network, codec="ffv1")
    assert any("animated" in warning for warning in summary.warnings)
    for (_, luma), frame in zip(read_luma(result), frames[:2], strict=True):
        assert np.abs(luma.astype(int) - frame).mean() < 1.5


@formats
def test_animations_in_colour_are_told_from_grey_ones(tmp_path: Path, name: str) -> None:
    grey = frames_of(2)
    colored = [np.dstack([frame, frame // 2, 255 - frame]) for frame in grey]
    assert not is_in_color(animate(tmp_path / f"g{name}", grey, [40, 40]), make_settings())
    assert is_in_color(animate(tmp_path / f"c{name}", colored, [40, 40]), make_settings())
