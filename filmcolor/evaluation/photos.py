"""Reads colour photos from folders and archives."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path

from filmcolor.evaluation.inputs import Photos
from filmcolor.evaluation.lab import RGB8
from filmcolor.evaluation.pictures import SHORTEST_SIDE, comparison_size
from filmcolor.media.pictures.photos import decode_photo, photos_in_archive

_LEAST_SPREAD = 1.0
"""Mean difference between the channels, in 8-bit codes, below which a photo has no colour."""


class PhotoReader:
    """Iterates over photos; afterwards `notes` says which ones could not be used."""

    def __init__(self, photos: Photos) -> None:
        """Read the photos that `photos` names."""
        self.notes: list[str] = []
        self._photos = photos
        self._unreadable: list[str] = []
        self._small: list[str] = []
        self._grey: list[str] = []

    @property
    def total(self) -> int | None:
        """The number of files; None for an archive."""
        return None if self._photos.files is None else len(self._photos.files)

    def pictures(self) -> Generator[RGB8]:
        """Yield the photos as 8-bit R'G'B', shape (height, width, 3), the right way up.

        Those that cannot be read, are tiny or have no colour are left out. Raises `InputError`
        for an archive that cannot be read.
        """
        files = self._photos.files
        encoded: Iterable[tuple[str, bytes]] = (
            photos_in_archive(self._photos.path)
            if files is None
            else ((str(path), _content(path)) for path in files)
        )
        for name, data in encoded:
            rgb = decode_photo(data)
            if rgb is None:
                self._unreadable.append(name)
            elif min(comparison_size(*rgb.shape[:2])) < SHORTEST_SIDE:
                self._small.append(name)
            elif float((rgb.max(axis=2) - rgb.min(axis=2)).mean()) < _LEAST_SPREAD:
                self._grey.append(name)
            else:
                yield rgb
        for names, why in (
            (self._unreadable, "cannot be read"),
            (self._small, "is too small or too narrow"),
            (self._grey, "has no colour to compare with"),
        ):
            if names:
                others = f" and {len(names) - 1} more like it" if len(names) > 1 else ""
                self.notes.append(f"left out: {names[0]}{others} ({why}).")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
