"""What help, completion and errors of the command line know of the settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from filmcolor.cli.app import app
from filmcolor.cli.console import one_line
from filmcolor.cli.flags import flags
from filmcolor.errors import UsageError
from filmcolor.settings import RunSettings, Settings, make_film_settings
from filmcolor.training.config import Computing, TrainConfig
from tests.cli.conftest import Command

FIELDS = {**Settings.model_fields, **RunSettings.model_fields}
CHOICES = {
    name: get_args(field.annotation)
    for name, field in FIELDS.items()
    if get_origin(field.annotation) is not None and isinstance(get_args(field.annotation)[0], str)
}


def _beyond_bounds() -> list[tuple[str, float]]:
    """Numbers just outside of what each setting allows."""
    found: list[tuple[str, float]] = []
    for name, field in FIELDS.items():
        for bound in field.metadata:
            found += [(name, bound.ge - 1)] if hasattr(bound, "ge") else []
            found += [(name, bound.gt)] if hasattr(bound, "gt") else []
            found += [(name, bound.le + 1)] if hasattr(bound, "le") else []
    return found


def help_of(command: Command, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """A command's help, without the frames around it and where its lines break."""
    monkeypatch.setenv("COLUMNS", "400")
    done = command(*words, "--help")
    assert done.code == 0
    return " ".join(re.sub(r"[│╭╮╰╯─|]+(?=\s|$)|^[│|]", " ", done.out, flags=re.MULTILINE).split())


def test_there_are_choices_and_bounds() -> None:
    assert CHOICES.keys() == {"engine", "method", "deinterlace", "missing", "transfer", "titles"}
    assert len(_beyond_bounds()) >= 15


@pytest.mark.parametrize("name", ["colorize", "batch", "preview"])
def test_help_tells_what_the_settings_tell(
    command: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    said = help_of(command, monkeypatch, name)
    fields = {**Settings.model_fields, **({} if name == "preview" else RunSettings.model_fields)}
    for field in fields.keys() - {"keep"}:
        assert flags()[field] in said
        assert (fields[field].description or "").replace("`", "") in said
    for field, choices in CHOICES.items():
        # between angle brackets or square ones, as Typer's version has it
        assert re.search(rf"{flags()[field]} [<\[]{re.escape('|'.join(choices))}[>\]]", said)
        assert f"[default: {Settings.model_fields[field].default}]" in said
    assert "--keep" not in said
    assert ("--workers" in said) == (name != "preview")


@pytest.mark.parametrize(
    ("flag", "bounds"),
    [
        ("--saturation", "[0<=x<=4]"),
        ("--tint", "[-60<=x<=60]"),
        ("--fps", "[0<x<=480]"),
        ("--video-stream", "[0<=x]"),
        ("--segment-seconds", "[0.04<=x<=36000]"),
    ],
)
def test_help_shows_bounds(
    command: Command, monkeypatch: pytest.MonkeyPatch, flag: str, bounds: str
) -> None:
    said = help_of(command, monkeypatch, "colorize")
    assert re.search(rf"{flag} <(int|float)> {re.escape(bounds)}", said)


@pytest.mark.parametrize("name", CHOICES)
def test_completion_offers_the_choices(name: str) -> None:
    done = CliRunner().invoke(
        app,
        [],
        prog_name="filmcolor",
        env={
            "_FILMCOLOR_COMPLETE": "complete_bash",
            "COMP_WORDS": f"filmcolor colorize {flags()[name]} ",
            "COMP_CWORD": "3",
        },
    )
    assert done.output.split() == list(CHOICES[name])


@pytest.mark.parametrize("name", CHOICES)
def test_a_wrong_choice_is_answered_with_the_right_ones(
    command: Command, grey_clip: Path, name: str
) -> None:
    done = command("colorize", grey_clip, flags()[name], "nope")
    assert done.code == 2
    assert flags()[name] in done.error_line
    assert "'nope'" in done.error_line
    assert all(f"'{choice}'" in done.error_line for choice in CHOICES[name])
    assert "Value error" not in done.error_line


@pytest.mark.parametrize(("name", "value"), _beyond_bounds())
def test_the_command_line_refuses_numbers_in_the_words_of_the_library(
    command: Command, grey_clip: Path, name: str, value: float
) -> None:
    wanted = value if FIELDS[name].annotation in (int, int | None) else float(value)
    with pytest.raises(UsageError) as refused:
        make_film_settings(**{name: wanted})
    done = command("colorize", grey_clip, flags()[name], value)
    assert done.code == 2
    assert done.error_line == f"filmcolor: {one_line(refused.value)}"


@pytest.mark.parametrize("group", [TrainConfig, Computing])
def test_training_has_options_of_its_settings(
    command: Command, monkeypatch: pytest.MonkeyPatch, group: type[BaseModel]
) -> None:
    said = help_of(command, monkeypatch, "train")
    shown = [
        field
        for name, field in group.model_fields.items()
        if name in flags()
        and f"{flags()[name]} " in said
        and name not in ("workers", "chroma_limit")
    ]
    assert len(shown) == {TrainConfig: 13, Computing: 6}[group]
    assert [field.description for field in shown if (field.description or "-") not in said] == []


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        (["--threads", "0"], "--threads"),
        (["--size", "33"], "--size"),
        (["--precision", "f8"], "--precision"),
        (["--dropout", "1"], "--dropout"),
    ],
)
def test_training_refuses_what_its_settings_refuse(
    command: Command, tmp_path: Path, options: list[str], flag: str
) -> None:
    done = command("train", tmp_path, "-o", tmp_path / "run", "--epochs", "1", *options)
    assert done.code == 2
    assert flag in done.error_line
    assert not (tmp_path / "run").exists()
