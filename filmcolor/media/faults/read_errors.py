"""Tells a disk that cannot be read from a film that is damaged."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from filmcolor.errors import InputError
from filmcolor.wording.reasons import reason_of

_PIECE = 1 << 18
"""Bytes that are read at once."""
_PIECES = 256
"""How many are read to see whether the disk is well: the largest packets of films are smaller."""


def check_disk(
    path: Path, reason: Exception | None, offset: int = 0, pieces: int | None = _PIECES
) -> None:
    """Raise `InputError` if the disk, not the film, is what cannot be read behind `offset`.

    Libraries have one error for both, so the bytes themselves are read again: so many `pieces` of
    a quarter of a megabyte, or all. `reason`: the error that a library had.
    """
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(offset)
            for _ in count() if pieces is None else range(pieces):
                if not file.read(_PIECE):
                    break
    except OSError as error:
        raise InputError(
            f"{path}: reading failed ({reason_of(error)}); check the disk, and whether the "
            "file may be read."
        ) from reason
