"""Opens whatever a film can be read from."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from filmcolor.errors import InputError
from filmcolor.media.probe import probe
from filmcolor.media.reader import FilmReader
from filmcolor.media.source import FrameSource
from filmcolor.media.stills import StillsReader, find_stills
from filmcolor.media.watchdog import PATIENCE, watched_call
from filmcolor.settings import Settings


def open_source(path: Path, settings: Settings, *, strict: bool = False) -> FrameSource:
    """Return what reads the frames of `path`: a film file, a folder or a pattern of stills.

    `strict`: damage in the film is an error. Raises `InputError` when there is nothing to read.
    """
    stills = find_stills(path)
    if stills is not None:
        return StillsReader(path, stills, Fraction(str(settings.fps)))
    info = watched_call(lambda: probe(path), lambda seconds: _stuck(path, seconds))
    return FilmReader(info, settings.deinterlace, strict=strict)


def _stuck(path: Path, seconds: float) -> InputError:
    return InputError(
        f"{path}: the decoder has not come back for {seconds:g} s, at the beginning; the film is "
        f"damaged there, or its disk is very slow ({PATIENCE}=SECONDS waits longer)."
    )
