"""The checksum by which files are known."""

from __future__ import annotations

import hashlib
from pathlib import Path

from filmcolor.events import check_cancelled

_CHUNK = 1 << 20


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as lower-case hex; raises `OSError` when it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            check_cancelled()
            digest.update(chunk)
    return digest.hexdigest()
