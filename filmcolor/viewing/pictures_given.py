"""Pictures that people give: read as data, whatever they are called."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np

from filmcolor.errors import InputError
from filmcolor.media.decode.pixel_limit import check_pixels
from filmcolor.system.special_files import refuse_special
from filmcolor.viewing.viewed import RGB
from filmcolor.wording.reasons import reason_of

GivenPicture = str | Path | bytes | RGB
"""A file, its content, or R', G', B'."""

_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "TIFF": ".tif", "BMP": ".bmp"}
"""Of formats that are kept as they are; others become PNG."""
_LARGEST = 1 << 30


def picture_file(picture: GivenPicture, name: str = "the picture") -> tuple[bytes, str]:
    """Return a picture as the content of a file, and the suffix for it.

    Raises `InputError` for what is no picture that can be read.
    """
    if isinstance(picture, np.ndarray):
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (3, 4):
            raise InputError(f"{name}: should be uint8 of the shape (height, width, 3 or 4).")
        return png_bytes(picture), ".png"
    if isinstance(picture, bytes):
        return _checked(picture, Path(name))
    path = Path(picture)
    refuse_special(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path}: too large for a picture.", file=path)
        return _checked(path.read_bytes(), path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).", file=path) from error


def png_bytes(pixels: RGB) -> bytes:
    """Return the content of a PNG file; uint8, shape (height, width, 3 or 4)."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def shape_of(data: bytes) -> tuple[int, int]:
    """Return height and width of a picture as it is shown."""
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        width, height = image.size
        turned = image.getexif().get(0x0112, 1) >= 5
    return (width, height) if turned else (height, width)


def pixels_of(data: bytes) -> RGB:
    """Return the pixels of a PNG file of ours; uint8, shape (height, width, 4)."""
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        return np.array(image.convert("RGBA"))


def _checked(data: bytes, path: Path) -> tuple[bytes, str]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data)) as image:
            check_pixels(path, *image.size)
            image.load()
            if image.format in _SUFFIXES:
                return data, _SUFFIXES[image.format]
            return png_bytes(np.asarray(image.convert("RGBA"))), ".png"
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: not a picture that can be read.", file=path) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).", file=path) from error
