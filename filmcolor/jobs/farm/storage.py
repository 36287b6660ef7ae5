"""Storage that all computers of a farm reach by an address: s3://, gs://, smb://, sftp://.

fsspec does the work, and the package that it needs for the kind of address. No store is relied on
to rename, or to make a file appear at once: files are told by their checksums, and what counts is
the record that is written after them.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from filmcolor.errors import FilmcolorError, InputChangedError, OutputError, UsageError
from filmcolor.events import check_cancelled
from filmcolor.media.faults.watchdog import watched
from filmcolor.system.atomic_output import put_in_place
from filmcolor.system.environment import PATIENCE
from filmcolor.wording.reasons import is_of_files, reason_of

T = TypeVar("T")

_CHUNK: Final = 1 << 20
_LARGEST_RECORD: Final = 64 << 20
_TRIES: Final = 3
_PAUSE: Final = 1.0
"""Seconds before the second try; before the third, twice as many."""

_FINAL: Final = (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError)
"""Errors that are the same the next time."""

_NO_FOLDERS: Final = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci"})
"""Kinds of addresses where a file needs no folder: to make one could make a bucket."""
_PACKAGES: Final = {"smbclient": "smbprotocol"}
"""What to install for a module of another name."""


class StorageError(FilmcolorError):
    """Storage cannot be reached, read or written."""


class DamagedInStorageError(StorageError):
    """A file in storage is not what was put there."""


class FarmStorage:
    """A place in such storage; may be used by several threads.

    Whatever takes longer than `FILMCOLOR_PATIENCE` without a byte is given up. All methods raise
    `StorageError` when the storage fails, several times in a row.
    """

    def __init__(self, address: str) -> None:
        """Get to know it; nothing is connected yet.

        Raises `UsageError` for what is no such address, and where a package is missing.
        """
        self.address = address
        self.shown = _without_password(address.rstrip("/"))
        """The address for people."""
        protocol, separator, _ = address.partition("://")
        if not separator or "::" in address or not protocol:
            raise UsageError(
                f"`farm_storage`: {self.shown!r} is no address of storage, such as "
                "s3://bucket/farm or file:///mnt/farm.",
                what="farm_storage",
                value=self.shown,
            )
        self._has_folders = protocol not in _NO_FOLDERS
        self._fs, self._root = self._opened(address)
        self._made: set[str] = set()

    def _opened(self, address: str) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise UsageError(
                "`farm_storage`: needs fsspec, which is not installed; "
                '`pip install ".[farm]"` in the folder of filmcolor\'s source brings it.',
                what="farm_storage",
            ) from error
        try:
            fs, root = self._watched(lambda: url_to_fs(address), lambda: None)
        except ImportError as error:
            module = str(getattr(error.__cause__ or error, "name", None) or "").partition(".")[0]
            package = _PACKAGES.get(module, module)
            how = f"`pip install {package}` brings it" if package else str(error)
            raise UsageError(
                f"`farm_storage`: {self.shown} needs a package that is not installed: {how}.",
                what="farm_storage",
            ) from error
        except ValueError as error:
            raise UsageError(
                f"`farm_storage`: {self.shown}: {_why(error)}.", what="farm_storage"
            ) from error
        except FilmcolorError:
            raise
        except Exception as error:
            raise StorageError(f"{self.shown}: cannot be reached ({_why(error)}).") from error
        return fs, root.rstrip("/")

    def named(self, path: str) -> str:
        """Return the whole address of a file, for people."""
        return f"{self.shown}/{path}"

    def check(self) -> None:
        """Write a file, read it again and remove it; raises `StorageError` where that fails."""
        name, data = f"check-{secrets.token_hex(6)}", secrets.token_bytes(64)
        self.write(name, data)
        found = self.read(name)
        self.remove(name)
        if found != data:
            raise StorageError(f"{self.shown}: what is written there is not found again.")

    # Records: small files that are read and written whole

    def read(self, path: str) -> bytes | None:
        """Return what is in a small file; None where there is none."""

        def read(_: Callable[[], None]) -> bytes | None:
            self._fs.invalidate_cache()
            try:
                with self._fs.open(self._at(path), "rb") as file:
                    data: bytes = file.read(_LARGEST_RECORD)
            except FileNotFoundError:
                return None
            return data

        return self._tried("read", path, read)

    def write(self, path: str, data: bytes) -> None:
        """Write a small file."""

        def write(_: Callable[[], None]) -> None:
            self._make_folder(path)
            with self._fs.open(self._at(path), "wb") as file:
                file.write(data)

        self._tried("written", path, write)

    # Files of any size, told by their checksums

    def upload(self, file: Path, path: str, sha256: str) -> None:
        """Copy a file of this computer there.

        Raises `OSError` when the file cannot be read, and `InputChangedError` when it is not the
        one of that checksum any more.
        """
        size = file.stat().st_size

        def copy(moved: Callable[[], None]) -> None:
            self._make_folder(path)
            digest = hashlib.sha256()
            with file.open("rb") as source, self._fs.open(self._at(path), "wb") as target:
                while chunk := _read_here(source):
                    check_cancelled()
                    digest.update(chunk)
                    target.write(chunk)
                    moved()
            if digest.hexdigest() != sha256:
                raise InputChangedError(f"{file}: was changed while it was being read.")
            if self._size(path) != size:
                raise OSError("it is not all there")

        self._tried("written", path, copy)

    def holds(self, path: str, size: int) -> bool:
        """Return whether there is a file of so many bytes."""
        return self._tried("read", path, lambda _: self._size(path) == size)

    def download(
        self,
        path: str,
        sha256: str,
        file: Path,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        """Copy a file from there to this computer; it gets its name once it is known to be whole.

        `told` is called now and then, from another thread. What is damaged is fetched again; where
        it stays so, it is removed from the storage: whoever has it may bring it again. Raises
        `DamagedInStorageError` then, and `OutputError` when it cannot be written here.
        """
        unfinished = file.with_name(f".{secrets.token_hex(8)}.part")

        def copy(moved: Callable[[], None]) -> None:
            self._fs.invalidate_cache()
            digest = hashlib.sha256()
            with _here(file, unfinished) as target:
                try:
                    with self._fs.open(self._at(path), "rb") as source:
                        while chunk := source.read(_CHUNK):
                            check_cancelled()
                            digest.update(chunk)
                            _write_here(file, target, chunk)
                            moved()
                            told()
                except FileNotFoundError as error:
                    raise DamagedInStorageError(f"{self.named(path)}: is missing.") from error
            if digest.hexdigest() != sha256:
                raise DamagedInStorageError(f"{self.named(path)}: is not what was put there.")

        try:
            try:
                self._tried("read", path, copy)
            except DamagedInStorageError:
                with suppress(StorageError):
                    self.remove(path)
                raise
            try:
                put_in_place(unfinished, file)
            except OSError as error:
                raise _unwritten(file, error) from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    # Folders

    def names(self, folder: str) -> list[str]:
        """Return the names of what is in a folder; none where there is no such folder."""

        def look(_: Callable[[], None]) -> list[str]:
            self._fs.invalidate_cache()
            try:
                found = self._fs.ls(self._at(folder), detail=False)
            except FileNotFoundError:
                return []
            return sorted(str(name).rstrip("/").rpartition("/")[2] for name in found)

        return self._tried("read", folder, look)

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it, if it is there."""

        def remove(_: Callable[[], None]) -> None:
            self._fs.invalidate_cache()
            with suppress(FileNotFoundError):
                self._fs.rm(self._at(path), recursive=True)
            self._made.discard(path)

        self._tried("removed", path, remove)

    # How

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _size(self, path: str) -> int | None:
        self._fs.invalidate_cache()
        try:
            size = self._fs.info(self._at(path))["size"]
        except FileNotFoundError:
            return None
        return None if size is None else int(size)

    def _make_folder(self, path: str) -> None:
        folder = path.rpartition("/")[0]
        if self._has_folders and folder not in self._made:
            self._fs.makedirs(self._at(folder).rstrip("/"), exist_ok=True)
            self._made.add(folder)

    def _tried(self, how: str, path: str, work: Callable[[Callable[[], None]], T]) -> T:
        """Return `work(moved)`, tried several times; `moved` is to be called when a byte moves."""
        count = 0

        def moved() -> None:
            nonlocal count
            count += 1

        for left in reversed(range(_TRIES)):
            try:
                return self._watched(lambda: work(moved), lambda: count)
            except _HereError as error:
                raise error.error from error.error.__cause__
            except DamagedInStorageError:
                if not left:
                    raise
            except FilmcolorError:
                raise
            except Exception as error:  # each kind of storage has errors of its own
                if isinstance(error, _FINAL) or not left:
                    raise StorageError(
                        f"{self.named(path)}: cannot be {how} ({_why(error)})."
                    ) from error
                self._made.clear()  # somebody may have removed a folder
            _pause((_TRIES - left) * _PAUSE)
        raise AssertionError

    def _watched(self, work: Callable[[], T], moves: Callable[[], object]) -> T:
        return watched(
            work,
            moves,
            lambda seconds: StorageError(
                f"{self.shown}: has not answered for {seconds:g} s; it cannot be reached, or "
                f"is very slow ({PATIENCE}=SECONDS waits longer)."
            ),
        )


class _HereError(Exception):
    """Something failed on this computer, not in storage."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def _read_here(file: Any) -> bytes:
    try:
        data: bytes = file.read(_CHUNK)
    except OSError as error:
        raise _HereError(error) from error
    return data


def _here(file: Path, unfinished: Path) -> Any:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return unfinished.open("wb")
    except OSError as error:
        raise _HereError(_unwritten(file, error)) from error


def _write_here(file: Path, target: Any, chunk: bytes) -> None:
    try:
        target.write(chunk)
        target.flush()  # or closing may fail, which would look like the storage's failure
    except OSError as error:
        raise _HereError(_unwritten(file, error)) from error


def _unwritten(file: Path, error: OSError) -> OutputError:
    return OutputError(f"{file}: cannot be written ({reason_of(error)}).", file=file)


def _pause(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        check_cancelled()
        time.sleep(0.05)


def _why(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is nothing of that name"
    if is_of_files(error):
        return reason_of(error)
    said = " ".join(str(error).split()).rstrip(".")
    return _without_password(said[:200]) or type(error).__name__


def _without_password(address: str) -> str:
    return re.sub(r"(//[^/@:\s]*):[^/@\s]*@", r"\1:...@", address)
