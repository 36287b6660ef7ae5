"""Where results go: names, a hidden work folder beside them, and an atomic appearance."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filmcolor.errors import OutputError
from filmcolor.special_files import refuse_special


def color_name(source: Path, suffix: str) -> Path:
    """Return the default place of a result: beside the source, `NAME.color.EXT`."""
    return source.with_name(f"{source.stem if source.suffix else source.name}.color{suffix}")


def free_name(wanted: Path) -> Path:
    """Return `wanted`, or the first of `NAME-2.EXT`, `NAME-3.EXT`, ... that does not exist."""
    path, number = wanted, 1
    while path.exists():
        number += 1
        path = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return path


def check_output(output: Path, source: Path, overwrite: bool) -> None:
    """Raise `OutputError` unless a result may be written to `output`.

    The source itself is never overwritten, whatever `overwrite` says.
    """
    if output.exists():
        if source.exists() and output.samefile(source):
            raise OutputError(
                f"{output}: the result would replace its own source; name another -o."
            )
        if output.is_dir():
            raise OutputError(f"{output}: is a folder; name a file inside it.")
        refuse_special(output, OutputError)
        if not overwrite:
            raise OutputError(f"{output}: exists already; use --overwrite to replace it.")


@contextmanager
def work_folder(output: Path) -> Iterator[Path]:
    """Provide a hidden folder beside `output`, on the same disk, that goes away in the end.

    Raises `OutputError` when nothing can be written there.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        name = tempfile.mkdtemp(prefix=f".{output.name}.", suffix=".filmcolor", dir=output.parent)
    except OSError as error:
        raise OutputError(
            f"{output.parent}: nothing can be written there ({error.strerror or error}); "
            "choose another folder with -o."
        ) from error
    folder = Path(name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_durably(path: Path, data: bytes) -> None:
    """Write a small file so that after a crash there is either the old one or the new one.

    Raises `OutputError` when that fails.
    """
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}).") from error


def sync_file(path: Path) -> None:
    """Have the content of a file on the disk; raises `OSError` when that fails."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, on systems where that is not done by itself."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError:  # some network disks cannot; the files themselves are safe
        pass
    finally:
        os.close(opened)


def publish(finished: Path, output: Path, source: Path, overwrite: bool) -> None:
    """Move a finished file to its final name, in one step.

    Raises `OutputError` when something has appeared under that name in the meantime, or when the
    move fails.
    """
    check_output(output, source, overwrite)
    try:
        sync_file(finished)
        finished.replace(output)
        sync_folder(output.parent)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written ({error.strerror or error}).") from error
