"""Pictures that Pillow reads and OpenCV does not; GIF files, which are films or pictures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor import InputError, Network, Settings
from filmcolor.media.decode.in_color import is_in_color
from filmcolor.media.pictures.read import read_picture
from tests.clips import make_clip, read_frames


def _grey(seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (24, 32)).astype(np.uint8))


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.tga", "L"),
        ("a.TGA", "RGBA"),
        ("a.pcx", "P"),
        ("a.ico", "RGB"),
        ("a.sgi", "L"),
        ("a.rgb", "RGB"),
        ("a.qoi", "RGB"),
        ("a.dds", "RGBA"),
        ("a.dib", "L"),
        ("a.xbm", "1"),
        ("a.msp", "1"),
        ("a.gif", "L"),
    ],
)
def test_rare_kinds_become_png(tmp_path: Path, network: Network, name: str, mode: str) -> None:
    source = _grey().convert(mode)
    options: dict[str, Any] = {"sizes": [source.size]} if name.endswith("ico") else {}
    source.save(tmp_path / name, **options)
    summary = filmcolor.colorize(tmp_path / name, network=network, strength=0)
    assert summary.output == tmp_path / "a.color.png"
    with Image.open(summary.output) as result:
        assert result.mode == ("RGBA" if mode == "RGBA" else "RGB")
        difference = np.asarray(result.convert("L")).astype(int) - np.asarray(source.convert("L"))
    assert np.abs(difference).max() <= 1
    assert not is_in_color(tmp_path / name, Settings())


def test_largest_size_of_an_icon(tmp_path: Path) -> None:
    _grey().resize((64, 64)).save(tmp_path / "a.ico", sizes=[(16, 16), (64, 64)])
    picture = read_picture(tmp_path / "a.ico")
    assert picture.luma.shape == (64, 64)
    assert any("2 sizes; the largest" in note for note in picture.notes)


def test_postscript_starts_no_other_program(tmp_path: Path) -> None:
    _grey().save(tmp_path / "a.tga", format="EPS")
    with pytest.raises(InputError, match=r"a\.tga: not a picture that can be read"):
        read_picture(tmp_path / "a.tga")


def test_cut_off(tmp_path: Path) -> None:
    _grey().save(tmp_path / "a.tga")
    content = (tmp_path / "a.tga").read_bytes()
    (tmp_path / "a.tga").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"a\.tga: not a picture that can be read; .* damaged"):
        read_picture(tmp_path / "a.tga")


def test_sequences_of_rare_kinds(tmp_path: Path, quick_network: Network) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    for number in range(3):
        _grey(number).save(scans / f"{number}.tga")
    summary = filmcolor.colorize(scans, tmp_path / "film.mkv", network=quick_network, codec="ffv1")
    frames = read_frames(summary.output)
    assert [bool((f.y == np.asarray(_grey(n))).all()) for n, f in enumerate(frames)] == [True] * 3


def test_gif_of_several_frames_stays_a_film(tmp_path: Path, quick_network: Network) -> None:
    first, *others = (_grey(number) for number in range(3))
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=80)
    shutil.copy(tmp_path / "a.gif", tmp_path / "b.png")
    for name in ("a.gif", "b.png"):
        summary = filmcolor.colorize(tmp_path / name, network=quick_network)
        assert (summary.output.suffix, summary.frames) == (".mp4", 3)


def test_other_films_under_the_name_of_gif(tmp_path: Path, quick_network: Network) -> None:
    make_clip(tmp_path / "a.mp4", frames=3).rename(tmp_path / "a.gif")
    assert filmcolor.colorize(tmp_path / "a.gif", network=quick_network).frames == 3


def test_single_gif_in_a_list_of_films(tmp_path: Path) -> None:
    _grey().save(tmp_path / "a.gif")
    assert [entry.kind for entry in filmcolor.list_films(tmp_path)] == ["photo"]


def test_transparent_shade_of_a_grey_png(tmp_path: Path) -> None:
    _grey().save(tmp_path / "a.png", transparency=100)
    picture = read_picture(tmp_path / "a.png")
    assert picture.alpha is not None
    assert (picture.luma == np.asarray(_grey())).all()
    assert ((picture.alpha == 0) == (np.asarray(_grey()) == 100)).all()
