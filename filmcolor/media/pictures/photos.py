"""Photos to train with and to evaluate: as files, and in tar and zip archives of them."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Generator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import InputError
from filmcolor.media.pictures.kinds import PHOTO_SUFFIXES
from filmcolor.wording.reasons import reason_of

_TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_ZIP_SUFFIX = ".zip"
_MOST_BYTES = 512 << 20
"""Larger members of an archive are no photos."""
_READ_AT_ONCE = 4096
"""Bytes: of what bzip2 and LZMA have packed, Python unpacks all that it reads at once, and that
may be 20,000 times as much."""
_ENCRYPTED = 1


def is_photo_name(name: str) -> bool:
    """Return whether a file, or a member of an archive, is named like a photo."""
    return Path(name).suffix.lower() in PHOTO_SUFFIXES and not Path(name).name.startswith(".")


def is_archive_name(name: str) -> bool:
    """Return whether a file is named like an archive that photos are read from."""
    return name.lower().endswith((*_TAR_SUFFIXES, _ZIP_SUFFIX))


def photos_in_archive(path: Path) -> Generator[tuple[str, bytes]]:
    """Yield name and content of the photos of an archive, one in memory at a time.

    What is not named like a photo is not unpacked, and nothing is written to the disk. A photo of
    more than 512 MiB is none: it comes without content. Raises `InputError` for an archive that
    cannot be read.
    """
    import tarfile  # slow to import, and few need it

    is_zip = path.suffix.lower() == _ZIP_SUFFIX
    try:
        yield from _in_zip(path) if is_zip else _in_tar(path)
    except (
        *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
        *(RuntimeError, ValueError),  # of zipfile: a way to pack that it does not know, odd names
    ) as error:
        kind = "zip" if is_zip else "tar"
        raise InputError(
            f"{path}: cannot be read as a {kind} archive of photos ({reason_of(error)})."
        ) from error


def decode_photo(content: bytes) -> NDArray[np.uint8] | None:
    """Return 8-bit R'G'B', (height, width, 3), the right way up; None for what is no picture."""
    if not content:
        return None
    try:
        bgr = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # a picture of an unlikely size, for one
        return None
    return None if bgr is None else np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _in_tar(path: Path) -> Generator[tuple[str, bytes]]:
    import tarfile

    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            if member.isfile() and is_photo_name(member.name):
                file = archive.extractfile(member) if member.size <= _MOST_BYTES else None
                yield member.name, b"" if file is None else file.read()


def _in_zip(path: Path) -> Generator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir() or not is_photo_name(member.filename):
                continue
            if member.flag_bits & _ENCRYPTED:
                raise InputError(f"{path}: its photos are encrypted; unpack it with its password.")
            content = b""
            if member.file_size <= _MOST_BYTES:
                with archive.open(member) as file:
                    content = b"".join(iter(partial(file.read, _READ_AT_ONCE), b""))
            yield member.filename, content
