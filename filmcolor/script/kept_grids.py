"""Features of a film's shots on the disk: of thousands, they are too much for the memory."""

from __future__ import annotations

import tempfile

import numpy as np

from filmcolor.errors import OutputError
from filmcolor.script.places import Features, Grid
from filmcolor.wording.reasons import reason_of

_IN_MEMORY = 16 << 20
"""Bytes: of some 350 shots. Only what is more goes to the disk."""


class KeptGrids:
    """One grid of features a shot, or none, in half precision; in a file without a name."""

    def __init__(self) -> None:
        """Begin with no shot."""
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="filmcolor-")  # noqa: SIM115
        self._places: list[tuple[int, tuple[int, ...]] | None] = []
        """Where each begins, and its shape."""

    def add(self, grid: Grid | None) -> None:
        """Take that of the next shot; raises `OutputError` when temporary files have no room."""
        if grid is None:
            self._places.append(None)
            return
        try:
            self._file.seek(0, 2)
            self._places.append((self._file.tell(), grid.shape))
            self._file.write(np.asarray(grid, np.float16).tobytes())
        except OSError as error:
            raise OutputError(
                f"there is no room for temporary files ({reason_of(error)}); make some, or name "
                "another folder in the environment variable TMPDIR (TEMP on Windows)."
            ) from error

    def features(self, shot: int) -> list[Features]:
        """Return what a shot has, by its place: one keyframe of one grid, float32, or nothing."""
        place = self._places[shot]
        if place is None:
            return []
        begin, shape = place
        self._file.seek(begin)
        data = self._file.read(2 * int(np.prod(shape)))
        return [[np.frombuffer(data, np.float16).reshape(shape).astype(np.float32)]]

    def close(self) -> None:
        """Throw the file away."""
        self._file.close()
