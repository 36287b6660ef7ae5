"""Small grey pictures of films and photos."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.pictures.read import read_picture
from filmcolor.studio.desk import Desk

_KEPT = 2000
_AT_ONCE = 2
"""So that a frame that is asked for in colour finds the computer free."""
_INTO = 0.1
"""Part of a film after which it looks like itself: before that are titles."""


class Thumbnails:
    """Makes them, and keeps the last ones; thread-safe."""

    def __init__(self, desk: Desk) -> None:
        """Make those of a desk's films."""
        self._desk = desk
        self._kept: OrderedDict[tuple[object, ...], NDArray[np.uint8]] = OrderedDict()
        self._lock = threading.Lock()
        self._making = threading.Semaphore(_AT_ONCE)

    def get(self, key: str, at: int | None, width: int) -> NDArray[np.uint8]:
        """Return a frame (None: one that shows what the film is), uint8 RGB, `width` wide at most.

        Raises as `filmcolor.open_film` does.
        """
        path = self._desk.shelf.path(key)
        facts = path.stat() if path.exists() else None
        name = (key, at, width, None if facts is None else (facts.st_mtime_ns, facts.st_size))
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        with self._making:
            made = self._photo(key, width) if is_picture(path) else self._frame(key, at, width)
        with self._lock:
            self._kept[name] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made

    def _frame(self, key: str, at: int | None, width: int) -> NDArray[np.uint8]:
        with self._desk.film(key) as film:
            moment: int | float = 0
            if at is not None:
                moment = at
            elif film.view.info.duration is not None:
                moment = float(film.view.info.duration) * _INTO
            return film.view.thumbnail(moment, width=width)

    def _photo(self, key: str, width: int) -> NDArray[np.uint8]:
        grey = photo_grey(self._desk.shelf.path(key), width)
        return np.repeat(grey[..., None], 3, axis=2)


def photo_grey(path: Path, width: int | None = None) -> NDArray[np.uint8]:
    """Return a photo without colour, upright, uint8 (h, w), `width` wide at most."""
    picture = read_picture(path)
    grey = picture.luma
    if picture.depth > 8:
        grey = (grey >> (picture.depth - 8)).astype(np.uint8)
    height, across = grey.shape
    if width is not None and width < across:
        size = (width, max(1, round(height * width / across)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)
