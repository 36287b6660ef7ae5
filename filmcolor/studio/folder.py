"""The films and photos of the opened folders, and those that were added by hand."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from filmcolor.errors import FilmcolorError, InputError
from filmcolor.media.stills import find_stills
from filmcolor.queue.folder_list import FolderEntry, list_films
from filmcolor.studio.shelf import Shelf

_FRESH = 5.0
"""Seconds for which a look at a folder holds."""


class Folder:
    """Lists what can be opened; thread-safe."""

    def __init__(self, shelf: Shelf) -> None:
        """List what stands on a shelf."""
        self._shelf = shelf
        self._lock = threading.Lock()
        self._entries: dict[Path, FolderEntry] = {}
        self._looked_at = float("-inf")

    def rows(self) -> list[dict[str, Any]]:
        """Return all films and photos as plain values; each has an id from now on."""
        entries = {e.path: e for folder in self._shelf.folders for e in list_films(folder)}
        for path in list(self._shelf.added):
            entries |= {e.path: e for e in self._near(path) if e.path.resolve() == path}
        with self._lock:
            self._entries = entries
            self._looked_at = time.monotonic()
        return [row for entry in entries.values() if (row := self._row(entry)) is not None]

    def add(self, path: Path) -> list[Path]:
        """Have what a user names by its path listed, too; return what that is.

        A film or photo is itself; a folder stands for the sequences of pictures in it, and so do a
        pattern, such as `scan_%04d.png`, and one of the pictures. Raises `InputError` where there
        is none of these.
        """
        path = path.resolve()
        found = [entry for entry in self._near(path) if self._stands_for(path, entry)]
        if not found:
            raise InputError(f"{path.name}: is no film, no photo, and no series of pictures.")
        for entry in found:
            self._shelf.show(entry.path.resolve())
        return [entry.path for entry in found]

    def _near(self, path: Path) -> list[FolderEntry]:
        folder = path if path.is_dir() else path.parent
        return list_films(folder, home=self._shelf.home) if folder.is_dir() else []

    def _stands_for(self, path: Path, entry: FolderEntry) -> bool:
        if entry.path.resolve() == path:
            return True
        if entry.kind != "sequence":
            return False
        return path.is_dir() or path in (find_stills(entry.path) or ())

    def entry(self, path: Path) -> FolderEntry | None:
        """Return what is known of a film, not long ago."""
        with self._lock:
            old = time.monotonic() - self._looked_at > _FRESH
        if old:
            self.rows()
        with self._lock:
            return self._entries.get(path)

    def _row(self, entry: FolderEntry) -> dict[str, Any] | None:
        try:
            key = self._shelf.put(entry.path)
        except FilmcolorError:
            return None  # a link that leads elsewhere
        return {
            "id": key,
            "name": entry.path.name,
            "kind": entry.kind,
            "state": entry.state,
            "reason": entry.reason.removeprefix(f"{entry.path}: ").replace("`", ""),
            "seconds": entry.seconds,
            "frames": entry.frames,
            "output": None if entry.output is None else entry.output.name,
        }
