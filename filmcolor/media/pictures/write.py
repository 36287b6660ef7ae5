"""Writes colour pictures, with what the source carries besides its pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from typing import Any

import cv2

from filmcolor.errors import OutputError
from filmcolor.media.decode.picture_header import knows_heif
from filmcolor.media.local_files import opencv_opens
from filmcolor.media.pictures.metadata import NAMES, NO_METADATA, PictureMetadata, keepable
from filmcolor.media.pictures.picture import Pixels, strips

_TIFF = frozenset({".tif", ".tiff"})
_PNG = frozenset({".png", ".apng"})
_BY_PILLOW = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    **dict.fromkeys((".heic", ".heif", ".hif"), "HEIF"),
    ".webp": "WEBP",
    ".avif": "AVIF",
    ".bmp": "BMP",
}
_QUALITY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
    "AVIF": {"quality": 90},
    "HEIF": {"quality": 90},
}
_WITHOUT_ALPHA = frozenset({"JPEG", "BMP"})
_DEEP = _TIFF | _PNG | {".jp2", ".ppm", ".pnm"}
"""What holds samples of 16 bits."""
_LARGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383, "AVIF": 65_536}
_SMALLEST_SIDE = {".jp2": 32}
"""OpenCV makes five smaller copies in such files, each of half the size."""
_LARGEST_TIFF = 4_000_000_000
"""Bytes of pixels, from which a TIFF file needs numbers of 64 bits (BigTIFF)."""
_DEFLATE_LEVEL = 3
"""Twice as fast as the usual 6, and files are 2 % larger."""
_LARGEST_DPI = 1e6
_PLAIN_TAGS = (0x010F, 0x0110, 0x0132, 0x013B, 0x8298)
"""Make, Model, DateTime, Artist, Copyright."""
_OF_TIFFFILE = '{"shape":'
"""How a description begins in which tifffile says how the file lies: that is another one now."""
_DESCRIPTION, _EXIF, _GPS, _XMP = 0x010E, 0x8769, 0x8825, 700


@dataclass(frozen=True)
class ColorPage:
    """A picture to be written."""

    pixels: Pixels
    """R, G, B, or R, G, B and opacity; uint8 or uint16, shape (height, width, 3 or 4).

    Writing may change them: large pictures are not copied.
    """
    metadata: PictureMetadata = NO_METADATA


def holds_16_bits(path: Path) -> bool:
    """Return whether pictures of more than 8 bits keep them under this name."""
    return path.suffix.lower() in _DEEP


def holds_alpha(path: Path) -> bool:
    """Return whether pictures keep their opacity under this name."""
    suffix = path.suffix.lower()
    return suffix in _TIFF | _PNG or _BY_PILLOW.get(suffix, "JPEG") not in _WITHOUT_ALPHA


def holds_pages(path: Path) -> bool:
    """Return whether several pictures can be written into one file of this name."""
    return path.suffix.lower() in _TIFF


def check_format(path: Path, height: int, width: int) -> None:
    """Raise `OutputError` unless pictures of this size can be written under this name."""
    suffix = path.suffix.lower()
    name = _BY_PILLOW.get(suffix)
    if name == "HEIF" and not knows_heif():
        raise OutputError(
            f"{path}: to write pictures of this kind, pip install pillow-heif; or name a "
            ".png, .tif or .jpg file."
        )
    if name is not None:
        largest = _LARGEST_SIDE.get(name, max(height, width))
        if max(height, width) > largest:
            raise OutputError(
                f"{path}: {suffix} files hold at most {largest} pixels a side, not "
                f"{width}x{height}; name a .png or .tif file."
            )
    elif min(height, width) < _SMALLEST_SIDE.get(suffix, 1):
        raise OutputError(
            f"{path}: {suffix} files hold at least {_SMALLEST_SIDE[suffix]} pixels a side, not "
            f"{width}x{height}; name a .png or .tif file."
        )
    elif suffix not in _TIFF | _PNG and not _opencv_writes(suffix):
        raise OutputError(
            f"{path}: pictures of this kind cannot be written; name a .png, .tif or .jpg file."
        )


def write_picture(path: Path, pixels: Pixels) -> None:
    """Write R, G, B (height, width, 3) of 8 or 16 bits in the format of the suffix.

    Raises `OutputError` when that fails.
    """
    write_pages(path, [ColorPage(pixels.copy())])


def write_pages(path: Path, pages: Iterable[ColorPage], *, total_pixels: int = 0) -> list[str]:
    """Write pictures, one after the other, in the format of the suffix; only TIFF takes several.

    `total_pixels`: of all of them, where there are several. Returns sentences about what the files
    cannot hold. Raises `OutputError` when writing fails.
    """
    lost: list[str] = []
    try:
        if path.suffix.lower() in _TIFF:
            lost = _write_tiff(path, pages, total_pixels)
        else:
            for page in pages:
                lost = _write_one(path, page)
    except (OSError, cv2.error, ValueError) as error:
        raise OutputError(f"{path}: cannot be written ({error}).") from error
    if not lost:
        return []
    why = f"as it is damaged or {path.suffix} files cannot hold it"
    return [f"not taken over, {why}: {', '.join(lost)}."]


def _write_one(path: Path, page: ColorPage) -> list[str]:
    suffix = path.suffix.lower()
    if suffix in _PNG:
        return _write_png(path, page)
    name = _BY_PILLOW.get(suffix)
    if name is None:
        _in_blue_green_red(page.pixels)
        _write_by_opencv(path, page.pixels[..., :3])
        return [NAMES[key] for key in page.metadata.values]
    from PIL import Image

    options, lost = keepable(page.metadata, name)
    image = Image.fromarray(page.pixels)
    image.save(path, name, **_QUALITY.get(name, {}), **options)
    return lost


def _opencv_writes(suffix: str) -> bool:
    try:
        return bool(suffix) and bool(cv2.haveImageWriter(f"picture{suffix}"))
    except cv2.error:
        return False


def _write_by_opencv(path: Path, pixels: Pixels) -> None:
    """Write B, G, R straight to the disk; in memory there would be two copies of the file."""
    suffix = ".ppm" if path.suffix.lower() == ".pnm" else path.suffix
    options = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000] if suffix.lower() == ".jp2" else []
    name = path.with_suffix(suffix)
    if opencv_opens(name):
        try:
            if not cv2.imwrite(str(name), pixels, options):
                raise OSError("the encoder fails, or the disk is full")
            name.replace(path)
        finally:
            if name != path:
                name.unlink(missing_ok=True)
        return
    done, data = cv2.imencode(suffix, pixels, options)
    if not done:
        raise OSError("the encoder fails")
    data.tofile(path)


def _in_blue_green_red(pixels: Pixels) -> None:
    """Change the order of colours to that of OpenCV, in place: large pictures need the room."""
    for strip in strips(*pixels.shape[:2]):
        pixels[strip, :, :3] = pixels[strip, :, 2::-1].copy()


def _write_png(path: Path, page: ColorPage) -> list[str]:
    """Write a PNG file by OpenCV, which knows 16 bits, and the other chunks as by Pillow."""
    from PIL import Image

    options, lost = keepable(page.metadata, "PNG")
    tiny = BytesIO()
    Image.new("RGB", (1, 1)).save(tiny, "PNG", **options)
    about = b"".join(chunk for name, chunk in _chunks(tiny.getvalue()) if name in _PNG_ABOUT)
    _in_blue_green_red(page.pixels)
    plain = path.with_name(f"{path.name}.plain.png")
    try:
        _write_by_opencv(plain, page.pixels)
        with plain.open("rb") as pixels, path.open("wb") as file:
            file.write(pixels.read(_PNG_HEAD))
            file.write(about)
            copyfileobj(pixels, file)
    finally:
        plain.unlink(missing_ok=True)
    return lost


_PNG_HEAD = 8 + 25
"""Bytes of the signature and the first chunk, IHDR."""
_PNG_ABOUT = (b"iCCP", b"pHYs", b"eXIf", b"iTXt")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at:end]
        at = end


def _write_tiff(path: Path, pages: Iterable[ColorPage], total_pixels: int) -> list[str]:
    lost: list[str] = []
    from tifffile import TiffWriter  # slow to import, and few write such files

    with TiffWriter(path, bigtiff=total_pixels * 8 > _LARGEST_TIFF) as file:
        for page in pages:
            options, missing = _tiff_options(page.metadata)
            file.write(
                page.pixels,
                photometric="rgb",
                extrasamples=["unassalpha"] if page.pixels.shape[2] == 4 else None,
                compression="adobe_deflate",
                compressionargs={"level": _DEFLATE_LEVEL},
                predictor=True,
                software=False,
                metadata=None,
                contiguous=False,
                **options,
            )
            lost += (words for words in missing if words not in lost)
    return lost


def _tiff_options(metadata: PictureMetadata) -> tuple[dict[str, Any], list[str]]:
    options: dict[str, Any] = {}
    tags: list[tuple[Any, ...]] = []
    lost: list[str] = [NAMES["exif"]] if metadata.damaged_exif else []
    if metadata.icc_profile is not None:
        options["iccprofile"] = metadata.icc_profile
    if metadata.xmp is not None:
        tags.append((_XMP, "B", len(metadata.xmp), metadata.xmp, False))
    if metadata.dpi is not None:
        if max(metadata.dpi) <= _LARGEST_DPI:
            options |= {"resolution": metadata.dpi, "resolutionunit": "INCH"}
        else:
            lost.append(NAMES["dpi"])
    if metadata.exif is not None:
        from PIL.Image import Exif

        exif = Exif()
        exif.load(metadata.exif)
        tags += ((tag, "s", 0, _ascii(exif[tag]), False) for tag in _PLAIN_TAGS if tag in exif)
        if _DESCRIPTION in exif and not str(exif[_DESCRIPTION]).startswith(_OF_TIFFFILE):
            options["description"] = _ascii(exif[_DESCRIPTION])
        if _EXIF in exif or _GPS in exif:
            lost.append(f"{NAMES['exif']} but for the maker, the date and texts")
    if tags:
        options["extratags"] = tags
    return options, lost


def _ascii(value: Any) -> bytes:
    return str(value).encode(errors="replace")
