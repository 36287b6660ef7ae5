"""Reads picture files of all kinds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import av
import cv2
import numpy as np

from filmcolor.errors import InputError
from filmcolor.media.decode.picture_header import knows_heif, picture_header, picture_size
from filmcolor.media.decode.pixel_limit import check_pixels
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.local_files import opencv_opens
from filmcolor.media.pictures import scans, tiff
from filmcolor.media.pictures.animation import count_frames, decoded_by_pillow
from filmcolor.media.pictures.kinds import Kind, kind_of
from filmcolor.media.pictures.metadata import NO_METADATA, orientation_of, read_metadata
from filmcolor.media.pictures.picture import Decoded, Picture, upright_picture
from filmcolor.settings import Transfer
from filmcolor.system.special_files import refuse_special

CUT_OFF = "the file is cut off; what is missing of the picture is left flat."
"""The note on a picture that can be read in part."""

_PAGES_CUT_OFF = "the file is cut off; it has lost pages."

_SGI_BYTES_A_SAMPLE_AT = 3
_EIGHT_BITS = "the picture has more than 8 bits; 8 of them are read."
_SCANS = frozenset({"netpbm", "dpx", "exr"})
_BY_PILLOW = frozenset(
    {"TGA", "PCX", "ICO", "CUR", "ICNS", "SGI", "QOI", "DDS", "DIB", "PSD", "XBM", "XPM", "MSP"}
    | {"SUN", "BLP", "PCD", "GIF"}
)
"""What OpenCV does not read, or not all of it. Not EPS: Pillow would start another program."""
_AVIF_BRANDS = (b"avif", b"avis")
_CODESTREAM = b"\xff\x4f\xff\x51"
_SAMPLE_SIZE_AT = 38
"""Bytes from the codestream's first two markers to the bits of a sample, less 1 (ISO 15444-1)."""


def read_picture(path: Path, transfer: Transfer = "auto") -> Picture:
    """Read a picture; of a file with several, the first.

    `transfer`: how scans (DPX, EXR) stand for light. Raises `InputError` when that fails, or when
    the picture has more pixels than are allowed.
    """
    file = PictureFile(path, transfer)
    picture = file.read(0)
    if file.pages == 1:
        return picture
    note = f"{path.name} has {file.pages} pages; the first one is taken."
    return replace(picture, notes=(*picture.notes, note))


class PictureFile:
    """A picture file: one picture, or a TIFF file with several pages."""

    def __init__(self, path: Path, transfer: Transfer = "auto", *, strict: bool = False) -> None:
        """Read the file; raises `InputError` when that fails, `strict`: or it is cut off."""
        refuse_special(path)
        self._path = path
        self._transfer = transfer
        self._strict = strict
        self._content = watched_reading(path, lambda: _content(path))
        self._kind = kind_of(self._content)
        self.sizes = watched_reading(path, lambda: _sizes(path, self._content, self._kind))
        """Height and width of all pages, as stored; empty where only decoding tells."""
        for height, width in self.sizes:
            check_pixels(path, width, height)
        self._lacks_pages = self._kind == "tiff" and watched_reading(
            path, lambda: tiff.lacks_pages(path, self._content)
        )
        if strict and self._lacks_pages:
            raise InputError(f"{path}: {_PAGES_CUT_OFF}", file=path)

    @property
    def pages(self) -> int:
        """How many there are."""
        return len(self.sizes) or 1

    def read(self, page: int) -> Picture:
        """Return a page, from 0; once the last one has been read, no other can be.

        Raises `InputError` when it cannot be read, or has more pixels than are allowed.
        """
        return watched_reading(self._path, lambda: self._read(page))

    def _read(self, page: int) -> Picture:
        content, kind, index = self._content, self._kind, 0
        is_last = page == self.pages - 1
        if is_last:
            self._content = b""  # what is large is not kept for longer than it is needed
        if kind == "tiff":
            index = tiff.page_index(self._path, content, page)
        metadata = NO_METADATA if kind in _SCANS else read_metadata(content, index)
        if kind in ("jpeg2000", "other"):
            about = _About.of(content, kind)
            if self._strict and CUT_OFF in about.notes:
                raise InputError(f"{self._path}: {CUT_OFF}", file=self._path)
            if _is_for_pillow(content):
                found = _by_pillow(self._path, content, about)
            else:
                if opencv_opens(self._path) and self._path.is_file():
                    content = b""
                found = _by_opencv(self._path, content, about)
        else:
            found = _decoded(self._path, content, kind, page, self._transfer)
        del content
        if is_last and self._lacks_pages:
            found = replace(found, notes=(*found.notes, _PAGES_CUT_OFF))
        check_pixels(self._path, found.pixels.shape[1], found.pixels.shape[0])
        return upright_picture(found, metadata)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error


