"""Finds the pictures to train on: in folders, in tar and zip files, in colour films."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import InputError
from filmcolor.media.pictures.kinds import PHOTO_SUFFIXES
from filmcolor.special_files import refuse_special

RGB = NDArray[np.uint8]
"""A picture, sRGB, (height, width, 3)."""

_TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_ZIP_SUFFIX = ".zip"
_FILM_SUFFIXES = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", ".mpg", ".ts", ".wmv"})
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
    elif source.name.lower().endswith(_TAR_SUFFIXES):
        yield from _from_tar(source)
    elif source.suffix.lower() == _ZIP_SUFFIX:
        yield from _from_zip(source)
    elif source.suffix.lower() in PHOTO_SUFFIXES:
        picture = _decoded(source.read_bytes())
        if picture is not None:
            yield str(source), picture
    elif source.suffix.lower() in _FILM_SUFFIXES:
        yield from _from_film(source)
    else:
        raise InputError(f"{source}: neither a folder, a tar or zip file, a film nor a picture.")


def _is_known(path: Path) -> bool:
    suffix = path.suffix.lower()
    archive = path.name.lower().endswith((*_TAR_SUFFIXES, _ZIP_SUFFIX))
    return archive or suffix in PHOTO_SUFFIXES or suffix in _FILM_SUFFIXES


def _from_tar(path: Path) -> Iterator[tuple[str, RGB]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                picture = _decoded(file.read()) if file is not None else None
                if picture is not None:
                    yield f"{path}:{member.name}", picture
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InputError(f"{path}: no whole tar file ({error}).") from error


def _from_zip(path: Path) -> Iterator[tuple[str, RGB]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                picture = None if member.is_dir() else _decoded(archive.read(member))
                if picture is not None:
                    yield f"{path}:{member.filename}", picture
    # A RuntimeError says that a password is needed.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise InputError(f"{path}: no zip file that can be read ({error}).") from error


def _from_film(path: Path) -> Iterator[tuple[str, RGB]]:
    import av
    from av.video.reformatter import Colorspace

    from filmcolor.colorspace import BT709
    from filmcolor.media.probe import probe
    from filmcolor.media.reader import FilmReader

    info = probe(path)
    matrix = Colorspace.ITU709 if info.encoding.matrix is BT709 else Colorspace.ITU601
    turns = info.orientation.quarter_turns
    due: Fraction | None = None
    for pts, _, frame in FilmReader(info).rough_frames():
        time = pts * info.time_base
        if due is not None and time < due:
            continue
        due = time + _SECONDS_BETWEEN_FRAMES
        try:
            rgb = frame.to_ndarray(format="rgb24", src_colorspace=matrix)
        except (av.error.FFmpegError, ValueError) as error:
            raise InputError(f"{path}: its frames cannot be converted.") from error
        yield f"{path}:{float(time):.2f}", np.ascontiguousarray(np.rot90(rgb, turns))


def _decoded(data: bytes) -> RGB | None:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if pixels is None:
        return None
    return np.ascontiguousarray(pixels[..., ::-1]).astype(np.uint8, copy=False)


def _mean_chroma(picture: RGB) -> float:
    small = cv2.resize(picture, (32, 32), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return float(np.hypot(lab[..., 1], lab[..., 2]).mean())
