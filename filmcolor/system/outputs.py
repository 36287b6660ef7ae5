"""Where results go: names, a hidden work folder beside them, and an atomic appearance."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filmcolor.errors import FilmcolorError, OutputError
from filmcolor.system.atomic_output import atomic_output, put_in_place
from filmcolor.system.special_files import is_address, refuse_special
from filmcolor.wording.reasons import reason_of


def place_of(output: Path | None, default: Path) -> Path:
    """Return where a result goes: to `output`, into it if it is a folder, or to `default`.

    Raises `OutputError` for what is no name of a file.
    """
    if output is None:
        return default
    return output / default.name if is_folder(output) else output


def named_place(output: str | Path | None) -> Path | None:
    """Return the path of a result; a folder that is named as one (`colour/`) is made.

    Raises `OutputError` when that fails.
    """
    if output is None:
        return None
    path = Path(output)
    if str(output).endswith(("/", os.sep)) and not is_folder(path):
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise cannot_write(path, error) from error
    return path


def is_folder(output: Path) -> bool:
    """Return whether a result is to be written into `output`; raises as `place_of` does."""
    _check_name(output)
    return output.is_dir()


def _check_name(output: Path) -> None:
    """Raise `OutputError` for an address, and for a name that cannot be looked at."""
    if is_address(output) and not output.parent.exists():
        raise OutputError(
            f"{output}: an address; results are written into files, name one.", file=output
        )
    try:
        output.exists()
        if output.name not in ("", ".."):
            _hidden(output).exists()
    except (OSError, ValueError) as error:
        raise cannot_write(output, error) from error


def _hidden(output: Path) -> Path:
    """Return the longest name that is needed beside `output` while it is made."""
    return output.with_name(f".{output.name}.12345678.filmcolor")


def cannot_write(output: Path, error: Exception) -> OutputError:
    """Return the error that says why nothing can be written at `output`, and what to do."""
    if getattr(error, "errno", None) == errno.ENAMETOOLONG:
        name = output.name if len(output.name) <= 80 else f"{output.name[:60]}..."
        return OutputError(
            f"{output.parent / name}: {reason_of(error)} for this disk; choose a shorter one with "
            "`output`.",
            file=output,
            remedy="output",
        )
    return OutputError(
        f"{output.parent}: nothing can be written there ({reason_of(error)}); choose another "
        "folder with `output`.",
        file=output,
        remedy="output",
    )


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
    _check_name(output)
    if output.exists():
        if source.exists() and output.samefile(source):
            raise OutputError(
                f"{output}: the result would replace its own source; name another `output`."
            )
        if output.is_dir():
            raise OutputError(f"{output}: is a folder; name a file inside it.", file=output)
        refuse_special(output, OutputError)
        if not overwrite:
            raise OutputError(
                f"{output}: exists already; name another `output`, or say with `overwrite` that "
                "this file may go.",
                file=output,
                remedy="overwrite",
            )


@contextmanager
def work_folder(output: Path) -> Iterator[Path]:
    """Provide a hidden folder beside `output`, on the same disk, that goes away in the end.

    Raises `OutputError` when nothing can be written there.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        name = tempfile.mkdtemp(prefix=f".{output.name}.", suffix=".filmcolor", dir=output.parent)
    except OSError as error:
        raise cannot_write(output, error) from error
    folder = Path(name)
    try:
        with told_of(output, folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_WORK_FILES = (
    r"(?:(?:segment-|given-|finished|video|cover)[\w.-]*"
    r"|(?:manifest|plan)\.json(?=: cannot be written))"
)


@contextmanager
def told_of(output: Path, folder: Path) -> Iterator[None]:
    """Have errors about files in the hidden `folder` name the `output` that they are made for."""
    try:
        yield
    except FilmcolorError as error:
        inside = re.escape(f"{folder}{os.sep}") + _WORK_FILES
        said = re.sub(inside, lambda _: str(output), str(error))
        if said == str(error):
            raise
        raise error.reworded(said) from error


@contextmanager
def output_file(output: Path, source: Path, overwrite: bool) -> Iterator[Path]:
    """Provide a hidden file for a result, to be written, that becomes `output` in the end.

    Raises `OutputError` when nothing can be written there, and when `output` exists or has
    appeared in the meantime, as `check_output` does.
    """
    check_output(output, source, overwrite)
    with ExitStack() as stack:
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            unfinished = stack.enter_context(atomic_output(output))
        except OSError as error:
            raise cannot_write(output, error) from error
        yield unfinished
        check_output(output, source, overwrite)
        with _told_why(output):
            stack.close()


def write_durably(path: Path, data: bytes) -> None:
    """Write a small file so that after a crash there is either the old one or the new one.

    Raises `OutputError` when that fails.
    """
    with _told_why(path), atomic_output(path) as unfinished:
        unfinished.write_bytes(data)


def publish(finished: Path, output: Path, source: Path, overwrite: bool) -> None:
    """Move a finished file to its final name, in one step.

    Raises `OutputError` when something has appeared under that name in the meantime, or when the
    move fails.
    """
    check_output(output, source, overwrite)
    with _told_why(output):
        put_in_place(finished, output)


@contextmanager
def _told_why(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({reason_of(error)}).") from error
