"""`filmcolor colorize`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from filmcolor.cli import console
from filmcolor.cli.console import ProgressDisplay
from filmcolor.events import FrameDone
from tests.cli.conftest import Command
from tests.clips import make_clip, read_frames

QUICK = ["--model", "small", "--preset", "ultrafast"]


def test_film(command: Command, grey_clip: Path) -> None:
    done = command("colorize", grey_clip, *QUICK)

    output = grey_clip.with_name("film.color.mp4")
    assert done.code == 0
    assert done.out == ""
    assert str(output) in done.err
    assert "12 frames" in done.err
    frames = read_frames(output)
    assert len(frames) == 12
    assert max(np.abs(frames[5].u.astype(int) - 128).mean(), 0) > 2


@pytest.mark.skipif(sys.platform != "linux", reason="the cache lies elsewhere")
def test_hint_at_the_richer_network(command: Command, grey_clip: Path) -> None:
    """Once a day, on standard error, and never as a warning about the film."""
    hint = "models fetch zhang2016"
    run = ["colorize", grey_clip, "--end", "2f", "--overwrite"]
    assert hint not in command(*run, "--model", "lite").err
    assert hint not in command(*run, "--quiet").err
    first = command(*run, "--json")
    assert f"hint: The network 'lite' is used; for richer colours run once: filmcolor {hint}" in (
        first.err
    )
    assert json.loads(first.out)["warnings"] == []
    assert hint not in command(*run).err
    assert hint not in command("preview", grey_clip).err
    (note,) = Path(os.environ["XDG_CACHE_HOME"]).rglob("hint-*")
    os.utime(note, (0, time.time() - 25 * 3600))
    assert hint in command("preview", grey_clip).err


def test_json(command: Command, grey_clip: Path) -> None:
    done = command("colorize", grey_clip, *QUICK, "--json")

    assert done.code == 0
    assert done.out.count("\n") == 1
    facts = json.loads(done.out)
    assert {"frames", "seconds", "fps", "network", "engine", "warnings", "output"} <= set(facts)
    assert facts["frames"] == 12
    assert facts["network"] == "small"
    assert facts["output"] == str(grey_clip.with_name("film.color.mp4"))
    assert facts["warnings"] == []
    assert facts["seconds"] > 0
    assert facts["fps"] == pytest.approx(12 / facts["seconds"], rel=0.02)


def test_json_of_the_process_is_all_there_is(program: Command, grey_clip: Path) -> None:
    done = program("colorize", grey_clip, *QUICK, "--end", "2f", "--json", "--quiet")
    assert done.code == 0
    assert json.loads(done.out)["frames"] == 2
    assert done.err == ""


def test_quiet(program: Command, command: Command, grey_clip: Path) -> None:
    run = ["colorize", grey_clip, "--end", "2f"]
    for done in (program(*run, "-q"), command(*run, "--quiet", "--overwrite")):
        assert (done.code, done.out, done.err) == (0, "", "")
    assert grey_clip.with_name("film.color.mp4").is_file()


def test_overwrite(command: Command, grey_clip: Path) -> None:
    output = grey_clip.with_name("film.color.mp4")
    output.write_bytes(b"old")
    assert command("colorize", grey_clip, *QUICK, "--overwrite").code == 0
    assert len(read_frames(output)) == 12


def test_output_and_range(command: Command, grey_clip: Path) -> None:
    output = grey_clip.with_name("part.mkv")
    done = command(
        "colorize", grey_clip, *QUICK, "-o", output, "--start", "2f", "--end", "00:00:00.2"
    )
    assert done.code == 0
    assert len(read_frames(output)) == 3
    assert "3 frames" in done.err


def test_warnings_are_notes(command: Command, tmp_path: Path) -> None:
    film = make_clip(tmp_path / "odd.mkv", frames=2, size=(33, 31), pix_fmt="gray", codec="ffv1")
    done = command("colorize", film, *QUICK)
    assert done.code == 0
    assert "note: " in done.err
    assert "33x31" in done.err


def test_encoder_option_reaches_the_encoder(command: Command, grey_clip: Path) -> None:
    output = grey_clip.with_name("x.mp4")
    done = command(
        "colorize",
        grey_clip,
        *QUICK,
        "-o",
        output,
        "--encoder-option",
        "x264-params=keyint=7:bframes=0",
    )
    assert done.code == 0
    assert b"keyint=7 " in output.read_bytes()


def test_colour_options_reach_the_film(command: Command, grey_clip: Path) -> None:
    output = grey_clip.with_name("grey.mkv")
    done = command(
        "colorize",
        grey_clip,
        "-o",
        output,
        "--model",
        "small",
        "--strength",
        "0",
        "--codec",
        "ffv1",
    )
    assert done.code == 0
    assert all((f.u == 128).all() and (f.v == 128).all() for f in read_frames(output))


def test_picture(command: Command, tmp_path: Path, astronaut: np.ndarray) -> None:
    photo = tmp_path / "photo.jpg"
    Image.fromarray(astronaut).save(photo)
    done = command("colorize", photo, "--model", "small")
    assert done.code == 0
    assert "1 frame " in done.err
    with Image.open(tmp_path / "photo.color.jpg") as image:
        assert np.ptp(np.asarray(image).astype(int), axis=2).mean() > 5


def test_pattern_of_pictures(command: Command, tmp_path: Path, astronaut: np.ndarray) -> None:
    for number in range(3):
        Image.fromarray(astronaut).save(tmp_path / f"scan_{number:03}.png")
    output = tmp_path / "film.mp4"
    done = command("colorize", tmp_path / "scan_%03d.png", *QUICK, "--fps", "10", "-o", output)
    assert done.code == 0
    assert len(read_frames(output)) == 3


@pytest.mark.parametrize("name", ["ein schöner Film, 映画.mp4", "-dash.mp4", "100%.mp4"])
def test_any_file_name(program: Command, command: Command, grey_clip: Path, name: str) -> None:
    film = grey_clip.rename(grey_clip.with_name(name))
    run = command if name.isascii() else program  # other letters go through the system
    done = run("colorize", *QUICK, "--end", "2f", "--", film)
    assert done.code == 0, done.err
    assert film.with_name(f"{film.stem}.color.mp4").is_file()


def test_progress_lines_only_for_long_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    display = ProgressDisplay("film.mp4", quiet=False)
    for done in range(1, 40):
        display(FrameDone(done, 40))
    assert capsys.readouterr().err == ""

    monkeypatch.setattr(console, "_LINE_EVERY", 0.05)
    display = ProgressDisplay("film.mp4", quiet=False)
    for done in range(1, 5):
        time.sleep(0.06)
        display(FrameDone(done, 4))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("film.mp4: 1 of 4 frames, ")
    assert lines[0].endswith(" s left")


def test_no_progress_when_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "_LINE_EVERY", 0.0)
    ProgressDisplay("film.mp4", quiet=True)(FrameDone(1, 2))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_progress_without_a_known_total(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "_LINE_EVERY", 0.0)
    display = ProgressDisplay("film.mp4", quiet=False)
    display(FrameDone(3, None))
    display(FrameDone(9, 8))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == ["film.mp4: 3 frames", "film.mp4: 9 frames"]
    assert not [line for line in lines if "left" in line]
