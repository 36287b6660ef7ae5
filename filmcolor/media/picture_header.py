"""What a picture file says about itself, read without decoding the picture."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_OPENING = threading.Lock()


@contextmanager
def picture_header(content: bytes) -> Iterator[Image]:
    """Open the content of a picture file with Pillow, without decoding it; any size is taken.

    Damaged files make Pillow raise errors of many classes.
    """
    from PIL import Image

    # Pillow would refuse large pictures before it tells their size, by a limit for the process.
    with _OPENING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(BytesIO(content))
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    with image:
        yield image


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height as stored; None where the file is no picture that is known."""
    try:
        with picture_header(content) as image:
            return image.size
    except Exception:
        return _tiff_size(content) if content[:2] in (b"II", b"MM") else None


def _tiff_size(content: bytes) -> tuple[int, int] | None:
    """Return the size of TIFF files of the kinds that Pillow does not know."""
    try:
        import tifffile

        with tifffile.TiffFile(BytesIO(content)) as file:
            page = file.pages.first
            return int(page.imagewidth), int(page.imagelength)
    except Exception:  # damaged files make it raise errors of many classes, too
        return None
