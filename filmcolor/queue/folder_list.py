"""The films and pictures of a folder, and what has become of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FolderState = Literal["new", "planned", "queued", "coloured", "unfinished", "failed"]


@dataclass(frozen=True)
class FolderEntry:
    """A film, a photo or a sequence of pictures in a folder."""

    path: Path
    """For a sequence: its pattern, such as `scan_%04d.png`, or its folder."""
    kind: Literal["film", "photo", "sequence"]
    state: FolderState
    bytes: int
    seconds: float | None = None
    """How long it lasts; None where that is not told quickly, and for photos."""
    frames: int | None = None
    output: Path | None = None
    """The result, where there is one, or the one that is under way."""
    reason: str = ""
    """Why it has failed, or cannot be read."""


def list_films(folder: str | Path) -> list[FolderEntry]:
    """Return the films, photos and sequences of a folder, by name."""
    raise NotImplementedError
