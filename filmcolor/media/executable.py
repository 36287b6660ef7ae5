"""Runs the ffmpeg executable that comes with imageio-ffmpeg."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from filmcolor.errors import FilmcolorError, OutputError


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


def run_ffmpeg(arguments: Sequence[str], output: Path) -> list[str]:
    """Run ffmpeg with `arguments`; return the lines of its warnings.

    The child is stopped when this process is interrupted. Raises `OutputError` with ffmpeg's own
    last words when it fails to write `output`.
    """
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "warning", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            _, errors = process.communicate()
        except BaseException:
            process.kill()
            raise
    lines = [line for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    if process.returncode != 0:
        reason = "; ".join(lines[-2:]) or f"exit code {process.returncode}"
        raise OutputError(f"{output}: could not be put together ({reason}).")
    return lines
