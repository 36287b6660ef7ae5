"""Ways to run the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from filmcolor.cli.app import app


@dataclass
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def error_line(self) -> str:
        """The one line on standard error; anything more or less fails the test."""
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.strip()


Command = Callable[..., Done]


@pytest.fixture(autouse=True)
def own_surroundings(
    network_file: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No networks but `lite` and a quick one, `small`; and no --debug from outside."""
    monkeypatch.setenv("FILMCOLOR_MODELS", str(network_file.parent))
    monkeypatch.delenv("FILMCOLOR_DEBUG", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def command() -> Command:
    """Runs the command line in this process."""

    def run(*arguments: Any) -> Done:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def program(tmp_path: Path) -> Command:
    """Runs `python -m filmcolor` as a process of its own."""

    def run(*arguments: Any) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "filmcolor", *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            timeout=60,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run
