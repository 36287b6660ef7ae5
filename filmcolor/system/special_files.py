"""Refuses what has a file's name but is none: pipes, devices, sockets, addresses.

Whoever opens a pipe waits until somebody writes into it, perhaps for ever, and films are read
several times over, from any place in them.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from filmcolor.errors import FilmcolorError, InputError

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def special_kind(path: Path) -> str | None:
    """Say what `path` is if neither a file nor a folder, such as `a pipe`; else None."""
    try:
        return _KINDS.get(stat.S_IFMT(path.stat().st_mode))
    except (OSError, ValueError):
        return None


def refuse_special(path: Path, error: type[FilmcolorError] = InputError) -> None:
    """Raise `error` if `path` is a pipe, a device or a socket; what does not exist passes."""
    kind = special_kind(path)
    if kind is not None:
        raise error(f"{path}: is {kind}, not a file; name a file.")


def is_address(path: Path) -> bool:
    """Return whether a name that no file has is an address, such as `http://...`."""
    return bool(_ADDRESS.match(path.as_posix()))
