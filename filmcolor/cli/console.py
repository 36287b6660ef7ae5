"""What the command line shows while it works."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, TextIO

import typer

from filmcolor.cli.flags import flags
from filmcolor.cli.standstill import waiting_for_a_reader
from filmcolor.errors import OutputError
from filmcolor.events import Event, FilmBegun, FilmDone, FrameDone, Note
from filmcolor.summary import Summary
from filmcolor.wording.reasons import reason_of

_BREAKS = re.compile(r" *[\x00-\x1f\x7f\x85\u2028\u2029]+ *")

_PARAMETER = re.compile("`([a-z_]+)`")
"""Options as errors and notes of the library name them."""

_LINE_EVERY = 10.0
"""Seconds between progress lines where there is no terminal to draw a bar on."""


class ProgressDisplay:
    """A listener: shows frames done, frames a second and the time left; a context manager, too.

    A bar on a terminal, plain lines otherwise (logs, pipes), nothing when quiet. Everything goes
    to standard error.
    """

    def __init__(self, label: str, quiet: bool) -> None:
        """Show progress of what is called `label`; without that, of several films, each by name."""
        self._label = label
        self._of_all = bool(label)
        self._quiet = quiet
        self._bar: Any = None
        self._phase = "color"
        self._began = time.monotonic()
        self._line_at = self._began + _LINE_EVERY

    def __call__(self, event: Event) -> None:
        """Take notice of what a run tells."""
        if self._quiet:
            return
        if isinstance(event, FrameDone):
            self._show(event)
        elif isinstance(event, Note):
            self._close_bar()
            show_notes([event.text])
        elif isinstance(event, FilmBegun) and not self._of_all:
            self._label = f"{event.number}/{event.count} {event.film.name}"
            self._begin_phase("color")
        elif isinstance(event, FilmDone):
            self._close_bar()

    def _show(self, progress: FrameDone) -> None:
        if progress.phase != self._phase:
            self._begin_phase(progress.phase)
        if sys.stderr.isatty():
            self._draw_bar(progress)
        elif (now := time.monotonic()) >= self._line_at:
            self._line_at = now + _LINE_EVERY
            self._print_line(progress, now - self._began)

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _begin_phase(self, phase: str) -> None:
        self._close_bar()
        self._phase = phase
        self._began = time.monotonic()
        self._line_at = self._began + _LINE_EVERY

    @property
    def _what(self) -> str:
        doing = {"plan": ": finding shots", "keyframes": ": colouring keyframes"}
        return f"{self._label}{doing.get(self._phase, '')}"

    def _draw_bar(self, progress: FrameDone) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=progress.total, unit=" frames", desc=self._what, leave=False, smoothing=0.1
            )
        if self._bar.total is not None and progress.done > self._bar.total:
            self._bar.total = None  # the container's frame count was too low
        self._bar.update(progress.done - self._bar.n)

    def _print_line(self, progress: FrameDone, seconds: float) -> None:
        speed = progress.done / seconds
        of_total, left = "", ""
        if progress.total is not None and progress.total >= progress.done:
            of_total = f" of {progress.total}"
            left = f", {(progress.total - progress.done) / speed:.0f} s left"
        say(f"{self._what}: {progress.done}{of_total} frames, {speed:.1f} frames/s{left}")

    def __enter__(self) -> ProgressDisplay:
        """Return the display itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._close_bar()


def one_line(error: object) -> str:
    """Return what an error says, in one line; spaces in names of files stay as they are.

    Options, which the library names as its parameters, are named as the command line has them.
    """
    return _PARAMETER.sub(_flag, _BREAKS.sub(" ", str(error)).strip())


def _flag(parameter: re.Match[str]) -> str:
    return flags().get(parameter[1], parameter[0])


class OutputClosedError(Exception):
    """What reads the output, such as `head`, has closed it."""


@contextmanager
def printing() -> Iterator[None]:
    """Raise `OutputClosedError` where something is printed that nobody reads any more.

    Raises `OutputError` where it cannot be written, as on a full disk.
    """
    try:
        with waiting_for_a_reader():
            yield
    except SystemExit:  # so Rich ends the program then
        raise OutputClosedError from None
    except OSError as error:
        # Windows has no error of its own for that.
        if isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL):
            raise OutputClosedError from None
        raise OutputError(f"standard output: cannot be written ({reason_of(error)}).") from error


def put(text: object, *, nl: bool = True) -> None:
    """Print to standard output; raises `OutputClosedError`."""
    with printing():
        typer.echo(text, nl=nl)


def say(text: str) -> None:
    """Print a line for people, to standard error; a run goes on where nobody reads it any more."""
    with suppress(OutputClosedError, OutputError), printing():
        typer.echo(text, err=True)


def open_standard_streams() -> None:
    """Open what was closed (`2>&-`), leading nowhere: else a film's own files take its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)  # programs that are started need them as well
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def leave_closed_outputs() -> None:
    """Before the end, let go of what nobody reads any more: Python would complain about it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            _flush(stream)


def _flush(stream: TextIO) -> None:
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def show_summary(summary: Summary, line: str, *, quiet: bool, as_json: bool) -> None:
    """Print what was done: notes, then one line for people or one JSON object for programs."""
    if not quiet:
        show_notes(summary.warnings)
    if as_json:
        put(json.dumps(summary.as_json(), ensure_ascii=False))
    elif not quiet:
        say(line)


def show_notes(notes: Iterable[str]) -> None:
    """Print what is not as in the source."""
    for note in notes:
        say(f"note: {one_line(note)}")
