"""Folders and patterns of pictures become films; GIFs are films."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor.errors import InputError, UsageError
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.stills import find_stills
from filmcolor.networks import Network
from tests.clips import frame_times, moving_pattern, read_luma


def write_stills(
    folder: Path, count: int, *, depth: int = 8, name: str = "scan_%04d.png"
) -> list[np.ndarray]:
    """Write grey pictures; return them."""
    folder.mkdir(exist_ok=True)
    pattern = moving_pattern((48, 32), depth, full=True)
    pictures = [pattern(index) for index in range(count)]
    for index, picture in enumerate(pictures, start=1):
        assert cv2.imwrite(str(folder / (name % index)), picture)
    return pictures


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("how", ["folder", "pattern"])
def test_grey_pictures_keep_every_sample(
    tmp_path: Path, network: Network, depth: int, how: str
) -> None:
    folder = tmp_path / "scans"
    pictures = write_stills(folder, 4, depth=depth)
    source = folder if how == "folder" else folder / "scan_%04d.png"
    result = tmp_path / "r.mkv"
    summary = filmcolor.colorize(source, result, network=network, codec="ffv1", fps=16)
    assert summary.frames == 4
    assert summary.duration == pytest.approx(0.25)
    found = read_luma(result)
    assert len(found) == 4
    for index, ((time, luma), picture) in enumerate(zip(found, pictures, strict=True)):
        assert abs(time - Fraction(index, 16)) <= Fraction(1, 2000)
        np.testing.assert_array_equal(luma, picture)


def test_the_usual_frame_rate_is_exact(tmp_path: Path, network: Network) -> None:
    write_stills(tmp_path / "scans", 3)
    summary = filmcolor.colorize(tmp_path / "scans", network=network)
    assert summary.output == tmp_path / "scans.color.mp4"
    assert frame_times(summary.output) == [0, Fraction(1, 24), Fraction(2, 24)]


@pytest.mark.parametrize(
    ("fps", "tick"), [(23.976, Fraction(1000, 23976)), (12.5, Fraction(2, 25)), (1, Fraction(1))]
)
def test_other_frame_rates(tmp_path: Path, network: Network, fps: float, tick: Fraction) -> None:
    write_stills(tmp_path / "scans", 2)
    filmcolor.colorize(tmp_path / "scans", tmp_path / "r.mov", network=network, fps=fps)
    assert frame_times(tmp_path / "r.mov") == [0, tick]


def test_numbers_are_counted_not_spelled(tmp_path: Path, network: Network) -> None:
    folder = tmp_path / "scans"
    pictures = write_stills(folder, 11, name="frame%d.png")
    result = tmp_path / "r.mkv"
    filmcolor.colorize(folder, result, network=network, codec="ffv1", start="8f")
    for (_, luma), picture in zip(read_luma(result), pictures[8:], strict=True):
        np.testing.assert_array_equal(luma, picture)


def test_a_range_of_pictures(tmp_path: Path, network: Network) -> None:
    pictures = write_stills(tmp_path / "scans", 8)
    result = tmp_path / "r.mkv"
    filmcolor.colorize(
        tmp_path / "scans", result, network=network, codec="ffv1", start=0.125, end="6f"
    )
    found = read_luma(result)
    assert found[0][0] == 0
    for (_, luma), picture in zip(found, pictures[3:6], strict=True):
        np.testing.assert_array_equal(luma, picture)
    with pytest.raises(InputError):
        filmcolor.colorize(tmp_path / "scans", tmp_path / "s.mp4", network=network, start="9f")


def test_pictures_of_different_kinds(tmp_path: Path, network: Network) -> None:
    folder = tmp_path / "scans"
    write_stills(folder, 2)
    cv2.imwrite(str(folder / "scan_0003.png"), np.full((64, 96), 90, np.uint8))
    summary = filmcolor.colorize(folder, network=network)
    assert any("brought to 48x32" in warning for warning in summary.warnings)
    cv2.imwrite(str(folder / "scan_0004.png"), np.full((32, 48), 900, np.uint16))
    with pytest.raises(InputError, match=r"scan_0004\.png: has 16 bits"):
        filmcolor.colorize(folder, network=network, overwrite=True)
    (folder / "scan_0004.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"scan_0004\.png: not a picture"):
        filmcolor.colorize(folder, network=network, overwrite=True)
    assert len(frame_times(summary.output)) == 3


def test_what_names_a_sequence(tmp_path: Path) -> None:
    write_stills(tmp_path / "a", 3)
    (tmp_path / "a" / ".hidden.png").touch()
    (tmp_path / "a" / "notes.txt").touch()
    names = [path.name for path in find_stills(tmp_path / "a") or []]
    assert names == ["scan_0001.png", "scan_0002.png", "scan_0003.png"]
    assert find_stills(tmp_path / "a" / "scan_%03d.png") is not None
    with pytest.raises(InputError, match="no file fits this pattern"):
        find_stills(tmp_path / "a" / "scan_%05d.png")
    with pytest.raises(InputError, match="no file fits this pattern"):
        find_stills(tmp_path / "none" / "scan_%d.png")
    assert find_stills(tmp_path / "a" / "scan_0001.png") is None
    assert is_picture(tmp_path / "x.PNG")
    assert not is_picture(tmp_path / "x_%d.png")
    assert not is_picture(tmp_path / "x.gif")


def test_a_gif_is_a_film(tmp_path: Path, network: Network) -> None:
    pattern = moving_pattern((48, 32), full=True)
    images = [Image.fromarray(pattern(index)) for index in range(4)]
    source = tmp_path / "film.gif"
    images[0].save(source, save_all=True, append_images=images[1:], duration=[80, 120, 50, 100])
    summary = filmcolor.colorize(source, network=network)
    assert summary.output.suffix == ".mp4"
    wanted = [Fraction(0), Fraction(8, 100), Fraction(20, 100), Fraction(25, 100)]
    assert frame_times(summary.output) == wanted
    assert any("MP4" in warning for warning in summary.warnings)
    filmcolor.colorize(source, tmp_path / "r.mkv", network=network, codec="ffv1")
    for index, (_, luma) in enumerate(read_luma(tmp_path / "r.mkv")):
        limited = 16 + pattern(index) * (219 / 255)
        assert np.abs(luma - limited).mean() < 1


def test_a_single_picture_has_no_range(tmp_path: Path, network: Network) -> None:
    write_stills(tmp_path / "a", 1)
    with pytest.raises(UsageError, match="no range"):
        filmcolor.colorize(tmp_path / "a" / "scan_0001.png", network=network, start=1)
