"""Finds the pictures to train on: in folders, in tar and zip files, in colour films."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import InputError
from filmcolor.media.film_names import FILM_SUFFIXES
from filmcolor.media.pictures.kinds import PHOTO_SUFFIXES
from filmcolor.media.pictures.photos import decode_photo, is_archive_name, photos_in_archive
from filmcolor.system.special_files import refuse_special

RGB = NDArray[np.uint8]
"""A picture, sRGB, (height, width, 3)."""

_SECONDS_BETWEEN_FRAMES = Fraction(2)
_LEAST_CHROMA = 4.0
"""Mean chroma in Lab, below which a picture counts as black-and-white and teaches nothing."""


def read_pictures(sources: Sequence[Path]) -> Iterator[tuple[str, RGB]]:
    """Yield the colour pictures of all sources, each with a name that tells where it is from.

    Sources are folders (searched to the bottom for pictures, archives and films), archives (tar
    files, gzipped or not, and zip files, read where they lie), films, of which a frame every 2
    seconds is taken, and single pictures. What is grey, and files in a folder or archive that are
    no readable pictures, is passed over.

    Raises:
        InputError: a source does not exist, is damaged, or is nothing of these.
    """
    for source in sources:
        for name, picture in _read_source(source):
            if _mean_chroma(picture) >= _LEAST_CHROMA:
                yield name, picture


def _read_source(source: Path) -> Iterator[tuple[str, RGB]]:
    refuse_special(source)
    if source.is_dir():
        found = sorted(path for path in source.rglob("*") if path.is_file() and _is_known(path))
        if not found:
            raise InputError(f"{source}: no pictures, archives or films in this folder.")
        for path in found:
            yield from _read_source(path)
    elif not source.exists():
        raise InputError(f"{source}: there is no such file or folder.")
    elif is_archive_name(source.name):
        for name, content in photos_in_archive(source):
            picture = decode_photo(content)
            if picture is not None:
                yield f"{source}:{name}", picture
    elif source.suffix.lower() in PHOTO_SUFFIXES:
        picture = decode_photo(source.read_bytes())
        if picture is not None:
            yield str(source), picture
    elif source.suffix.lower() in FILM_SUFFIXES:
        yield from _from_film(source)
    else:
        raise InputError(f"{source}: neither a folder, a tar or zip file, a film nor a picture.")


def _is_known(path: Path) -> bool:
    suffix = path.suffix.lower()
    return is_archive_name(path.name) or suffix in PHOTO_SUFFIXES or suffix in FILM_SUFFIXES


def _from_film(path: Path) -> Iterator[tuple[str, RGB]]:
    import av
    from av.video.reformatter import Colorspace

    from filmcolor.color.colorspace import BT709
    from filmcolor.media.decode.probe import probe
    from filmcolor.media.decode.reader import FilmReader

    info = probe(path)
    matrix = Colorspace.ITU709 if info.encoding.matrix is BT709 else Colorspace.ITU601
    turns = info.orientation.quarter_turns
    due: Fraction | None = None
    for frame in FilmReader(info).decoded(rough=True):
        time = frame.pts * info.time_base
        if due is not None and time < due:
            continue
        due = time + _SECONDS_BETWEEN_FRAMES
        try:
            rgb = frame.picture.to_ndarray(format="rgb24", src_colorspace=matrix)
        except (av.error.FFmpegError, ValueError) as error:
            raise InputError(f"{path}: its frames cannot be converted.") from error
        yield f"{path}:{float(time):.2f}", np.ascontiguousarray(np.rot90(rgb, turns))


def _mean_chroma(picture: RGB) -> float:
    small = cv2.resize(picture, (32, 32), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return float(np.hypot(lab[..., 1], lab[..., 2]).mean())
