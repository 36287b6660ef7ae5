"""What goes wrong is said in one line, with an exit code that tells files from options."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from filmcolor.errors import NotAFilmError
from tests.cli.conftest import Command


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    path = tmp_path / "bad.mp4"
    path.write_bytes(b"this is no film")
    return path


@pytest.mark.parametrize("name", ["colorize", "preview", "info"])
@pytest.mark.parametrize("file", ["missing.mp4", "missing folder", "missing_%04d.png"])
def test_missing_file(command: Command, tmp_path: Path, name: str, file: str) -> None:
    done = command(name, tmp_path / file)
    assert done.code == 1
    assert done.out == ""
    assert file in done.error_line


@pytest.mark.parametrize("name", ["colorize", "preview", "info"])
def test_damaged_film(command: Command, damaged: Path, name: str) -> None:
    done = command(name, damaged)
    assert done.code == 1
    assert done.out == ""
    assert "bad.mp4" in done.error_line
    assert [path.name for path in damaged.parent.iterdir()] == ["bad.mp4"]


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png"])
def test_damaged_picture(command: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xd8\xff\xe0 no picture")
    done = command("colorize", tmp_path / name)
    assert done.code == 1
    assert name in done.error_line


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--saturation", "9"], "--saturation"),
        (["--saturation", "much"], "--saturation"),
        (["--strength", "1.5"], "--strength"),
        (["--warmth", "100"], "--warmth"),
        (["--tint", "nan"], "--tint"),
        (["--method", "nope"], "--method"),
        (["--engine", "nope"], "nope"),
        (["--codec", "nope"], "nope"),
        (["--codec", "ffv1", "--crf", "20"], "--crf"),
        (["--pix-fmt", "nope"], "nope"),
        (["--deinterlace", "nope"], "--deinterlace"),
        (["--start", "abc"], "abc"),
        (["--end", "1:99"], "1:99"),
        (["--start", "-5"], "-5"),
        (["--smooth-seconds", "0"], "--smooth-seconds"),
        (["--fps", "0"], "--fps"),
        (["--encoder-option", "novalue"], "KEY=VALUE"),
        (["--encoder-option", "=5"], "KEY=VALUE"),
        (["--nope"], "--nope"),
        (["--saturation"], "--saturation"),
        (["surplus"], "surplus"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_options(command: Command, grey_clip: Path, options: list[str], word: str) -> None:
    done = command("colorize", grey_clip, *options)
    assert done.code == 2
    assert done.out == ""
    assert word in done.error_line
    assert [path.name for path in grey_clip.parent.iterdir()] == ["film.mp4"]


@pytest.mark.parametrize(
    "arguments",
    [["nope"], ["--nope"], ["colorize"], ["batch", "."], ["models", "nope"], ["models", "fetch"]],
    ids=" ".join,
)
def test_bad_commands(command: Command, arguments: list[str]) -> None:
    done = command(*arguments)
    assert done.code == 2
    assert "--help" in done.error_line


@pytest.mark.parametrize("options", [["--frames", "5", "--end", "1"], ["--frames", "0"]])
def test_bad_options_of_preview(command: Command, grey_clip: Path, options: list[str]) -> None:
    done = command("preview", grey_clip, *options)
    assert done.code == 2
    assert "--frames" in done.error_line


def test_encoder_that_takes_no_such_option(command: Command, grey_clip: Path) -> None:
    done = command("colorize", grey_clip, "--preset", "at leisure")
    assert done.code in (1, 2)
    assert "at leisure" in done.error_line


def test_unknown_network(command: Command, grey_clip: Path) -> None:
    done = command("colorize", grey_clip, "--model", "technicolor")
    assert done.code == 1
    assert "technicolor" in done.error_line


def test_network_that_is_not_installed(command: Command, grey_clip: Path) -> None:
    done = command("colorize", grey_clip, "--model", "zhang2016")
    assert done.code == 1
    assert "models fetch zhang2016" in done.error_line


def test_container_that_cannot_hold_the_codec(command: Command, grey_clip: Path) -> None:
    done = command("colorize", grey_clip, "-o", grey_clip.with_name("x.webm"), "--codec", "x264")
    assert done.code in (1, 2)
    assert "webm" in done.error_line.lower()


def test_output_without_a_known_kind(command: Command, grey_clip: Path) -> None:
    done = command("colorize", grey_clip, "-o", grey_clip.with_name("result.xyz"))
    assert done.code in (1, 2)
    assert ".xyz" in done.error_line


def test_output_below_a_file(command: Command, grey_clip: Path) -> None:
    done = command("colorize", grey_clip, "-o", grey_clip / "below" / "film.mp4")
    assert done.code == 1
    assert "film.mp4" in done.error_line


def test_output_that_exists(command: Command, grey_clip: Path) -> None:
    output = grey_clip.with_name("film.color.mp4")
    output.write_bytes(b"mine")
    done = command("colorize", grey_clip)
    assert done.code == 1
    assert "name another -o" in done.error_line
    assert output.read_bytes() == b"mine"


@pytest.mark.parametrize("place", ["before", "after"])
def test_debug_shows_where_an_error_comes_from(program: Command, damaged: Path, place: str) -> None:
    words = ["colorize", damaged]
    done = program(*(["--debug", *words] if place == "before" else [*words, "--debug"]))
    assert done.code == 1
    assert "Traceback" in done.err
    assert "NotAFilmError" in done.err
    assert done.out == ""


def test_debug_is_of_one_command_only(command: Command, damaged: Path) -> None:
    """The environment belongs to whoever calls."""
    with pytest.raises(NotAFilmError):
        command("info", damaged, "--debug")
    assert "FILMCOLOR_DEBUG" not in os.environ
    assert "bad.mp4" in command("info", damaged).error_line


def test_process_has_the_same_manners(program: Command, damaged: Path) -> None:
    for arguments, code in ((["colorize", damaged], 1), (["colorize", damaged, "--tint", "99"], 2)):
        done = program(*arguments)
        assert done.code == code
        assert done.out == ""
        assert done.error_line.startswith("filmcolor: ")
