"""Animated pictures (PNG, WebP, AVIF, GIF), frame by frame."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from filmcolor.errors import InputError
from filmcolor.media.decode.picture_header import open_picture
from filmcolor.media.decode.pixel_limit import check_pixels
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.pictures.picture import Decoded, Picture, upright_picture

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = ("PNG", "WEBP", "AVIF", "GIF")
_GIF = ".gif"
_SUFFIXES = frozenset({".png", ".apng", ".webp", ".avif", ".avifs", _GIF})
TICKS = 90_000
"""A second: the times of animations are in milliseconds, or in fractions of a second."""
_SHORTEST = 10
_INSTEAD = 100
"""Milliseconds that browsers show a frame for which a shorter time is given than 10, or none."""


def is_animated(path: Path) -> bool:
    """Return whether a file is a picture of several frames that follow each other in time.

    A GIF file counts as one unless it is seen to hold a single picture: FFmpeg, which reads such
    films, makes more of a damaged one than Pillow.
    """
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        return False
    try:
        seen = path.stat()
    except (OSError, ValueError):
        return suffix == _GIF
    if not stat.S_ISREG(seen.st_mode):
        return suffix == _GIF  # whoever opens a pipe may wait for ever
    return _is_animated(path, seen.st_size, seen.st_mtime_ns)


@lru_cache(maxsize=256)
def _is_animated(path: Path, size: int, changed: int) -> bool:
    try:
        with open_picture(path) as image:
            several = count_frames(image) > 1
            if image.format == "GIF" and not several:
                image.load()
            return several
    except Exception:  # damaged files make Pillow raise errors of many classes
        return path.suffix.lower() == _GIF


def count_frames(image: Image) -> int:
    """Return how many frames a picture opened with Pillow shows, 1 where it is no animation."""
    return _count(image) if image.format in _FORMATS else 1


def _first(image: Image) -> int:
    """Return the number of the first frame; a PNG file may hold another picture before it."""
    return int(bool(image.format == "PNG" and image.info.get("default_image")))


def _count(image: Image) -> int:
    return int(getattr(image, "n_frames", 1)) - _first(image)


class Animation:
    """The frames of an animated picture, each as a picture of its own."""

    def __init__(self, path: Path, durations: Sequence[int] | None = None) -> None:
        """Look through the file for the times, unless they are known.

        Raises `InputError` when it cannot be read.
        """
        self.path = path
        self._image: Image | None = None
        self._at = -1
        if durations is None:
            try:
                durations = watched_reading(path, lambda: self._durations())
            finally:
                self.close()
        self.durations = durations
        """How long each frame is shown, in ticks."""

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.durations)

    def read(self, number: int) -> Picture:
        """Return a frame; quick when they are read in order.

        Raises `InputError` when it cannot be read.
        """
        return watched_reading(self.path, lambda: self._read(number))

    def name(self, number: int) -> str:
        """Return what to call a frame in messages."""
        return f"{self.path}: frame {number}"

    def close(self) -> None:
        """Close the file; reading opens it again."""
        if self._image is not None:
            self._image.close()
            self._image = None

    def _durations(self) -> tuple[int, ...]:
        with _damage_told(self.path):
            with open_picture(self.path) as image:
                check_pixels(self.path, *image.size)
                count = _count(image)
            found: list[int] = []
            begins, ends = 0, Fraction(0)
            for number in range(count):
                shown = float(self._shown(number).info.get("duration") or 0)
                shown = shown if shown >= _SHORTEST else _INSTEAD
                # Times are added up before they are rounded, so that errors do not add up.
                ends += Fraction(shown).limit_denominator(100_000) / 1000
                found.append(max(1, round(ends * TICKS) - begins))
                begins += found[-1]
            return tuple(found)

    def _read(self, number: int) -> Picture:
        with _damage_told(self.path):
            return upright_picture(decoded_by_pillow(self._shown(number)))

    def _shown(self, number: int) -> Image:
        """Return the open file, with a frame decoded; frames are drawn upon those before them."""
        if self._image is None or number < self._at:
            self.close()
            self._image, self._at = open_picture(self.path), -1
        for following in range(self._at + 1, number + 1):
            self._image.seek(following + _first(self._image))
            self._image.load()
            self._at = following
        return self._image

    def __getstate__(self) -> dict[str, Any]:
        """Leave the open file out: another process opens its own."""
        return {**self.__dict__, "_image": None}


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:  # damaged files make Pillow raise errors of many classes
        raise InputError(
            f"{path}: not an animated picture that can be read; it is damaged ({error})."
        ) from error


def decoded_by_pillow(image: Image) -> Decoded:
    """Return the frame that an open file is at."""
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    if image.mode.startswith("I;16"):
        return Decoded(np.array(image), 65535)
    wanted = "RGBA" if has_alpha else "L" if image.mode in ("1", "L") else "RGB"
    return Decoded.of_channels(np.array(image.convert(wanted)), 255)
