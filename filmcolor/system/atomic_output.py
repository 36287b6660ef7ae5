"""Files that are seen whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filmcolor.errors import FilmcolorError


@contextmanager
def atomic_output(path: Path) -> Iterator[Path]:
    """Provide a hidden file beside `path`, to be written, that gets this name in the end.

    After a crash there is either the old file or the new one. When the block is left by an
    exception, the hidden file goes away; errors name `path` in its place. Several may be at work
    on the same `path`. Raises `OSError` when the file cannot be made or moved; its folder must
    exist.

    Example:
        with atomic_output(Path("table.bin")) as unfinished:
            unfinished.write_bytes(table)
    """
    # Its suffix stays: libraries choose a format by it.
    unfinished = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    unfinished.touch(exist_ok=False)
    try:
        yield unfinished
        put_in_place(unfinished, path)
    except FilmcolorError as error:
        said = str(error).replace(str(unfinished), str(path))
        if said == str(error):
            raise
        raise error.reworded(said) from error
    finally:
        unfinished.unlink(missing_ok=True)


def put_in_place(unfinished: Path, path: Path) -> None:
    """Give a file that is written its final name, once its content is on the disk.

    Both names are on one disk. Raises `OSError` when that fails.
    """
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
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
