"""Which files are pictures: by their names, and by how their content begins."""

from __future__ import annotations

import re
from collections.abc import Set
from pathlib import Path
from typing import Literal

from filmcolor.media.pictures.animation import is_animated

PHOTO_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".jp2", ".pgm", ".ppm"}
)
"""The usual kinds: photos of these are looked for in folders to train with and to evaluate."""

_HEIF_SUFFIXES = frozenset({".heic", ".heif", ".hif"})

_READ_BY_PILLOW = frozenset(
    {".tga", ".icb", ".vda", ".vst", ".pcx", ".ico", ".cur", ".icns", ".sgi", ".rgb", ".rgba"}
    | {".bw", ".qoi", ".dds", ".dib", ".psd", ".xbm", ".xpm", ".msp", ".ras", ".blp", ".pcd"}
)
"""Kinds that are read, and not written."""

_GIF = ".gif"
"""A film, or one picture."""

PICTURE_SUFFIXES = (
    PHOTO_SUFFIXES
    | _HEIF_SUFFIXES
    | _READ_BY_PILLOW
    | {".jpe", ".jfif", ".mpo", ".apng", ".avif", ".avifs", ".j2k", ".j2c", ".jpf", ".jpx"}
    | {".pnm", ".pbm", ".pam", ".dpx", ".exr"}
)
"""All kinds that are read; GIF files, which may be films, are not among them."""

NUMBER_PATTERN = re.compile(r"%(0?)(\d*)d")
"""Stands for the numbers of a sequence in names such as `scan_%04d.png`."""

_WRITTEN_AS = {
    **dict.fromkeys((".pgm", ".pbm", ".pnm", ".pam"), ".ppm"),
    **dict.fromkeys((".dpx", ".exr"), ".tif"),
    **dict.fromkeys((".j2k", ".j2c", ".jpf", ".jpx"), ".jp2"),
    ".mpo": ".jpg",
    ".apng": ".png",
    ".avifs": ".avif",
    **dict.fromkeys((*_READ_BY_PILLOW, _GIF), ".png"),
}

Kind = Literal["tiff", "netpbm", "dpx", "exr", "jpeg2000", "heif", "other"]


def is_named_like_picture(path: Path) -> bool:
    """Return whether `path` has the name of one picture."""
    return _is_named(path, PICTURE_SUFFIXES)


def is_picture(path: Path) -> bool:
    """Return whether `path` is a still picture, by its name, and not an animated one."""
    return _is_named(path, PICTURE_SUFFIXES | {_GIF}) and not is_animated(path)


def _is_named(path: Path, suffixes: Set[str]) -> bool:
    named_like_one = path.suffix.lower() in suffixes
    return named_like_one and (not NUMBER_PATTERN.search(path.name) or path.is_file())


def color_suffix(path: Path) -> str:
    """Return the suffix of a picture's colour version: its own, if such files are written."""
    return _WRITTEN_AS.get(path.suffix.lower(), path.suffix)


def kind_of(content: bytes) -> Kind:
    """Return of which kind a picture is, by the beginning of its file."""
    if content[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if content[:1] == b"P" and content[1:2] in b"1234567" and content[2:3].isspace():
        return "netpbm"
    if content[:4] in (b"SDPX", b"XPDS"):
        return "dpx"
    if content[:4] == b"\x76\x2f\x31\x01":
        return "exr"
    if content[:4] == b"\xff\x4f\xff\x51" or content[4:8] == b"jP  ":
        return "jpeg2000"
    if content[4:8] == b"ftyp":
        return "heif"
    return "other"
