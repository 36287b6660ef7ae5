"""Opens whatever a film can be read from."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.film_names import FILM_SUFFIXES
from filmcolor.media.local_files import check_name
from filmcolor.media.pictures.animation import is_animated
from filmcolor.media.source import FrameSource
from filmcolor.media.stills import animation_reader, find_stills, numbered_stills
from filmcolor.settings import SourceSettings


def open_source(path: Path, settings: SourceSettings, *, strict: bool = False) -> FrameSource:
    """Return what reads the frames of `path`: a film file, a folder or a pattern of stills, an
    animated picture.

    `strict`: damage in the film is an error. Raises `InputError` when there is nothing to read.
    """
    check_name(path)
    stills = find_stills(path)
    if stills is not None:
        rate = Fraction(str(settings.fps))
        return numbered_stills(
            path, stills, rate, missing=settings.missing, transfer=settings.transfer
        )
    if is_animated(path) and path.suffix.lower() not in FILM_SUFFIXES:
        return animation_reader(path)
    return FilmReader(probe(path, settings.video_stream), settings.deinterlace, strict=strict)