def _decoded(path: Path, content: bytes, kind: Kind, page: int, transfer: Transfer) -> Decoded:
    if kind == "tiff":
        return tiff.read_page(path, content, page)
    try:
        if kind in _SCANS:
            return _scan(content, kind, transfer)
        return _heif(path, content)
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise InputError(
            f"{path}: not a picture that can be read; it is damaged, or of a kind not known."
        ) from error


def _sizes(path: Path, content: bytes, kind: Kind) -> list[tuple[int, int]]:
    if kind == "tiff":
        return tiff.page_sizes(path, content)
    if kind == "heif" and not _is_avif(content) and not knows_heif():
        raise InputError(
            f"{path}: pictures of this kind (HEIF, HEIC) need pillow-heif: pip install pillow-heif."
        )
    size = _size(content, kind)
    if size is None and kind in ("jpeg2000", "heif", "other"):
        # What Pillow does not know, OpenCV is not asked about: it knows no limits.
        raise InputError(f"{path}: not a picture that can be read; the file is empty or damaged.")
    return [] if size is None else [(size[1], size[0])]


def _is_avif(content: bytes) -> bool:
    brands = content[8 : 8 + max(0, min(int.from_bytes(content[:4], "big"), 256) - 8)]
    return any(brand in brands for brand in _AVIF_BRANDS)


def _size(content: bytes, kind: Kind) -> tuple[int, int] | None:
    """Return width and height as stored, without decoding; None where they are not found."""
    if kind == "dpx" and len(content) >= 780:
        width, height = struct.unpack(">II" if content[:1] == b"S" else "<II", content[772:780])
        return width, height
    if kind == "exr":
        name = b"dataWindow\0box2i\0"
        at = content.find(name, 0, 1 << 16) + len(name) + 4
        if at < len(name) + 4 or len(content) < at + 16:
            return None
        left, top, right, bottom = struct.unpack("<iiii", content[at : at + 16])
        return right - left + 1, bottom - top + 1
    return picture_size(content)


def _scan(content: bytes, kind: Kind, transfer: Transfer) -> Decoded:
    if kind == "dpx":
        return scans.read_dpx(content, transfer)
    if kind == "exr":
        return scans.read_exr(content, transfer)
    return scans.read_netpbm(content)


def _heif(path: Path, content: bytes) -> Decoded:
    """Decode HEIF, AVIF too, by Pillow: these pictures may be put together from tiles."""
    try:
        with picture_header(content) as image:
            orientation = int(image.getexif().get(0x0112, 1))
            deep = image.info.get("bit_depth", 8) > 8
            plain = image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGB")
            pixels = np.asarray(plain)
    except MemoryError:
        raise
    except Exception as error:  # damaged files make Pillow raise errors of many classes
        raise InputError(
            f"{path}: not a picture that can be read; it is damaged, or no picture."
        ) from error
    notes = _other_pictures(content)
    if deep:
        notes = (*notes, _EIGHT_BITS)
    return Decoded.of_channels(pixels, 255, orientation, notes)


