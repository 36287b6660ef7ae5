"""Films from standard input and to standard output: `-` in place of a file.

Colouring goes over a film twice and back to its sound at the end, so what comes through a pipe is
kept in a file meanwhile.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filmcolor.cli.console import printing
from filmcolor.errors import FilmcolorError, InputError, OutputError, UsageError
from filmcolor.summary import Summary
from filmcolor.wording.reasons import reason_of

PIPE = Path("-")
Container = Literal["matroska", "nut"]
_SUFFIXES: dict[Container, str] = {"matroska": ".mkv", "nut": ".nut"}


def is_pipe(output: str | Path | None) -> bool:
    """Return whether an output is meant to be standard output."""
    return output is not None and Path(output) == PIPE


@dataclass(frozen=True)
class Ends:
    """The files that a command reads and writes, where one of them may stand for a pipe."""

    source: Path
    output: str | Path | None
    names: dict[str, str]
    """Of the files that stand for pipes: what people know them by."""

    @property
    def is_piped(self) -> bool:
        """Whether one of them stands for a pipe."""
        return bool(self.names)

    def told(self, text: str) -> str:
        """Return a text with the names that people know."""
        for file, name in self.names.items():
            text = text.replace(file, name)
        return text

    def show(self, summary: Summary) -> None:
        """Have a summary name the pipes."""
        summary.input = Path(self.told(str(summary.input)))
        summary.output = Path(self.told(str(summary.output)))
        summary.warnings = [self.told(warning) for warning in summary.warnings]


def label_of(source: Path) -> str:
    """Return by what name the progress of a film is shown."""
    return "standard input" if source == PIPE else source.name


@contextmanager
def ends_of(
    source: Path, output: str | Path | None = None, container: Container = "matroska"
) -> Iterator[Ends]:
    """Provide the files to work on; at the end the output goes to standard output, if meant to.

    Raises `UsageError` where a pipe cannot be, `InputError` when nothing comes through it.
    """
    if is_pipe(output):
        output = PIPE
    if PIPE not in (source, output):
        yield Ends(source, output, {})
        return
    if source == PIPE and sys.stdin.isatty():
        raise UsageError("-: nothing is piped into standard input.")
    if output == PIPE and sys.stdout.isatty():
        raise UsageError("-o -: standard output is a terminal; pipe it into a program or a file.")
    beside = None if output is None or output == PIPE else Path(output).absolute().parent
    with tempfile.TemporaryDirectory(
        prefix=".filmcolor-", dir=beside if beside and beside.is_dir() else None
    ) as folder:
        names: dict[str, str] = {}
        if source == PIPE:
            source = Path(folder, "stdin")
            names[str(source)] = "standard input"
            _receive(source)
        if output == PIPE:
            output = Path(folder, f"stdout{_SUFFIXES[container]}")
            names[str(output)] = "standard output"
        ends = Ends(source, output, names)
        try:
            yield ends
        except FilmcolorError as error:
            raise error.reworded(ends.told(str(error))) from error
        if output is not None and str(output) in names:
            _send(Path(output))


def _receive(file: Path) -> None:
    try:
        with file.open("wb") as target:
            shutil.copyfileobj(sys.stdin.buffer, target, 1 << 20)
        size = file.stat().st_size
    except OSError as error:
        raise OutputError(
            f"standard input: cannot be kept in {file.parent.parent} ({reason_of(error)}); there "
            "must be room for all of it (the environment variable TMPDIR names another folder)."
        ) from error
    if not size:
        raise InputError("standard input: nothing came through the pipe.")


def _send(file: Path) -> None:
    with file.open("rb") as finished, printing():
        while part := finished.read(1 << 20):
            rest = memoryview(part)
            while rest:  # with PYTHONUNBUFFERED a write may take less than it gets
                rest = rest[sys.stdout.buffer.write(rest) or 0 :]
        sys.stdout.buffer.flush()
