"""A lock on a folder that the operating system lets go of when its holder dies."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

# Not `filelock`: where a disk has no locks, it leaves a file behind that outlives its holder, or
# fails; and where the last holder has taken the folder away meanwhile, it fails, too.
_NAME = "lock"


class FolderLock:
    """Keeps a second run out of a folder."""

    def __init__(self, folder: Path) -> None:
        """Make a lock for `folder`; nothing is locked yet."""
        self._path = folder / _NAME
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; return whether it was free.

        Raises `OSError` when the folder cannot be written.
        """
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                free = _lock(file)
            except OSError:
                os.close(file)
                raise
            if not free:
                os.close(file)
                return False
            if self._is_still(file):
                self._file = file
                return True
            os.close(file)  # its last holder took the folder away: this is no lock any more

    def _is_still(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            return False

    def release(self) -> None:
        """Let go of the lock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_locked(folder: Path) -> bool:
    """Return whether a run is at work in `folder`."""
    if not (folder / _NAME).exists():
        return False
    lock = FolderLock(folder)
    try:
        free = lock.acquire()
    except OSError:
        return False
    lock.release()
    return not free


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            # Some network disks have no locks: two runs on one output are not noticed there.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
        return True
