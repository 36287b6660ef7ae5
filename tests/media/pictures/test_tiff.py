"""TIFF files: samples of any depth, white-is-zero, strips, tiles, planes, orientation, pages."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

import filmcolor
from filmcolor import InputError, Network, OutputError
from filmcolor.media.pictures.read import read_picture
from tests.media.pictures.raw_tiff import packed, write_tiff

LUMA = np.array([0.299, 0.587, 0.114])


def noise(shape: tuple[int, ...], dtype: Any = np.uint8, top: int | None = None) -> np.ndarray:
    top = np.iinfo(dtype).max if top is None else top
    return np.random.default_rng(7).integers(0, top + 1, shape).astype(dtype)


def luma_error(rgb: np.ndarray, grey: np.ndarray) -> float:
    """The mean difference of luma, in codes; colours that do not exist are clipped in places."""
    return float(np.abs(rgb[..., :3] @ LUMA - grey.astype(float)).mean())


@pytest.mark.parametrize("white_is_zero", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 4, 6, 8, 10, 12, 14, 16])
def test_bits_of_a_sample(tmp_path: Path, bits: int, white_is_zero: bool) -> None:
    top = (1 << bits) - 1
    stored = noise((9, 13), np.uint16, top)  # rows that do not end with a byte
    shape = {256: 13, 257: 9, 258: bits, 262: 0 if white_is_zero else 1}
    data = stored.astype("<u2").tobytes() if bits == 16 else packed(stored, bits)
    picture = read_picture(write_tiff(tmp_path / "a.tif", data, shape))

    light = top - stored if white_is_zero else stored
    assert picture.depth == max(bits, 8)
    np.testing.assert_array_equal(picture.luma, np.rint(light * (255 / top)) if bits < 8 else light)
    assert not picture.colored


def test_white_is_zero_is_no_negative(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    light = astronaut.astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "a.tif", 65535 - light, photometric="miniswhite")
    rgb = tifffile.imread(filmcolor.colorize(tmp_path / "a.tif", network=network).output)
    assert rgb.dtype == np.uint16
    assert luma_error(rgb, light) < 257


def stored_as(upright: np.ndarray, orientation: int) -> np.ndarray:
    """The pixels that a reader turns upright by this EXIF orientation, as Pillow sees it."""
    for turned in (upright, upright.T):
        for rows in (1, -1):
            for columns in (1, -1):
                stored = turned[::rows, ::columns]
                file, exif = BytesIO(), Image.Exif()
                exif[0x0112] = orientation
                Image.fromarray(np.ascontiguousarray(stored)).save(file, "PNG", exif=exif)
                with Image.open(file) as image:
                    if np.array_equal(np.asarray(ImageOps.exif_transpose(image)), upright):
                        return stored
    raise AssertionError(orientation)


@pytest.mark.parametrize("how", ["plain", "tiles", "palette"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(tmp_path: Path, orientation: int, how: str) -> None:
    upright = noise((20, 35))
    stored = np.ascontiguousarray(stored_as(upright, orientation))
    path = tmp_path / "a.tif"
    if how == "palette":
        image = Image.fromarray(stored, "P")
        image.putpalette([value for value in range(256) for _ in range(3)])
        image.save(path, tiffinfo={274: orientation})
    else:
        tile = (16, 16) if how == "tiles" else None
        extra = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(path, stored, photometric="minisblack", tile=tile, extratags=extra)
    np.testing.assert_array_equal(read_picture(path).luma, upright)


def test_result_is_upright(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    upright = astronaut[:48]
    stored = np.ascontiguousarray(stored_as(upright, 6))
    tifffile.imwrite(
        tmp_path / "a.tif", stored, photometric="minisblack", extratags=[(274, "H", 1, 6, True)]
    )
    with Image.open(filmcolor.colorize(tmp_path / "a.tif", network=network).output) as image:
        assert image.getexif().get(0x0112, 1) == 1
        assert luma_error(np.asarray(image), upright) < 1


LAYOUTS: dict[str, dict[str, Any]] = {
    "planar": {"planarconfig": "separate"},
    "tiles": {"tile": (16, 32)},
    "planar tiles": {"planarconfig": "separate", "tile": (32, 16), "compression": "adobe_deflate"},
    "lzma": {"compression": "lzma"},
    "deflate": {"compression": "deflate", "predictor": True, "rowsperstrip": 7},
    "planar deflate": {
        "planarconfig": "separate",
        "compression": "deflate",
        "predictor": True,
        "rowsperstrip": 7,
    },
    "big endian": {"byteorder": ">"},
    "big endian predictor": {"byteorder": ">", "compression": "lzma", "predictor": True},
    "BigTIFF": {"bigtiff": True},
}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path: Path, layout: str, dtype: Any) -> None:
    rgb = noise((45, 70, 3), dtype)
    options = dict(LAYOUTS[layout])
    planar = options.get("planarconfig") == "separate"
    stored = np.ascontiguousarray(np.moveaxis(rgb, 2, 0)) if planar else rgb
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", **options)
    picture = read_picture(tmp_path / "a.tif")
    assert picture.luma.dtype == dtype
    np.testing.assert_allclose(picture.luma, rgb @ LUMA, atol=0.501)
    assert picture.colored


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "zstd", "lzma", None])
@pytest.mark.parametrize("deep", [False, True])
def test_compressions(tmp_path: Path, compression: str | None, deep: bool) -> None:
    grey = noise((31, 50), np.uint16 if deep else np.uint8) // 9
    Image.fromarray(grey).save(tmp_path / "a.tif", compression=compression)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").luma, grey)


@pytest.mark.parametrize(
    ("mode", "compression", "error"),
    [("L", "jpeg", 12), ("1", "group4", 0), ("P", None, 0), ("CMYK", "tiff_lzw", 1)],
)
def test_kinds_for_libtiff(tmp_path: Path, mode: str, compression: str | None, error: int) -> None:
    grey = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8) * 2
    image = Image.fromarray(grey).convert(mode)
    image.save(tmp_path / "a.tif", compression=compression)
    wanted = np.asarray(image.convert("RGB").convert("L")).astype(int)
    assert np.abs(read_picture(tmp_path / "a.tif").luma - wanted).max() <= error


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_alpha(tmp_path: Path, network: Network, kind: Any) -> None:
    alpha = np.tile(np.linspace(20000, 65535, 40).astype(np.uint16), (30, 1))
    light = np.full((30, 40, 3), 40000, np.uint16)
    stored = light if kind == "unassalpha" else np.rint(light * (alpha / 65535)[..., None])
    pixels = np.dstack([stored.astype(np.uint16), alpha])
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=[kind])
    found = tifffile.imread(filmcolor.colorize(tmp_path / "a.tif", network=network).output)
    np.testing.assert_array_equal(found[..., 3], alpha)
    assert luma_error(found, light[..., 0]) < 257


def test_pages_stay_pages(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = tmp_path / "book.tif"
    pages = [astronaut, astronaut[:40].astype(np.uint16) * 257, 255 - astronaut[:, :50]]
    with tifffile.TiffWriter(source) as file:
        for page in pages:
            file.write(page, photometric="minisblack", metadata=None)
        # A small copy, as scanners put beside a page; it is no page.
        file.write(astronaut[::4, ::4], photometric="minisblack", subfiletype=1, metadata=None)

    summary = filmcolor.colorize(source, network=network)

    assert (summary.output.name, summary.frames) == ("book.color.tif", 3)
    with tifffile.TiffFile(summary.output) as file:
        found = [page.asarray() for page in file.pages]
    assert [page.shape for page in found] == [(*page.shape, 3) for page in pages]
    for rgb, page in zip(found, pages, strict=True):
        assert rgb.dtype == page.dtype
        assert luma_error(rgb, page) < (1 if page.dtype == np.uint8 else 257)


def test_pages_are_not_lost(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = tmp_path / "book.tif"
    tifffile.imwrite(source, np.stack([astronaut] * 2), photometric="minisblack", metadata=None)
    with pytest.raises(OutputError, match=r"has 2 pages.*\.tif"):
        filmcolor.colorize(source, tmp_path / "page.png", network=network)
    assert [path.name for path in tmp_path.iterdir()] == ["book.tif"]


@pytest.mark.parametrize("cut", [9, 400, 3000])
def test_damage(tmp_path: Path, network: Network, cut: int) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, noise((60, 70)), photometric="minisblack", compression="adobe_deflate")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match=r"a\.tif: not a picture that can be read"):
        filmcolor.colorize(path, network=network)


def test_floating_point_is_refused(tmp_path: Path, network: Network) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.ones((9, 9), np.float32), photometric="minisblack")
    with pytest.raises(InputError, match="32 bits"):
        filmcolor.colorize(tmp_path / "a.tif", network=network)
