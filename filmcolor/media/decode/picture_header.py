"""What a picture file says about itself, read without decoding the picture."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_OPENING = threading.Lock()


def open_picture(file: bytes | Path) -> Image:
    """Open a picture, or the content of its file, with Pillow, whatever its size.

    Damaged files make Pillow raise errors of many classes.
    """
    from PIL import Image

    _know_heif()
    # Pillow would refuse large pictures before it tells their size, by a limit for the process.
    with _OPENING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(BytesIO(file) if isinstance(file, bytes) else file)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextmanager
def picture_header(content: bytes) -> Iterator[Image]:
    """Open the content of a picture file with Pillow, without decoding it; any size is taken.

    Damaged files make Pillow raise errors of many classes.
    """
    with open_picture(content) as image:
        yield image


@cache
def _know_heif() -> bool:
    """Have Pillow know HEIF files, where pillow-heif is installed; return whether it is."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


def knows_heif() -> bool:
    """Return whether HEIF files (.heic) can be read and written: that takes pillow-heif."""
    return _know_heif()


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height as stored; None where the file is no picture that Pillow knows."""
    try:
        with picture_header(content) as image:
            return image.size
    except Exception:
        return None