@dataclass(frozen=True)
class _About:
    """What a file says that OpenCV does not."""

    orientation: int
    top: int | None
    """The code of white, where that is another one than usual."""
    notes: tuple[str, ...]

    @classmethod
    def of(cls, content: bytes, kind: Kind) -> _About:
        top = _jpeg2000_top(content) if kind == "jpeg2000" else None
        notes = (*_other_pictures(content), *([CUT_OFF] if _is_cut_off(content) else []))
        return cls(orientation_of(content), top, notes)


def _by_opencv(path: Path, content: bytes, about: _About) -> Decoded:
    """Decode a file by OpenCV: its content or, where there is none, from the disk.

    With some formats OpenCV needs memory for all pixels twice; the file need not be there, too.
    """
    try:
        with _opencv_quiet():
            if content:
                pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
            else:
                pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError) as error:
        raise InputError(
            f"{path}: not a picture that can be read; it is damaged or too large for OpenCV."
        ) from error
    if pixels is None:
        raise InputError(f"{path}: not a picture that can be read; the file is empty or damaged.")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise InputError(f"{path}: pictures with {pixels.dtype} samples are not supported.")
    top = about.top or (65535 if pixels.dtype == np.uint16 else 255)
    found = Decoded.of_channels(pixels, top, about.orientation, about.notes)
    return found if pixels.ndim == 2 else replace(found, pixels=found.pixels[..., ::-1])


def _is_for_pillow(content: bytes) -> bool:
    try:
        with picture_header(content) as image:
            # OpenCV passes over the one transparent shade that grey PNG files may have.
            clear = image.format == "PNG" and image.mode in "1L" and "transparency" in image.info
            return clear or image.format in _BY_PILLOW
    except Exception:  # damaged files make Pillow raise errors of many classes
        return False


def _by_pillow(path: Path, content: bytes, about: _About) -> Decoded:
    notes = about.notes
    try:
        with picture_header(content) as image:
            sizes = image.info.get("sizes", ())
            if len(sizes) > 1:
                notes += (
                    f"the file holds the picture in {len(sizes)} sizes; the largest is taken.",
                )
            if image.format == "SGI" and content[_SGI_BYTES_A_SAMPLE_AT] == 2:
                notes += (_EIGHT_BITS,)
            found = decoded_by_pillow(image)
    except MemoryError:
        raise
    except Exception as error:  # damaged files make Pillow raise errors of many classes
        raise InputError(f"{path}: not a picture that can be read; it is damaged.") from error
    return replace(found, notes=notes)


def _is_cut_off(content: bytes) -> bool:
    """Return whether a JPEG file ends before its picture does (ISO 10918-1, annex B: SOS, EOI)."""
    at = 2
    while content[:2] == b"\xff\xd8" and content[at : at + 1] == b"\xff":
        if content[at + 1 : at + 2] == b"\xda":
            return content.find(b"\xff\xd9", at) < 0
        fill = content[at + 1 : at + 2] == b"\xff"
        at += 1 if fill else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return False


@contextmanager
def _opencv_quiet() -> Iterator[None]:
    """Keep OpenCV from writing to standard error; what cannot be read is told otherwise."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def _jpeg2000_top(content: bytes) -> int | None:
    """Return the code of white in a JPEG 2000 file (SIZ in annex A.5.1)."""
    at = content.find(_CODESTREAM) + len(_CODESTREAM)
    if at < len(_CODESTREAM) or len(content) <= at + _SAMPLE_SIZE_AT:
        return None
    bits = (content[at + _SAMPLE_SIZE_AT] & 0x7F) + 1
    return (1 << bits) - 1 if bits <= 16 else None


def _other_pictures(content: bytes) -> tuple[str, ...]:
    """Say that a file holds more pictures than the one that is taken."""
    try:
        with picture_header(content) as image:
            # MPO: for the other eye, or smaller ones
            others = getattr(image, "n_frames", 1) if image.format == "MPO" else 1
            frames = count_frames(image)
    except Exception:  # damaged files make Pillow raise errors of many classes
        return ()
    if frames > 1:
        return (f"of an animated picture with {frames} frames the first one is taken.",)
    return (f"the file holds {others} pictures; the first one is taken.",) if others > 1 else ()
