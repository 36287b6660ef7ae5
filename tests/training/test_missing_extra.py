"""What someone sees who has not installed the extra."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from filmcolor.cli.app import app


@pytest.mark.parametrize(
    "arguments", [["photos", "-o", "run", "--epochs", "1"], ["export", "run", "-o", "x.onnx"]]
)
def test_the_extra_is_named(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    done = CliRunner().invoke(app, ["train", *arguments])
    assert done.exit_code == 2
    assert '`pip install ".[train]"`' in done.output
    assert list(tmp_path.iterdir()) == []


def test_help_needs_no_extra() -> None:
    done = CliRunner().invoke(app, ["train", "--help"])
    assert done.exit_code == 0
    assert "train export" in done.output
