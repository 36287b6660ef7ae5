"""How results are called that nobody named."""

from __future__ import annotations

import re
from pathlib import Path

from filmcolor.media.film_names import FILM_SUFFIXES
from filmcolor.media.pictures.kinds import PICTURE_SUFFIXES

_RESULTS = re.compile(r"\.(?:color|preview(?:-\d+)?)", re.ASCII)
"""How names of results end, before their suffix."""


def is_result(path: Path) -> bool:
    """Return whether a file has a name that results get which nobody named.

    Example:
        >>> is_result(Path("old.color.mp4")), is_result(Path("old.preview-2.png"))
        (True, True)
    """
    return _RESULTS.fullmatch(Path(path.stem).suffix) is not None


def color_name(
    source: Path, suffix: str, folder: Path | None = None, stem: str | None = None
) -> Path:
    """Return the default place of a result: `NAME.color.EXT`, beside the source or in `folder`.

    NAME is `stem`, or without it the source's own. Of films that differ in their suffix alone
    (`old.mp4`, `old.avi`), the one whose own suffix is EXT gets that name, and others
    `old.avi.color.mp4`.
    """
    folder = source.parent if folder is None else folder
    name = stem or (source.stem if source.suffix else source.name)
    if stem is None and source.suffix.lower() != suffix.lower() and _has_twin(source):
        name = source.name
    return folder / f"{name}.color{suffix}"


def _has_twin(source: Path) -> bool:
    """Return whether another film or picture beside `source` has its name but for the suffix."""
    kinds = next((k for k in (FILM_SUFFIXES, PICTURE_SUFFIXES) if source.suffix.lower() in k), None)
    try:
        return kinds is not None and any(
            other.stem.casefold() == source.stem.casefold()
            and other.name != source.name
            and other.suffix.lower() in kinds
            for other in source.parent.iterdir()
        )
    except OSError:
        return False
