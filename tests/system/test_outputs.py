"""Where results go: names, folders, and what is said of names that will not do."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import filmcolor
from filmcolor import FilmcolorError, InputError, Network, NetworkError, OutputError
from filmcolor.cli.app import app
from filmcolor.jobs.inspect import inspect
from filmcolor.settings import Settings
from tests.clips import make_clip, read_frames

FAST: dict[str, Any] = {"preset": "ultrafast"}


def test_films_of_one_name_get_different_results(tmp_path: Path, network: Network) -> None:
    """In any order; each result is that of its own film."""
    make_clip(tmp_path / "old.avi", frames=2, codec="mpeg4")
    make_clip(tmp_path / "old.mp4", frames=3)
    for name, result, frames in (
        ("old.avi", "old.avi.color.mp4", 2),
        ("old.mp4", "old.color.mp4", 3),
    ):
        plan = inspect(tmp_path / name, Settings())["colorize"]
        summary = filmcolor.colorize(tmp_path / name, network=network, **FAST)
        assert summary.output == tmp_path / result == Path(plan["output"])
        assert len(read_frames(summary.output)) == frames
        assert bool(summary.warnings) == (name == "old.avi")  # that it is no .avi any more


def test_a_film_alone_keeps_its_short_name(tmp_path: Path, network: Network) -> None:
    film = make_clip(tmp_path / "old.avi", frames=2, codec="mpeg4")
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "old.png")
    assert filmcolor.colorize(film, network=network, **FAST).output == tmp_path / "old.color.mp4"
    with pytest.raises(
        OutputError, match=r"old\.color\.mp4: exists already; name another"
    ) as found:
        filmcolor.colorize(film, network=network, **FAST)
    assert "to replace" not in str(found.value)


def test_into_a_folder(
    tmp_path: Path, grey_clip: Path, network: Network, astronaut: np.ndarray
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    photo = tmp_path / "photo.png"
    Image.fromarray(astronaut).save(photo)
    assert filmcolor.colorize(photo, folder, network=network).output == folder / "photo.color.png"
    summary = filmcolor.colorize(grey_clip, folder, network=network, **FAST)
    assert summary.output == folder / "film.color.mp4"
    assert len(read_frames(summary.output)) == summary.frames
    previews = [filmcolor.preview(grey_clip, folder, network=network).output for _ in range(2)]
    assert previews == [folder / "film.preview.png", folder / "film.preview-2.png"]
    with pytest.raises(OutputError, match="exists already"):
        filmcolor.colorize(grey_clip, folder, network=network, **FAST)


LONG = "a" * 300 + ".mp4"
ADDRESS = "https://example.org/film.mp4"


@pytest.mark.parametrize("output", [LONG, "b" * 240 + ".mp4", ADDRESS])
def test_outputs_that_are_no_names(
    tmp_path: Path,
    grey_clip: Path,
    network: Network,
    output: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match=r"the name is too long .* shorter|an address") as found:
        filmcolor.colorize(grey_clip, output, network=network)
    assert "Errno" not in str(found.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", [LONG, ADDRESS, "a" * 300 + ".png", "nul\0.mp4"])
def test_inputs_that_are_no_names(name: str, network: Network) -> None:
    for function in (filmcolor.colorize, filmcolor.preview, filmcolor.find_shots):
        with pytest.raises(FilmcolorError) as found:
            function(name)
        assert isinstance(found.value, InputError) or "picture" in str(found.value)
        assert "Errno" not in str(found.value)
    with pytest.raises(InputError, match=r"too long|an address|cannot be read"):
        inspect(Path(name), Settings())


@pytest.mark.parametrize("command", ["colorize", "info", "resume", "evaluate", "batch"])
@pytest.mark.parametrize("name", [LONG, ADDRESS])
def test_commands_say_so_in_a_line(tmp_path: Path, command: str, name: str) -> None:
    output = ["-o", str(tmp_path / "out")] if command == "batch" else []
    done = CliRunner().invoke(app, [command, name, *output])
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert "an address" in line or "the name is too long" in line
    assert "Errno" not in line


def test_a_folder_of_weights_that_cannot_be_read(
    grey_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILMCOLOR_MODELS", "/" + "m" * 300)
    for model in ("auto", "mine"):
        with pytest.raises(NetworkError, match=r"folder of weights cannot be read"):
            filmcolor.colorize(grey_clip, model=model)
    assert filmcolor.colorize(grey_clip, model="lite", **FAST).network == "lite"
    with pytest.raises(NetworkError, match="is an address"):
        filmcolor.colorize(
            grey_clip, grey_clip.with_name("r.mp4"), model="https://example.org/x.onnx"
        )


def test_no_words_of_libraries(tmp_path: Path, network: Network) -> None:
    """Files of which libraries have much to say: none of it is for people."""
    film = make_clip(tmp_path / "whole.mp4", frames=2)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(film.read_bytes()[:300])
    text = tmp_path / "text.mp4"
    text.write_text("no film")
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    shutil.copy(text, tmp_path / "net.onnx")
    for source, options in (
        (cut, {}),
        (text, {}),
        (picture, {}),
        (film, {"model": str(tmp_path / "net.onnx")}),
        (film, {"encoder_options": {"profile": "none"}}),
    ):
        with pytest.raises(FilmcolorError) as found:
            filmcolor.colorize(source, **options)
        said = str(found.value)
        for word in ("Errno", "avcodec", "Invalid data", "OpenCV", "cv2", "-1094", "file:"):
            assert word not in said
