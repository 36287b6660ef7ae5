"""Help and version."""

from __future__ import annotations

import re

import pytest

import filmcolor
from tests.cli.conftest import Command

COMMANDS = [
    *("colorize", "preview", "batch", "resume", "info", "shots", "evaluate"),
    *("prepare", "segment", "join"),
]


def test_help_names_every_command(command: Command) -> None:
    done = command("--help")
    assert done.code == 0
    for name in [*COMMANDS, "models"]:
        assert re.search(rf"\b{name}\b", done.out)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_examples(command: Command, name: str) -> None:
    done = command(name, "--help")
    assert done.code == 0
    assert done.err == ""
    assert "Examples" in done.out
    assert f"filmcolor {name} " in done.out


@pytest.mark.parametrize("name", ["list", "fetch", "import", "verify", "where"])
def test_help_of_models(command: Command, name: str) -> None:
    assert name in command("models", "--help").out
    assert command("models", name, "--help").code == 0


@pytest.mark.parametrize("name", ["colorize", "preview", "batch"])
@pytest.mark.parametrize(
    "option",
    [
        "--model",
        "--method",
        "--saturation",
        "--warmth",
        "--tint",
        "--strength",
        "--codec",
        "--crf",
        "--pix-fmt",
        "--encoder-option",
        "--deinterlace",
        "--overwrite",
        "--quiet",
    ],
)
def test_commands_share_their_options(
    command: Command, monkeypatch: pytest.MonkeyPatch, name: str, option: str
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert option in command(name, "--help").out


def test_version(command: Command) -> None:
    done = command("--version")
    assert (done.code, done.out) == (0, f"filmcolor {filmcolor.__version__}\n")


def test_module_can_be_run(program: Command) -> None:
    done = program("--version")
    assert (done.code, done.out, done.err) == (0, f"filmcolor {filmcolor.__version__}\n", "")


def test_no_arguments_show_the_help(command: Command) -> None:
    done = command()
    assert "colorize" in done.out + done.err
    assert "Usage" in done.out + done.err
