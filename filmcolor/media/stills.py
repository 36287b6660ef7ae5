"""Reads and writes still pictures, and reads sequences of them as films."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.colorspace import Plane, YUVEncoding, default_matrix
from filmcolor.errors import InputError, OutputError
from filmcolor.media.film import STILLS, FilmInfo, Orientation, StreamInfo
from filmcolor.media.luma import fit_luma
from filmcolor.media.picture_header import picture_header, picture_size
from filmcolor.media.pixel_limit import check_pixels
from filmcolor.media.reader import WHOLE_FILM, Frame, FrameRange
from filmcolor.media.watchdog import watched_reading
from filmcolor.special_files import refuse_special

PICTURE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".jp2", ".pgm", ".ppm"}
)
_PATTERN = re.compile(r"%(0?)(\d*)d")
_COLORED_FROM = 6.0
"""Mean difference between the channels, in 8-bit codes, from which a picture has colour."""

Pixels = NDArray[Any]
"""R'G'B' (height, width, 3), full range; uint8 or uint16."""


@dataclass(frozen=True)
class Picture:
    """A still picture, the right way up."""

    luma: Plane
    """uint8 or uint16 by depth, full range, shape (height, width)."""
    alpha: Plane | None
    """Opacity in the same type and shape, where the file has it."""
    colored: bool
    """Whether the file had colour (or a tint) of its own."""

    @property
    def encoding(self) -> YUVEncoding:
        """What the luma means: full range, with the matrix usual for that size."""
        height, width = self.luma.shape
        return YUVEncoding(default_matrix(width, height), True, 8 * self.luma.dtype.itemsize)


def is_picture(path: Path) -> bool:
    """Return whether `path` is named like a still picture."""
    named_like_one = path.suffix.lower() in PICTURE_SUFFIXES
    return named_like_one and (not _PATTERN.search(path.name) or path.is_file())


def color_suffix(path: Path) -> str:
    """Return the suffix of a picture's colour version: its own, if such files hold colour."""
    return ".ppm" if path.suffix.lower() == ".pgm" else path.suffix


def luma_of_rgb(rgb: Pixels) -> Plane:
    """Return full-range Y' of R'G'B' pixels (height, width, 3), exact where they are grey."""
    height, width = rgb.shape[:2]
    matrix = default_matrix(width, height)
    weights = np.array([matrix.kr, 1 - matrix.kr - matrix.kb, matrix.kb])
    luma = (rgb @ weights + 0.5).astype(rgb.dtype)
    grey = (rgb[..., 0] == rgb[..., 1]) & (rgb[..., 1] == rgb[..., 2])
    return np.where(grey, rgb[..., 1], luma).astype(rgb.dtype)


def _exif_turns(content: bytes) -> tuple[int, bool]:
    """Return counter-clockwise quarter turns and a left-right flip from the EXIF orientation."""
    try:
        with picture_header(content) as image:
            orientation = image.getexif().get(0x0112, 1)
    except Exception:  # damaged EXIF data fail in many ways; the picture may be whole
        return 0, False
    # EXIF 2.3, tag 274: what to do so that the picture is upright.
    return {
        2: (0, True),
        3: (2, False),
        4: (2, True),
        5: (1, True),
        6: (3, False),
        7: (3, True),
        8: (1, False),
    }.get(orientation, (0, False))


def read_picture(path: Path) -> Picture:
    """Read a picture of 8 or 16 bits.

    Raises `InputError` when that fails, or when the picture has more pixels than are allowed.
    """
    refuse_special(path)
    return watched_reading(path, lambda: _read_picture(path))


def _read_picture(path: Path) -> Picture:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    size = picture_size(content)
    if size is not None:
        check_pixels(path, *size)
    try:
        pixels = _decoded(content) if size else None
    except (cv2.error, MemoryError) as error:
        raise InputError(
            f"{path}: not a picture that can be read; it is damaged or too large for OpenCV."
        ) from error
    if pixels is None:
        raise InputError(f"{path}: not a picture that can be read; the file is empty or damaged.")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise InputError(f"{path}: pictures with {pixels.dtype} samples are not supported.")
    turns, mirrored = _exif_turns(content)
    if mirrored:
        pixels = pixels[:, ::-1]
    pixels = np.ascontiguousarray(np.rot90(pixels, turns))
    if pixels.ndim == 2:
        return Picture(pixels, None, False)
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    rgb = np.ascontiguousarray(pixels[..., 2::-1])
    spread = rgb.max(axis=2).astype(np.float32) - rgb.min(axis=2)
    scale = 1.0 if rgb.dtype == np.uint8 else 257.0
    return Picture(luma_of_rgb(rgb), alpha, float(spread.mean()) / scale >= _COLORED_FROM)


