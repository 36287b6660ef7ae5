"""Which files the studio may touch: what lies below the opened folders, and files named by hand.

Pages never name paths: they know films and pictures by short ids that this server has given.
Links count by what they lead to.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from filmcolor.errors import InputError, UsageError
from filmcolor.media.stills import find_stills

_MOST_LOOKED_AT = 20_000
"""Files that are looked at to find one that was dropped."""


class Shelf:
    """Files by their ids; thread-safe."""

    def __init__(self, folders: Iterable[Path]) -> None:
        """Open `folders`; raises `InputError` for one that is not there."""
        self.folders: tuple[Path, ...] = tuple(_resolved(folder) for folder in folders)
        for folder in self.folders:
            if not folder.is_dir():
                raise InputError(f"{folder}: is not a folder; name one that holds films.")
        self.added: list[Path] = []
        """Files that were named by hand, in order."""
        self._paths: dict[str, Path] = {}
        self._lock = threading.Lock()

    @property
    def home(self) -> Path:
        """The folder in which new things appear: the first that was opened."""
        return self.folders[0]

    def put(self, path: Path) -> str:
        """Return the id of a file below an opened folder.

        Raises `UsageError` for one that lies elsewhere, also by way of a link.
        """
        path = path.absolute()
        if not self._is_open(path):
            raise UsageError(f"{path.name}: lies outside of the folders that were opened.")
        return self._id(path)

    def named(self, text: str) -> Path:
        """Return the path that the user writes: whole, or below the first opened folder.

        Raises `InputError` where there is nothing, `UsageError` for a path that is not whole.
        """
        path = Path(text.strip().strip("\"'")).expanduser()
        if not path.is_absolute():
            below = self.home / path
            if not _leads_somewhere(below):
                raise UsageError(f"{path}: write the whole path, from the root of the disk on.")
            path = below
        path = _resolved(path)
        if not _leads_somewhere(path):
            raise InputError(f"{path}: there is no such file.")
        return path

    def path(self, key: str) -> Path:
        """Return the file of an id; raises `UsageError` for an unknown one."""
        with self._lock:
            path = self._paths.get(key)
        if path is None:
            raise UsageError("this film is not known here; look at the list of films again.")
        if not self._is_open(path):  # a link may have been put there since
            raise UsageError(f"{path.name}: lies outside of the folders that were opened.")
        return path

    def show(self, path: Path) -> None:
        """Open a file that is named by hand, and have it listed beside those of the folders."""
        with self._lock:
            if path.parent not in self.folders and path not in self.added:
                self.added.append(path)

    def is_below(self, path: Path) -> bool:
        """Return whether a file lies, or would lie, below an opened folder."""
        return self._lies_below(_resolved(path.absolute()))

    def check(self, path: Path) -> Path:
        """Return a path that may be written to; raises `UsageError` for one that lies elsewhere."""
        if not self.is_below(path):
            raise UsageError(f"{path}: lies outside of the folders that were opened.")
        return path

    def find(self, name: str, size: int) -> Path | None:
        """Return the file below the opened folders that has this name and size in bytes."""
        looked_at = 0
        for folder in self.folders:
            for place, inner, names in os.walk(folder):
                inner[:] = sorted(one for one in inner if not one.startswith("."))
                looked_at += len(names)
                if name in names:
                    path = Path(place, name)
                    if self._is_open(path) and path.stat().st_size == size:
                        return path
                if looked_at > _MOST_LOOKED_AT:
                    return None
        return None

    def _is_open(self, path: Path) -> bool:
        real = _resolved(path)
        with self._lock:
            return self._lies_below(real) or real in self.added

    def _lies_below(self, real: Path) -> bool:
        return any(real == folder or folder in real.parents for folder in self.folders)

    def _id(self, path: Path) -> str:
        # The same after a restart, so that an address in the browser still leads there.
        key = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        with self._lock:
            self._paths[key] = path
        return key


def _leads_somewhere(path: Path) -> bool:
    try:
        return path.exists() or bool(find_stills(path))
    except (InputError, OSError, ValueError):  # ValueError: a name that no file can have
        return False


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # links in a circle
        raise InputError(f"{path}: cannot be found ({error}).") from error
