"""Opens whatever a film can be read from."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from filmcolor.media.probe import probe
from filmcolor.media.reader import FilmReader
from filmcolor.media.source import FrameSource
from filmcolor.media.stills import StillsReader, find_stills
from filmcolor.settings import Settings


def open_source(path: Path, settings: Settings, *, strict: bool = False) -> FrameSource:
    """Return what reads the frames of `path`: a film file, a folder or a pattern of stills.

    `strict`: damage in the film is an error. Raises `InputError` when there is nothing to read.
    """
    stills = find_stills(path)
    if stills is not None:
        return StillsReader(path, stills, Fraction(str(settings.fps)))
    return FilmReader(probe(path), settings.deinterlace, strict=strict)
