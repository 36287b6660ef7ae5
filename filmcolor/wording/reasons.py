"""Why something failed, in words that people know: never those, or numbers, of a library."""

from __future__ import annotations

import errno
import os

_OF_FILES = frozenset(
    number
    for name in (
        *("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR"),
        *("EISDIR", "EEXIST", "EBUSY", "EMFILE", "ENFILE", "ENOMEM", "ENAMETOOLONG", "EPIPE"),
        *("ELOOP", "ESTALE", "ETIMEDOUT", "ENODEV", "ENXIO"),
    )
    if (number := getattr(errno, name, None)) is not None
)
"""Errors that the operating system has about files; libraries use other numbers for their own."""


def is_of_files(error: BaseException | None) -> bool:
    """Whether the operating system has raised it about a file or a disk."""
    return getattr(error, "errno", None) in _OF_FILES


def reason_of(error: BaseException) -> str:
    """Return in a few words why a file could not be read or written."""
    number = getattr(error, "errno", None)
    if number == errno.ENAMETOOLONG:
        return "the name is too long"
    if isinstance(number, int) and number in _OF_FILES:
        return os.strerror(number)
    if isinstance(error, MemoryError):
        return "the memory is not enough"
    return "what is in it does not fit together"
