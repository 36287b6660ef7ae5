"""Pictures that people have painted, as colours of the film's frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats
from filmcolor.color.lab import RGB8, lab_from_rgb
from filmcolor.errors import InputError
from filmcolor.keyframes.compare import repainted
from filmcolor.keyframes.index import KeyframePicture
from filmcolor.media.decode.pixel_limit import check_pixels
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.film import FilmInfo
from filmcolor.media.pictures.picture import strips
from filmcolor.media.upright import as_stored
from filmcolor.script.given import GivenColors
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of

_EXACT = frozenset({"PNG", "TIFF", "BMP", "TGA", "PPM"})
"""Formats, as Pillow calls them, that keep what was painted as it is."""
_LARGEST = 256 << 20
"""Bytes of a picture of strokes."""
_OTHER_SHAPE = 0.02
"""By which the ratio of the sides may differ."""


@dataclass(frozen=True)
class _Pixels:
    rgb: RGB8
    alpha: NDArray[np.uint8]
    exact: bool


def _read(path: Path) -> _Pixels:
    refuse_special(path)
    return watched_reading(path, lambda: _decoded(path, path))


def _decoded(path: Path, content: Path | BytesIO) -> _Pixels:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(content) as image:
            check_pixels(path, *image.size)
            exact = image.format in _EXACT
            upright: Any = ImageOps.exif_transpose(image)
            transparent = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            pixels = np.asarray(_in_srgb(upright).convert("RGBA" if transparent else "RGB"))
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: not a picture that can be read.", file=path) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).", file=path) from error
    opaque = np.full(pixels.shape[:2], 255, np.uint8)
    return _Pixels(pixels[..., :3], pixels[..., 3] if transparent else opaque, exact)


def _in_srgb(image: Any) -> Any:
    """Return a picture with the colours that its profile means, where it has one."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA"):
        return image
    from PIL import ImageCms

    try:
        return ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode=image.mode,
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image


def read_content(path: Path) -> bytes:
    """Return what stands in a picture's file; raises `InputError` for one that cannot be read."""
    refuse_special(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path}: too large for a picture of strokes.", file=path)
        return watched_reading(path, path.read_bytes)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).", file=path) from error


def check_shape(path: Path, entry: KeyframePicture, content: bytes | None = None) -> None:
    """Raise `InputError` unless a picture has the shape of the keyframe, whatever its size.

    `content`: of the file, where that was read already.
    """
    if content is None:
        refuse_special(path)
        width, height = watched_reading(path, lambda: _shown_size(path, path))
    else:
        width, height = _shown_size(path, BytesIO(content))
    check_pixels(path, width, height)
    if abs(width * entry.height / (height * entry.width) - 1) > _OTHER_SHAPE:
        raise InputError(
            f"{path}: has {width}x{height} pixels, but the keyframe was exported with "
            f"{entry.width}x{entry.height}; save it uncropped, or take it out of the folder.",
            file=path,
        )


def _shown_size(path: Path, content: Path | BytesIO) -> tuple[int, int]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(content) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) >= 5
            return (height, width) if turned else (width, height)
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: not a picture that can be read.", file=path) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).", file=path) from error


@dataclass(frozen=True)
class PaintedKeyframe:
    """A picture that was exported, and may have been repainted since."""

    path: Path
    original: Path
    """The picture as it was exported."""
    info: FilmInfo

    def share(self) -> float:
        """Return how much of the picture was repainted, 0..1."""
        return float(np.mean(self.load().weight >= 0.5))

    def load(self) -> GivenColors:
        """Return its colours where it was repainted, turned and sized as the film is stored.

        What is transparent is not given. Raises `InputError` when a picture cannot be read.
        """
        painted, original = _read(self.path), _read(self.original)
        rgb, alpha, exact = painted.rgb, painted.alpha, painted.exact
        size = original.rgb.shape[:2]
        if rgb.shape[:2] != size:
            rgb, alpha, exact = _resized(rgb, size), _resized(alpha, size), False
        rgb = np.where(alpha[..., None] > 0, rgb, original.rgb)  # under what is erased is anything
        colors = repainted(rgb, original.rgb, noisy=not exact)
        return _stored(colors.ab, colors.weight * _opacity(alpha), self.info)


@dataclass(frozen=True)
class HintStrokes:
    """A transparent picture with strokes of colour."""

    path: Path
    content: bytes = field(repr=False)
    """Of the file, as it was read: a few kB, and it stays what it is while somebody paints on."""
    size: tuple[int, int]
    """Height and width of the keyframe as it was exported."""
    info: FilmInfo

    def share(self) -> float:
        """Return how much of the picture is covered, 0..1; quicker than `load`."""
        opacity = _opacity(_decoded(self.path, BytesIO(self.content)).alpha)
        return float(np.mean(as_stored(opacity, self.info) >= 0.5))

    def load(self) -> GivenColors:
        """Return the colours, and as weight the opacity, turned and sized as the film is stored."""
        painted = _decoded(self.path, BytesIO(self.content))
        rgb, alpha = painted.rgb, painted.alpha
        ab = np.zeros((*alpha.shape, 2), np.float32)
        there = alpha > 0  # mostly little of the picture
        for strip in strips(*alpha.shape):
            seen = there[strip]
            ab[strip][seen] = lab_from_rgb(rgb[strip][seen][None])[0, :, 1:]
        return _stored(ab, _opacity(alpha), self.info)


def _opacity(alpha: NDArray[np.uint8]) -> Floats:
    return np.asarray(alpha * np.float32(1 / 255), np.float32)


def _resized(pixels: NDArray[Any], size: tuple[int, ...]) -> NDArray[Any]:
    how = cv2.INTER_AREA if size[0] < pixels.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (size[1], size[0]), interpolation=how))


def _stored(ab: Floats, weight: Floats, info: FilmInfo) -> GivenColors:
    """Return colours as the film is stored; where several become one, they count by weight."""
    small = as_stored(weight, info)
    plain, weighted = as_stored(ab, info), as_stored(ab * weight[..., None], info)
    there = small > 1e-3  # of strokes, little of the picture
    found = np.array(plain, np.float32)
    found[there] = weighted[there] / small[there][:, None]
    return GivenColors(found, small)
