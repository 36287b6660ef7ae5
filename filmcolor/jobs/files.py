"""The names of a segment's files in the work folder."""

from __future__ import annotations

from pathlib import Path


def segment_file(folder: Path, number: int) -> Path:
    """Return where the encoded video of a segment lies."""
    return folder / f"segment-{number:05}.mov"


def state_file(folder: Path, number: int) -> Path:
    """Return where that lies which the next segment needs to go on in the same shot."""
    return folder / f"segment-{number:05}.npz"


def record_file(folder: Path, number: int) -> Path:
    """Return where whoever did a segment, without charge of the manifest, says that it is done."""
    return folder / f"segment-{number:05}.json"


def script_folder(folder: Path) -> Path:
    """Return where the colour script is kept."""
    return folder / "script"
