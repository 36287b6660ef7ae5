"""Runs the ffmpeg executable that comes with imageio-ffmpeg."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from filmcolor.errors import FilmcolorError, OutputError
from filmcolor.events import check_cancelled
from filmcolor.media.faults.watchdog import Waits
from filmcolor.system.environment import PATIENCE, patience
from filmcolor.system.prefetch import TICK

_TO_END = 5
"""Seconds that a child gets to end when it is stopped."""

_OF_WRITING = errno.ENOSPC, errno.EFBIG, errno.EROFS
"""Errors that only the disk has that is written on, never the one that is read."""

_PREFIX = re.compile(r"^(\[[^\]]*\] ?)+")
"""Which part of ffmpeg speaks, with a number that is another each time."""

_CONSEQUENCE = "Error opening output file", "Error parsing options for output file"
"""What ffmpeg says when it has said before why."""


@cache
def ffmpeg_path() -> str:
    """Return the path of the ffmpeg executable; raises `FilmcolorError` when there is none."""
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise FilmcolorError(
            "no ffmpeg executable was found; reinstall imageio-ffmpeg or set IMAGEIO_FFMPEG_EXE."
        ) from error


@dataclass(frozen=True)
class Outcome:
    """What became of a trial."""

    finished: bool | None
    """Whether ffmpeg ended well; None: it was still at work when its time was up."""
    said: str
    """Why it failed, in its own words."""
    disk: str | None = None
    """What is wrong with the disk that it writes on, if that is why it failed."""


def try_ffmpeg(arguments: Sequence[str], seconds: float) -> Outcome:
    """Run ffmpeg with `arguments`, for so many `seconds` at most.

    The child is stopped when this process is interrupted, or this thread is cancelled.
    """
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "error", *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    late = False
    try:
        try:
            errors = _said_within(process, seconds)
        except subprocess.TimeoutExpired:
            late = True
            process.terminate()  # then ffmpeg ends the file, so that it can be read
            errors = process.communicate(timeout=_TO_END)[1]
    except subprocess.TimeoutExpired:
        errors = b""
    finally:
        if process.poll() is None:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_TO_END)
    if late:
        return Outcome(None, f"it was not done in {seconds:g} s")
    lines = [line for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    causes = [_PREFIX.sub("", line) for line in lines if not line.startswith(_CONSEQUENCE)]
    said = "; ".join(causes[-2:]) or f"ffmpeg: exit code {process.returncode}"
    return Outcome(process.returncode == 0, said, _of_the_disk(lines, _OF_WRITING))


def _said_within(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """Return what a child says until it ends; raises `TimeoutExpired` after so many seconds."""
    until = time.monotonic() + seconds
    while True:
        left = until - time.monotonic()
        try:
            return process.communicate(timeout=min(TICK, max(0.0, left)))[1]
        except subprocess.TimeoutExpired:
            check_cancelled()
            if left <= TICK:
                raise


def run_ffmpeg(arguments: Sequence[str], output: Path) -> list[str]:
    """Run ffmpeg with `arguments`; return the lines of its warnings.

    The child is stopped when this process is interrupted, or this thread is cancelled. Raises
    `OutputError` (from an error with ffmpeg's own words) when it fails to write `output`, or when
    it writes nothing for too long.
    """
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "warning", *arguments]
    seconds = patience()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        errors = _wait_for(process, output, seconds)
    except BaseException:
        process.kill()
        with suppress(subprocess.TimeoutExpired):  # one that waits for a dead disk cannot even end
            process.communicate(timeout=_TO_END)
        raise
    lines = [line for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    if process.returncode != 0:
        said = RuntimeError("; ".join(lines) or f"ffmpeg: exit code {process.returncode}")
        raise OutputError(f"{output}: {_why(lines)}.") from said
    return lines


def _why(lines: Sequence[str]) -> str:
    """Return in our own words why ffmpeg failed."""
    if (disk := _of_the_disk(lines, (*_OF_WRITING, errno.EACCES, errno.EIO))) is not None:
        return f"could not be put together ({disk})"
    return (
        "could not be put together: a stream of the film does not fit into such a file; another "
        "`output` may do, such as one that ends in .mkv (`debug` tells what FFmpeg says)"
    )


def _of_the_disk(lines: Sequence[str], numbers: Sequence[int]) -> str | None:
    words = map(os.strerror, numbers)
    return next((word for word in words if any(word in line for line in lines)), None)


def _wait_for(process: subprocess.Popen[bytes], output: Path, seconds: float) -> bytes:
    """Return what ffmpeg says until it ends; its patience ends when `output` does not change."""
    waits = Waits(lambda: _state_of(output), seconds)
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=TICK)[1]
        check_cancelled()
        if waits.are_too_many():
            raise OutputError(
                f"{output}: could not be put together: nothing was written for {seconds:g} s; the "
                f"film is damaged, or a disk is very slow ({PATIENCE}=SECONDS waits longer)."
            )


def _state_of(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns
