"""Still pictures: files of each kind."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor import InputError, Network, OutputError, UsageError
from tests.clips import read_frames
from tests.pictures import load, luma_of, save


@pytest.fixture(scope="module")
def network(packaged_network: Network) -> Network:
    """What is tested here depends on the colours."""
    return packaged_network


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a.bmp", "a.pgm"])
@pytest.mark.parametrize("shape", [(1, 1), (2, 600), (1, 2000), (900, 2), (3, 1)])
def test_files_of_extreme_shapes(
    tmp_path: Path, network: Network, name: str, shape: tuple[int, int]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    cv2.imwrite(str(tmp_path / name), pixels)
    output = filmcolor.colorize(tmp_path / name, network=network).output
    assert load(output).shape == (*shape, 3)


def test_jpeg_2000_files_have_a_least_size(tmp_path: Path, network: Network) -> None:
    source = save(tmp_path / "a.png", np.zeros((31, 200), np.uint8))
    with pytest.raises(OutputError, match="at least 32"):
        filmcolor.colorize(source, tmp_path / "a.jp2", network=network)
    source = save(tmp_path / "b.png", np.zeros((32, 200), np.uint8))
    filmcolor.colorize(source, tmp_path / "b.jp2", network=network)


def test_sides_that_a_format_cannot_hold(tmp_path: Path, network: Network) -> None:
    source = save(tmp_path / "a.png", np.zeros((2, 20_000), np.uint8))
    with pytest.raises(OutputError, match=r"16383.*20000x2"):
        filmcolor.colorize(source, tmp_path / "a.webp", network=network)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    ("name", "deep", "error"),
    [
        ("photo.png", False, 1.0),
        ("photo.png", True, 1.0),
        ("photo.tif", True, 1.0),
        ("photo.tiff", False, 1.0),
        ("photo.jpg", False, 6.0),
        ("photo.JPEG", False, 6.0),
        ("photo.webp", False, 12.0),
        ("photo.bmp", False, 1.0),
    ],
)
def test_files_of_each_kind(
    tmp_path: Path, network: Network, astronaut: np.ndarray, name: str, deep: bool, error: float
) -> None:
    pixels = astronaut.astype(np.uint16) * 257 if deep else astronaut
    source = save(tmp_path / name, pixels)
    before = source.read_bytes()

    summary = filmcolor.colorize(source, network=network)

    stem, suffix = name.split(".")
    assert summary.output == tmp_path / f"{stem}.color.{suffix}"
    assert summary.frames == 1
    assert summary.warnings == []
    rgb = load(summary.output)
    assert rgb.dtype == pixels.dtype
    # What the file holds: JPEG and WebP have changed the pixels already.
    expected = filmcolor.colorize_image(load(source), network=network)
    scale = 257 if deep else 1
    assert np.abs(rgb.astype(float) - expected).mean() <= error * scale
    assert source.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, f"{stem}.color.{suffix}"])


def test_jpeg_keeps_exif_and_resolution_and_is_turned_upright(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    upright = astronaut[:64]
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Kamera", "1931:05:01 10:00:00"
    exif[0x0112] = 6  # to be turned clockwise
    stored = np.ascontiguousarray(np.rot90(upright, 1))
    source = save(tmp_path / "turned.jpg", stored, quality=98, exif=exif, dpi=(300, 300))

    output = filmcolor.colorize(source, network=network).output

    with Image.open(output) as image:
        assert image.size == (96, 64)
        found = image.getexif()
        assert (found[0x010F], found[0x0132]) == ("Kamera", "1931:05:01 10:00:00")
        assert found.get(0x0112, 1) == 1
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        pixels = np.asarray(image.convert("L")).astype(float)
    assert np.abs(pixels - upright).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(
    tmp_path: Path, network: Network, astronaut: np.ndarray, orientation: int
) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    source = save(tmp_path / "photo.jpg", astronaut[:48], quality=98, exif=exif)

    output = filmcolor.colorize(source, network=network).output

    with Image.open(source) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("L")).astype(float)
    found = luma_of(load(output))
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 4


@pytest.mark.parametrize("deep", [False, True])
def test_png_keeps_alpha(
    tmp_path: Path, network: Network, astronaut: np.ndarray, deep: bool
) -> None:
    alpha = np.tile(np.arange(0, 96, dtype=np.uint8) * 2, (96, 1))
    pixels = np.dstack([astronaut] * 3 + [alpha])
    if deep:
        pixels = pixels.astype(np.uint16) * 257
    source = tmp_path / "cut-out.png"
    cv2.imwrite(str(source), pixels)

    output = filmcolor.colorize(source, network=network).output

    found = cv2.imread(str(output), cv2.IMREAD_UNCHANGED)
    assert found.shape == (96, 96, 4)
    assert found.dtype == pixels.dtype
    np.testing.assert_array_equal(found[..., 3], pixels[..., 3])
    assert np.ptp(found[..., :3].astype(int), axis=2).max() > 20


def test_colored_picture_gets_a_warning(tmp_path: Path, network: Network) -> None:
    pixels = np.zeros((32, 32, 3), np.uint8) + np.uint8([200, 120, 60])
    summary = filmcolor.colorize(save(tmp_path / "colour.png", pixels), network=network)
    assert [w for w in summary.warnings if "colour" in w]


def test_png_of_one_bit(tmp_path: Path, network: Network) -> None:
    source = tmp_path / "line.png"
    Image.new("1", (20, 10), 1).save(source)
    assert load(filmcolor.colorize(source, network=network).output).min() >= 253


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.tif", "photo.webp"])
@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_damaged_pictures(tmp_path: Path, network: Network, name: str, content: bytes) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(InputError, match=name):
        filmcolor.colorize(source, network=network)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_existing_result_is_kept_unless_overwrite(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    output = tmp_path / "photo.color.png"
    output.write_bytes(b"mine")
    with pytest.raises(OutputError, match="`overwrite`"):
        filmcolor.colorize(source, network=network)
    assert output.read_bytes() == b"mine"
    filmcolor.colorize(source, network=network, overwrite=True)
    assert load(output).shape == (96, 96, 3)


def test_source_is_never_replaced(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    before = source.read_bytes()
    with pytest.raises(OutputError):
        filmcolor.colorize(source, source, network=network, overwrite=True)
    assert source.read_bytes() == before


def test_output_of_another_kind(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = save(tmp_path / "photo.png", astronaut.astype(np.uint16) * 257)
    output = tmp_path / "new" / "photo.jpg"
    filmcolor.colorize(source, output, network=network)
    expected = filmcolor.colorize_image(astronaut, network=network)
    assert np.abs(load(output).astype(float) - expected).mean() < 6


@pytest.mark.parametrize("suffix", [".xyz", "", ".txt"])
def test_output_of_no_kind(
    tmp_path: Path, network: Network, astronaut: np.ndarray, suffix: str
) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    with pytest.raises(OutputError):
        filmcolor.colorize(source, tmp_path / f"result{suffix}", network=network)
    assert [p.name for p in tmp_path.iterdir()] == ["photo.png"]


def test_picture_has_no_range(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    with pytest.raises(UsageError, match="`start`"):
        filmcolor.colorize(source, start=1, network=network)


def test_pictures_get_the_options(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    output = filmcolor.colorize(source, network=network, strength=0).output
    rgb = load(output)
    np.testing.assert_array_equal(rgb, np.repeat(astronaut[..., None], 3, axis=2))


def test_folder_of_pictures_is_a_film(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(4):
        save(folder / f"scan_{number}.png", np.roll(astronaut, number * 5, axis=1))
    summary = filmcolor.colorize(folder, network=network, fps=8)
    assert summary.frames == 4
    times = [frame.time for frame in read_frames(summary.output)]
    assert times == [Fraction(n, 8) for n in range(4)]