def _decoded(content: bytes) -> Pixels | None:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def write_picture(path: Path, rgb: Pixels, alpha: Plane | None, source: Path | None) -> None:
    """Write R'G'B' pixels (height, width, 3) of 8 or 16 bits in the format of the suffix.

    EXIF data and resolution are taken over from the picture `source`, for 8-bit files in formats
    that hold them. Raises `OutputError` when that fails.
    """
    try:
        if rgb.dtype == np.uint8 and path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"):
            _write_with_exif(path, rgb, alpha, source)
            return
        keep_alpha = alpha is not None and path.suffix.lower() in (".png", ".tif", ".tiff")
        if rgb.dtype == np.uint16 and path.suffix.lower() not in (".png", ".tif", ".tiff"):
            rgb = (rgb >> 8).astype(np.uint8)
            keep_alpha = False
        channels = [rgb[..., 2], rgb[..., 1], rgb[..., 0]]
        if keep_alpha and alpha is not None:
            channels.append(alpha)
        done, data = cv2.imencode(path.suffix, np.dstack(channels))
        if not done:
            raise OutputError(f"{path}: pictures of this kind cannot be written.")
        data.tofile(path)
    except (OSError, cv2.error, ValueError) as error:
        raise OutputError(f"{path}: cannot be written ({error}).") from error


def _write_with_exif(path: Path, rgb: Pixels, alpha: Plane | None, source: Path | None) -> None:
    from PIL import Image

    options: dict[str, Any] = {}
    if source is not None:
        try:
            with picture_header(source.read_bytes()) as original:
                exif = original.getexif()
                exif[0x0112] = 1
                options["exif"] = exif.tobytes()
                if "dpi" in original.info:
                    options["dpi"] = original.info["dpi"]
        except Exception:  # damaged EXIF data fail in many ways
            options = {}
    suffix = path.suffix.lower()
    if suffix in (".jpg", ".jpeg"):
        options.update(quality=95, subsampling=0)
    elif suffix == ".webp":
        options.update(quality=95)
    with_alpha = alpha is not None and suffix != ".jpg" and suffix != ".jpeg"
    pixels = np.dstack([rgb, alpha]) if with_alpha and alpha is not None else rgb
    Image.fromarray(pixels).save(path, **options)


def _natural_key(path: Path) -> list[int | str]:
    parts = re.split(r"(\d+)", path.name)
    return [int(part) if part.isdigit() else part.lower() for part in parts]


def find_stills(path: Path) -> list[Path] | None:
    """Return the pictures that `path` names as a sequence, in order; None where it names none.

    `path` is a folder of pictures, or a pattern such as `scan_%04d.png`. Raises `InputError` for
    a folder without pictures and for a pattern that nothing fits.
    """
    if path.is_dir():
        files = [p for p in path.iterdir() if is_picture(p) and not p.name.startswith(".")]
        if not files:
            raise InputError(f"{path}: there are no pictures in this folder.")
        return _in_order(files)
    match = _PATTERN.search(path.name)
    if match is None or path.exists():
        return None
    digits = rf"\d{{{match[2]},}}" if match[1] and match[2] else r"\d+"
    before, after = path.name[: match.start()], path.name[match.end() :]
    wanted = re.compile(re.escape(before) + f"({digits})" + re.escape(after))
    folder = path.parent
    found = [p for p in folder.iterdir() if wanted.fullmatch(p.name)] if folder.is_dir() else []
    if not found:
        raise InputError(f"{path}: no file fits this pattern.")
    return _in_order(found)


def _in_order(files: list[Path]) -> list[Path]:
    for file in files:
        refuse_special(file)
    return sorted(files, key=_natural_key)


class StillsReader:
    """Reads a sequence of pictures as a film at a constant frame rate."""

    def __init__(self, path: Path, files: Sequence[Path], frame_rate: Fraction) -> None:
        """Read `files` in order; `path` is the folder or pattern that named them."""
        self.notes: list[str] = []
        self.holes: list[int] = []
        self._files = list(files)
        first = read_picture(self._files[0])
        height, width = first.luma.shape
        self.info = FilmInfo(
            path=path,
            container=STILLS,
            video=StreamInfo(0, "video", files[0].suffix.lstrip(".").lower()),
            width=width,
            height=height,
            pixel_format="gray" if first.encoding.depth == 8 else "gray16le",
            encoding=first.encoding,
            tagged_matrix=False,
            time_base=1 / frame_rate,
            start=Fraction(0),
            container_start=Fraction(0),
            frame_rate=frame_rate,
            frames=len(self._files),
            duration=len(self._files) / frame_rate,
            sample_aspect_ratio=Fraction(1),
            orientation=Orientation(),
            interlaced=False,
            top_field_first=True,
        )

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the pictures of `part`; the others are not read."""
        info = self.info
        index = 0
        colored = resized = False
        for number, path in enumerate(self._files):
            time = number * info.time_base
            if part.start is not None and time < part.start:
                continue
            if part.end is not None and time >= part.end:
                break
            picture = read_picture(path)
            if picture.encoding.depth != info.encoding.depth:
                raise InputError(
                    f"{path}: has {picture.encoding.depth} bits, the pictures before it have "
                    f"{info.encoding.depth}."
                )
            colored |= picture.colored
            resized |= picture.luma.shape != (info.height, info.width)
            luma = fit_luma(picture.luma, info.height, info.width)
            yield Frame(index, number, 1, luma, time)
            index += 1
        if colored:
            self.notes.append("the pictures have colour or a tint of their own; it is replaced.")
        if resized:
            self.notes.append(f"all pictures were brought to {info.width}x{info.height}.")
