"""Gaps in the numbers of a sequence of pictures: told, and closed as the user says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor import InputError, Network, UsageError
from filmcolor.media.numbering import gaps_in_words, missing_numbers
from filmcolor.media.stills import find_stills
from tests.clips import read_luma


def write_numbered(folder: Path, numbers: list[int]) -> Path:
    """Pictures whose grey is ten times their number."""
    folder.mkdir()
    for number in numbers:
        Image.new("L", (32, 32), 10 * number).save(folder / f"s_{number:04}.png")
    return folder


def greys(film: Path) -> list[int]:
    return [round(float(luma.mean()) / 10) for _, luma in read_luma(film)]


@pytest.mark.parametrize("pattern", ["", "s_%04d.png"])
@pytest.mark.parametrize(
    ("missing", "wanted"),
    [
        (None, [1, 2, 4, 5, 9]),
        ("skip", [1, 2, 4, 5, 9]),
        ("hold", [1, 2, 2, 4, 5, 5, 5, 5, 9]),
    ],
)
def test_gaps(
    tmp_path: Path, network: Network, missing: str | None, wanted: list[int], pattern: str
) -> None:
    source = write_numbered(tmp_path / "scan", [1, 2, 4, 5, 9]) / pattern
    result = tmp_path / "r.mkv"
    options = {} if missing is None else {"missing": missing}
    summary = filmcolor.colorize(source, result, network=network, codec="ffv1", **options)
    assert greys(result) == wanted
    notes = [note for note in summary.warnings if "missing" in note]
    assert len(notes) == 1
    assert "4 pictures are missing: s_0003.png, s_0006.png to s_0008.png" in notes[0]


def test_stop(tmp_path: Path, network: Network) -> None:
    source = write_numbered(tmp_path / "scan", [1, 2, 4])
    with pytest.raises(InputError, match=r"1 picture is missing: s_0003\.png"):
        filmcolor.colorize(source, network=network, missing="stop")
    assert [path.name for path in tmp_path.iterdir()] == ["scan"]
    with pytest.raises(UsageError, match="missing"):
        filmcolor.colorize(source, network=network, missing="guess")


def test_a_part_with_held_pictures(tmp_path: Path, network: Network) -> None:
    source = write_numbered(tmp_path / "scan", [1, 2, 5, 6])
    result = tmp_path / "r.mkv"
    options = {"missing": "hold", "fps": 10, "start": "3f", "end": 0.5}
    filmcolor.colorize(source, result, network=network, codec="ffv1", **options)
    assert greys(result) == [2, 5]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a1.png", "a2.png", "a3.png"], None),
        (["a0.png", "a2.png", "a4.png", "a8.png"], "1 picture is missing: a6.png"),
        (["a.png", "b.png"], None),
        (["a_1.png", "a_2.png", "b_1.png", "b_2.png"], None),
        (["a_1.png", "a_2.png", "a_4.png", "b_1.png"], "1 picture is missing: a_3.png"),
        (["t_101112.png", "t_101907.png", "t_103001.png", "t_120000.png"], None),
        (["r2_008.dpx", "r2_009.dpx", "r2_011.dpx"], "1 picture is missing: r2_010.dpx"),
        (["9.png", "10.png", "12.png"], "1 picture is missing: 11.png"),
        (["x1y.png", "x2y.png", "x4y.png"], "1 picture is missing: x3y.png"),
        (["f_1.png", "f_2.png", "f_3.png", "f_20240101120000.png"], None),
        (["f1.png", "f2.png", "f3.png", "f5.png", "f2024.png"], "1 picture is missing: f4.png"),
        (
            ["f_1.png", "f_2.png", "f_3.png", "f_903.png"],
            "899 pictures are missing: f_4.png to f_902.png",
        ),
    ],
)
def test_which_numbers_are_missing(names: list[str], words: str | None) -> None:
    gaps = missing_numbers([Path(name) for name in names])
    assert (gaps_in_words(gaps) if gaps else None) == (words and f"by the numbers, {words}")


def test_a_long_gap_in_a_long_series() -> None:
    numbers = [*range(3000), *range(5000, 8000)]
    gaps = missing_numbers([Path(f"{n}.png") for n in numbers])
    assert [gap.count for gap in gaps] == [2000]


@pytest.mark.parametrize("missing", ["hold", "skip", "stop"])
def test_a_number_of_another_kind_is_no_gap(tmp_path: Path, network: Network, missing: str) -> None:
    folder = write_numbered(tmp_path / "scan", [1, 2, 3, 4])
    Image.new("L", (32, 32), 90).save(folder / "s_20240101120000.png")
    result = tmp_path / "r.mkv"
    summary = filmcolor.colorize(folder, result, network=network, codec="ffv1", missing=missing)
    assert greys(result) == [1, 2, 3, 4, 9]
    assert not any("missing" in note for note in summary.warnings)


def test_digits_that_are_no_numbers_are_letters(tmp_path: Path) -> None:
    names = ["a1\u00b22.png", "a1\u00b210.png", "a\u00b2.png", "\u0662.png", "\u0661\u0660.png"]
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in find_stills(tmp_path) or []] == [
        *names[3:],
        *names[:2],
        names[2],
    ]


def test_many_gaps_are_counted() -> None:
    numbers = [n for n in range(100) if n % 10]
    gaps = missing_numbers([Path(f"{n}.png") for n in numbers])
    assert gaps_in_words(gaps).endswith("50.png and 4 more gaps")


def test_held_pictures_are_those_of_the_source(tmp_path: Path, network: Network) -> None:
    folder = write_numbered(tmp_path / "scan", [1, 3, 4])
    noise = np.random.default_rng(0).integers(0, 256, (32, 32)).astype(np.uint8)
    Image.fromarray(noise).save(folder / "s_0001.png")
    result = tmp_path / "r.mkv"
    filmcolor.colorize(folder, result, network=network, codec="ffv1", missing="hold")
    first, second, *_ = (luma for _, luma in read_luma(result))
    np.testing.assert_array_equal(first, noise)
    np.testing.assert_array_equal(second, noise)
