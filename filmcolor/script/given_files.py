"""Given colours as files: NumPy archives (.npz) of ab and weight, in half precision."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from filmcolor.errors import OutputError
from filmcolor.script.given import GivenColors


def given_bytes(colors: GivenColors) -> bytes:
    """Return the content of a file with these colours."""
    file = io.BytesIO()
    halves = {"ab": colors.ab.astype(np.float16), "weight": colors.weight.astype(np.float16)}
    np.savez_compressed(file, allow_pickle=False, **halves)
    return file.getvalue()


def given_of(data: bytes) -> GivenColors:
    """Return the colours in a file; raises `ValueError`, `KeyError` or `BadZipFile` if damaged."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        ab, weight = (np.asarray(archive[name], np.float32) for name in ("ab", "weight"))
    if ab.shape != (*weight.shape, 2):
        raise ValueError("the sizes do not fit")
    return GivenColors(ab, weight)


def given_sha256(colors: GivenColors) -> str:
    """Return a checksum of the colours as they stand in a file, as lower-case hex."""
    digest = hashlib.sha256(repr(colors.weight.shape).encode())
    for values in (colors.ab, colors.weight):
        digest.update(np.ascontiguousarray(values, "<f2").tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class GivenFile:
    """Given colours that lie on the disk."""

    path: Path
    sha256: str
    """See `given_sha256`."""

    @property
    def is_whole(self) -> bool:
        """Whether the file is there, and holds what it should."""
        try:
            return given_sha256(given_of(self.path.read_bytes())) == self.sha256
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return False

    def load(self) -> GivenColors:
        """Return the colours; raises `OutputError` where the file is damaged."""
        try:
            return given_of(self.path.read_bytes())
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise OutputError(f"{self.path}: is damaged; begin anew with `restart`.") from error
