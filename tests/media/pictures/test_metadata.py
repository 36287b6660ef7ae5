"""What pictures carry besides their pixels is kept, or its loss is told."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, features

import filmcolor
from filmcolor import Network

RGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = RGB_PROFILE[:16] + b"GRAY" + RGB_PROFILE[20:]
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6" b="Lyon"/></x:xmpmeta>'
UPRIGHT_XMP = XMP.replace(b'tiff:Orientation="6"', b'tiff:Orientation="1"')


def exif_of(**tags: Any) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Kamera", "1931:05:01 10:00:00"
    exif.get_ifd(0x8769)[0x920A] = 50.0  # focal length
    return exif


def save_full(path: Path, grey: np.ndarray, **options: Any) -> Path:
    """A picture with all there is: EXIF data, profile, XMP and resolution."""
    about: dict[str, Any] = {
        "exif": exif_of(),
        "icc_profile": RGB_PROFILE,
        "xmp": XMP,
        "dpi": (240, 240),
    }
    about |= options
    if path.suffix == ".png" and about.get("xmp"):
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", about["xmp"].decode())
        about["pnginfo"] = info
    Image.fromarray(np.dstack([grey] * 3)).save(path, **about)
    return path


needs_avif = pytest.mark.skipif(not features.check("avif"), reason="Pillow has no AVIF here")


@pytest.mark.parametrize(
    ("name", "dpi"),
    [
        ("a.jpg", True),
        ("a.png", True),
        ("a.webp", False),
        pytest.param("a.avif", False, marks=needs_avif),
    ],
)
def test_kept_in_files_of_the_same_kind(
    tmp_path: Path, network: Network, astronaut: np.ndarray, name: str, dpi: bool
) -> None:
    summary = filmcolor.colorize(save_full(tmp_path / name, astronaut), network=network)
    with Image.open(summary.output) as image:
        exif = image.getexif()
        assert exif[0x010F] == "Kamera"
        assert exif.get_ifd(0x8769)[0x920A] == 50
        assert image.info["icc_profile"] == RGB_PROFILE
        assert image.info["xmp"] == UPRIGHT_XMP
        assert ("dpi" in image.info) == dpi
        if dpi:
            assert image.info["dpi"] == pytest.approx((240, 240), abs=0.1)
    assert summary.warnings == []


def test_png_of_16_bits(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = tmp_path / "a.tif"
    tifffile.imwrite(
        source,
        astronaut.astype(np.uint16) * 257,
        photometric="minisblack",
        iccprofile=RGB_PROFILE,
        resolution=(300, 300),
        resolutionunit="INCH",
        extratags=[(700, "B", len(XMP), XMP, True)],
        metadata=None,
    )
    summary = filmcolor.colorize(source, tmp_path / "a.png", network=network)
    with Image.open(summary.output) as image:
        assert image.info["icc_profile"] == RGB_PROFILE
        assert image.info["xmp"] == UPRIGHT_XMP
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert tifffile.imread(filmcolor.colorize(source, network=network).output).dtype == np.uint16


@pytest.mark.parametrize("deep", [False, True])
def test_tiff(tmp_path: Path, network: Network, astronaut: np.ndarray, deep: bool) -> None:
    source = tmp_path / "a.tif"
    tifffile.imwrite(
        source,
        astronaut.astype(np.uint16) * 257 if deep else astronaut,
        photometric="minisblack",
        iccprofile=RGB_PROFILE,
        resolution=(300, 150),
        resolutionunit="INCH",
        description="Lyon, 1895",
        extratags=[(700, "B", len(XMP), XMP, True), (271, "s", 0, "Kamera", True)],
        metadata=None,
    )
    summary = filmcolor.colorize(source, network=network)
    assert summary.warnings == []
    with tifffile.TiffFile(summary.output) as file:
        page = file.pages.first
        assert page.iccprofile == RGB_PROFILE
        assert page.tags[700].value == UPRIGHT_XMP
        assert page.tags[271].value == "Kamera"
        assert page.description == "Lyon, 1895"
        assert page.get_resolution("INCH") == (300, 150)


def test_what_a_tiff_file_cannot_take_over(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    source = save_full(tmp_path / "a.jpg", astronaut)
    summary = filmcolor.colorize(source, tmp_path / "a.tif", network=network)
    assert any("EXIF data but for" in warning for warning in summary.warnings)
    with Image.open(summary.output) as image:
        assert image.getexif()[0x010F] == "Kamera"
        assert image.info["icc_profile"] == RGB_PROFILE


@pytest.mark.parametrize("name", ["a.bmp", "a.ppm", "a.jp2"])
def test_loss_is_told(tmp_path: Path, network: Network, astronaut: np.ndarray, name: str) -> None:
    source = save_full(tmp_path / "a.png", astronaut)
    summary = filmcolor.colorize(source, tmp_path / "new" / name, network=network)
    (note,) = [warning for warning in summary.warnings if "not taken over" in warning]
    for words in ("ICC profile", "EXIF data", "XMP data"):
        assert words in note


def test_profile_of_grey_pictures(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = tmp_path / "a.jpg"
    Image.fromarray(astronaut).save(source, icc_profile=GREY_PROFILE)
    summary = filmcolor.colorize(source, network=network)
    assert any("ICC profile is not for R, G and B" in warning for warning in summary.warnings)
    with Image.open(summary.output) as image:
        assert "icc_profile" not in image.info


@pytest.mark.parametrize("name", ["a.jpg", "a.bmp", "a.ppm"])
def test_loss_of_transparency_is_told(tmp_path: Path, network: Network, name: str) -> None:
    source = tmp_path / "a.png"
    Image.new("RGBA", (40, 40), (90, 90, 90, 100)).save(source)
    summary = filmcolor.colorize(source, tmp_path / "new" / name, network=network)
    assert any("transparent" in warning for warning in summary.warnings)


@pytest.mark.parametrize("name", ["a.webp", pytest.param("a.avif", marks=needs_avif)])
def test_transparency_is_kept(tmp_path: Path, network: Network, name: str) -> None:
    source = tmp_path / name
    Image.new("RGBA", (40, 40), (90, 90, 90, 100)).save(source, lossless=True)
    summary = filmcolor.colorize(source, network=network)
    with Image.open(summary.output) as image:
        assert np.abs(np.asarray(image)[..., 3].astype(int) - 100).max() <= 1
    assert not any("transparent" in warning for warning in summary.warnings)


def jpeg_with_exif(grey: np.ndarray, entries: list[tuple[int, int, int, bytes]]) -> bytes:
    """A JPEG file with EXIF data of these tags: number, type, count, and 4 bytes of value."""
    values = b"".join(struct.pack(">HHI", *entry[:3]) + entry[3] for entry in entries)
    extra = struct.pack(">IIII", 0xFFFFFFFF, 1, 1, 0)  # what rationals point to
    exif = b"MM\0*" + struct.pack(">IH", 8, len(entries)) + values + bytes(4) + extra
    file = BytesIO()
    Image.fromarray(grey).save(file, "JPEG", exif=b"Exif\0\0" + exif)
    return file.getvalue()


ABSURD = {
    "resolution of 4294967295": [
        (282, 5, 1, struct.pack(">I", 8 + 2 + 36 + 4)),
        (283, 5, 1, struct.pack(">I", 8 + 2 + 36 + 4)),
        (296, 3, 1, struct.pack(">HH", 2, 0)),
    ],
    "resolution by nothing": [
        (282, 5, 1, struct.pack(">I", 8 + 2 + 36 + 12)),
        (283, 5, 1, struct.pack(">I", 8 + 2 + 36 + 12)),
        (296, 3, 1, struct.pack(">HH", 2, 0)),
    ],
    "types that do not exist": [
        (271, 99, 1, bytes(4)),
        (272, 0, 9, bytes(4)),
        (274, 2, 1, b"abc\0"),
    ],
}


@pytest.mark.parametrize("kind", ABSURD)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_absurd_data_do_no_harm(
    tmp_path: Path, network: Network, astronaut: np.ndarray, kind: str, suffix: str
) -> None:
    source = tmp_path / "a.jpg"
    source.write_bytes(jpeg_with_exif(astronaut, ABSURD[kind]))
    output = filmcolor.colorize(source, tmp_path / f"b{suffix}", network=network).output
    with Image.open(output) as image:
        assert np.abs(np.asarray(image.convert("L")).astype(int) - astronaut).mean() < 6


def test_exif_data_too_long_for_jpeg(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    exif = exif_of()
    exif[0x010E] = "x" * 70_000
    source = tmp_path / "a.png"
    Image.fromarray(astronaut).save(source, exif=exif)
    summary = filmcolor.colorize(source, tmp_path / "a.jpg", network=network)
    assert any("EXIF data" in warning for warning in summary.warnings)


def test_pictures_for_two_eyes(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    """MPO: several JPEG pictures in one file."""
    source = tmp_path / "a.mpo"
    images = [Image.fromarray(astronaut), Image.fromarray(255 - astronaut)]
    images[0].save(source, "MPO", save_all=True, append_images=images[1:], quality=95)
    summary = filmcolor.colorize(source, network=network)
    assert summary.output.name == "a.color.jpg"
    assert any("holds 2 pictures" in warning for warning in summary.warnings)
    with Image.open(summary.output) as image:
        assert np.abs(np.asarray(image.convert("L")).astype(int) - astronaut).mean() < 4
