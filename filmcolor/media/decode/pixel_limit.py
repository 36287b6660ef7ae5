"""How large a picture may be: a small file can claim to hold a picture that fills the memory."""

from __future__ import annotations

from pathlib import Path

from filmcolor.errors import InputError
from filmcolor.system.environment import MAX_PIXELS, max_pixels


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
