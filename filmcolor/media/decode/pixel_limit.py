"""How large a picture may be: a small file can claim to hold a picture that fills the memory."""

from __future__ import annotations

import os
from pathlib import Path

from filmcolor.errors import InputError, UsageError

MAX_PIXELS = "FILMCOLOR_MAX_PIXELS"
"""Name of the environment variable that sets another limit."""

_DEFAULT = 1 << 28
"""Pixels: 16384x16384. Films in 8K have an eighth of that, the largest cameras two thirds."""


def max_pixels() -> int:
    """Return how many pixels a picture may have; raises `UsageError` for nonsense."""
    text = os.environ.get(MAX_PIXELS, "").strip()
    if not text:
        return _DEFAULT
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) > 0):
        raise UsageError(f"{MAX_PIXELS}={text}: should be a number of pixels above 0.")
    return int(text)


def decoder_limit() -> int:
    """Return the limit to give to FFmpeg's decoders: they count the borders that they add."""
    return 2 * max_pixels() + 512 * 512


def check_pixels(path: Path, width: int, height: int) -> None:
    """Raise `InputError` if a picture of this size is too large."""
    most = max_pixels()
    if width * height > most:
        raise InputError(
            f"{path}: {width}x{height} pixels are more than the {most:,} that are allowed; if the "
            f"file is to be trusted and there is memory enough, set {MAX_PIXELS}={width * height}."
        )
