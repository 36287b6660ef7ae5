"""Pictures that pages send, looked at as data before anything opens them."""

from __future__ import annotations

import io
import warnings

from PIL import Image
from starlette.exceptions import HTTPException

_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")
_MOST_PIXELS = 1 << 28


def checked_picture(data: bytes, most_pixels: int = _MOST_PIXELS) -> bytes:
    """Return the bytes of a picture of a common kind and of sensible size; else raise HTTP 415."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large pictures; these are refused here
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as found:
                pixels = found.width * found.height
        except Image.DecompressionBombError:
            raise HTTPException(413, "This picture has too many pixels.") from None
        except Exception:  # decoders raise all kinds of errors at what is no picture
            raise HTTPException(
                415, "This is no picture that can be taken; PNG, JPEG, WebP and TIFF can."
            ) from None
    if pixels > most_pixels:
        raise HTTPException(413, "This picture has too many pixels.")
    return data
