"""Reads colour photos from folders and archives."""

from __future__ import annotations

import tarfile
from collections.abc import Generator, Iterable
from pathlib import Path

import cv2
import numpy as np

from filmcolor.errors import InputError
from filmcolor.evaluation.inputs import Photos, is_photo_name
from filmcolor.evaluation.lab import RGB8
from filmcolor.evaluation.pictures import SHORTEST_SIDE, comparison_size
from filmcolor.reasons import reason_of

_MOST_BYTES = 512 << 20
"""Larger members of an archive are no photos."""
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
            _members(self._photos.path)
            if files is None
            else ((str(path), _content(path)) for path in files)
        )
        for name, data in encoded:
            rgb = _decode(data)
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


def _decode(data: bytes) -> RGB8 | None:
    """Return 8-bit R'G'B' of an encoded picture; None where it is none."""
    try:
        bgr = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR) if data else None
    except cv2.error:  # a picture of an unlikely size, for one
        return None
    return None if bgr is None else np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _members(archive: Path) -> Generator[tuple[str, bytes]]:
    """Yield the photos of a tar archive, one in memory at a time; nothing is unpacked to disk."""
    try:
        with tarfile.open(archive, "r|*") as tar:
            for member in tar:
                if member.isfile() and is_photo_name(member.name):
                    content = tar.extractfile(member) if member.size <= _MOST_BYTES else None
                    yield member.name, content.read() if content is not None else b""
    except (tarfile.TarError, OSError, EOFError) as error:
        raise InputError(
            f"{archive}: cannot be read as a tar archive of photos ({reason_of(error)})."
        ) from error
