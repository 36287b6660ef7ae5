"""Pictures that claim to be larger than the memory are refused before they are decoded."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

import filmcolor
from filmcolor.networks import Network
from tests.clips import ffmpeg, make_clip


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def bomb(path: Path, side: int, rows: int | None = None) -> Path:
    """A grey PNG of side x side pixels, of which `rows` are in the file (PNG, section 11)."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(bytes(side + 1)) for _ in range(rows or side))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels + packer.flush())
        + chunk(b"IEND", b"")
    )
    return path


def test_bomb(tmp_path: Path, tiny: Network) -> None:
    source = bomb(tmp_path / "bomb.png", 60_000, rows=2000)
    assert source.stat().st_size < 1_000_000
    with pytest.raises(filmcolor.InputError) as caught:
        filmcolor.colorize(source, network=tiny)
    assert "60000x60000 pixels are more than the 268,435,456" in str(caught.value)
    assert "FILMCOLOR_MAX_PIXELS=3600000000" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "bmp", "pgm"])
def test_the_limit_can_be_lowered_and_raised(
    tmp_path: Path, tiny: Network, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    source = tmp_path / f"picture.{suffix}"
    picture = np.full((30, 40), 90, np.uint8)
    assert cv2.imwrite(str(source), picture)
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", "1199")
    with pytest.raises(filmcolor.InputError, match="40x30 pixels are more than the 1,199"):
        filmcolor.colorize(source, network=tiny)
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", "1200")
    assert filmcolor.colorize(source, network=tiny).frames == 1


def test_a_format_whose_size_only_decoding_tells(
    tmp_path: Path, tiny: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "picture.pam"
    head = b"P7\nWIDTH 40\nHEIGHT 30\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n"
    source.write_bytes(head + bytes(1200))
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", "1199")
    with pytest.raises(filmcolor.InputError, match="40x30 pixels are more than the 1,199"):
        filmcolor.colorize(source, network=tiny)
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", "1200")
    assert filmcolor.colorize(source, network=tiny).frames == 1


def test_deep_tiff_of_a_kind_that_pillow_does_not_know(
    tmp_path: Path, tiny: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "deep.tif"
    assert cv2.imwrite(str(source), np.full((30, 40, 3), 9000, np.uint16))
    assert filmcolor.colorize(source, tmp_path / "result.tif", network=tiny).frames == 1
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", "1199")
    with pytest.raises(filmcolor.InputError, match="40x30 pixels"):
        filmcolor.colorize(source, network=tiny, overwrite=True)


def test_pictures_above_pillows_own_limit_are_turned_as_they_should(
    tmp_path: Path, tiny: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (40, 30), 90).save(tmp_path / "turned.jpg", exif=exif)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    filmcolor.colorize(tmp_path / "turned.jpg", tmp_path / "result.png", network=tiny)
    assert cv2.imread(str(tmp_path / "result.png")).shape == (40, 30, 3)
    assert Image.MAX_IMAGE_PIXELS == 100


@pytest.mark.parametrize(
    ("name", "codec"), [("film.mkv", "libx264"), ("film.mov", "png"), ("film.avi", "mpeg4")]
)
def test_films(
    tmp_path: Path, tiny: Network, monkeypatch: pytest.MonkeyPatch, name: str, codec: str
) -> None:
    pixels = "rgb24" if codec == "png" else "yuv420p"
    source = make_clip(tmp_path / name, frames=4, codec=codec, pix_fmt=pixels)
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", str(64 * 48 - 1))
    with pytest.raises(filmcolor.InputError, match="64x48 pixels are more than the 3,071"):
        filmcolor.colorize(source, network=tiny)
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", str(64 * 48))
    assert filmcolor.colorize(source, network=tiny, preset="ultrafast").frames == 4


def test_a_film_that_grows_on_the_way(
    tmp_path: Path, tiny: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = make_clip(tmp_path / "small.ts", frames=12, codec="mpeg2video")
    large = make_clip(tmp_path / "large.ts", frames=12, codec="mpeg2video", size=(640, 480))
    source = tmp_path / "film.ts"
    source.write_bytes(small.read_bytes() + large.read_bytes())
    whole = filmcolor.colorize(source, tmp_path / "all.mkv", network=tiny, preset="ultrafast")
    assert whole.frames > 13
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", "10000")
    some = filmcolor.colorize(source, tmp_path / "some.mkv", network=tiny, preset="ultrafast")
    assert some.frames <= 13


def test_sequences_of_pictures(tmp_path: Path, tiny: Network) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=40x30", "-frames:v", "2", folder / "scan%d.png")
    bomb(folder / "scan3.png", 60_000, rows=10)
    with pytest.raises(filmcolor.InputError, match=r"scan3\.png: 60000x60000 pixels"):
        filmcolor.colorize(folder, tmp_path / "film.mkv", network=tiny, preset="ultrafast")


@pytest.mark.parametrize("value", ["0", "-5", "many", "1e9", "²", "9" * 40])
def test_nonsense(
    grey_clip: Path, tiny: Network, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", value)
    with pytest.raises(filmcolor.UsageError, match="number of pixels"):
        filmcolor.colorize(grey_clip, network=tiny)
