"""The command line as processes that can be stopped and killed, and in this process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from filmcolor.cli.app import app


def start(*arguments: Any, **options: Any) -> subprocess.Popen[str]:
    """Start `filmcolor` with these arguments."""
    return subprocess.Popen(
        [sys.executable, "-m", "filmcolor", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        **options,
    )


def run(*arguments: Any) -> tuple[int, str]:
    """Run `filmcolor` in this process, which is quicker; return what `finished` returns."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stderr


def wait_for(true: Callable[[], bool], process: subprocess.Popen[str], what: str) -> bool:
    """Wait until something is `true`; return False if the process ends before."""
    until = time.monotonic() + 60
    while not true():
        if process.poll() is not None:
            return False
        if time.monotonic() > until:
            pytest.fail(f"the run did not come as far as {what}")
        time.sleep(0.005)
    return True


def finished(process: subprocess.Popen[str], seconds: float = 90) -> tuple[int, str]:
    """Wait for the end; return the exit code and what was said on standard error."""
    try:
        _, errors = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return process.returncode, errors


def segments_done(folder: Path) -> Callable[[int], bool]:
    """A function that tells whether so many segments are done in a work folder."""
    return lambda count: len(list(folder.glob("segment-*.mov"))) >= count
