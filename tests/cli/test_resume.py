"""`filmcolor resume`, and what the other commands say of unfinished films."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import filmcolor
from filmcolor.networks import Network
from tests.cli.conftest import Command


@pytest.fixture
def unfinished(grey_clip: Path, network: Network) -> Path:
    """The output of a run that was interrupted."""

    def progress(state: filmcolor.Progress) -> None:
        if state.phase == "color" and state.done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(
            grey_clip, model="small", engine="onnxruntime", tint=3, progress=progress
        )
    return grey_clip.with_name("film.color.mp4")


def test_list(command: Command, unfinished: Path) -> None:
    done = command("resume", "--list", unfinished.parent)
    assert done.code == 0
    assert done.err == (
        f"{unfinished}: 0 of 1 segment done, from {unfinished.with_name('film.mp4')}\n"
    )
    assert not unfinished.exists()
    done = command("resume", "--list", "--json", "--quiet", unfinished)
    (entry,) = json.loads(done.out)
    assert (entry["output"], entry["done"], entry["running"]) == (str(unfinished), 0, False)


def test_finish(command: Command, unfinished: Path) -> None:
    done = command("resume", unfinished.parent, "--json")
    assert done.code == 0
    (summary,) = json.loads(done.out)
    assert summary["frames"] == 12
    assert f"done: {unfinished}" in done.err
    assert sorted(p.name for p in unfinished.parent.iterdir()) == ["film.color.mp4", "film.mp4"]


def test_nothing_to_do(command: Command, tmp_path: Path) -> None:
    done = command("resume", tmp_path)
    assert (done.code, done.err) == (0, "nothing is unfinished.\n")
    done = command("resume", tmp_path / "film.mp4")
    assert done.code == 1
    assert "there is no unfinished work on it" in done.error_line


def test_a_film_that_is_gone_does_not_stop_the_others(
    command: Command, unfinished: Path, network: Network
) -> None:
    film = unfinished.with_name("film.mp4")
    film.rename(film.with_name("elsewhere.mp4"))
    done = command("resume", unfinished.parent, "--quiet")
    assert done.code == 1
    assert "film.mp4: there is no such file any more: put it back" in done.error_line
    (folder,) = unfinished.parent.glob(".*.filmcolor")
    assert str(folder) in done.error_line


def test_other_settings_are_refused_in_one_line(command: Command, unfinished: Path) -> None:
    film = unfinished.with_name("film.mp4")
    done = command("colorize", film, "--quiet", "--tint", "4", "--engine", "onnxruntime")
    assert done.code == 1
    assert "begun with tint 3.0 (now 4.0)" in done.error_line
    assert "--restart" in done.error_line
    done = command(
        "colorize", film, "--quiet", "--tint", "4", "--engine", "onnxruntime", "--restart"
    )
    assert done.code == 0
    assert unfinished.exists()
