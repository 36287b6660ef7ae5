"""`filmcolor preview`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Command
from tests.clips import read_frames


def test_sheet(command: Command, grey_clip: Path) -> None:
    done = command("preview", grey_clip, "--model", "small")
    assert done.code == 0
    assert done.out == ""
    output = grey_clip.with_name("film.preview.png")
    assert str(output) in done.err
    assert output.read_bytes().startswith(b"\x89PNG")
    assert "film.preview-2.png" in command("preview", grey_clip, "--model", "small").err


def test_json(command: Command, grey_clip: Path) -> None:
    done = command("preview", grey_clip, "--model", "small", "--frames", "3", "--json")
    assert done.code == 0
    facts = json.loads(done.out)
    assert facts["frames"] == 3
    assert facts["output"] == str(grey_clip.with_name("film.preview.png"))


def test_clip(command: Command, grey_clip: Path) -> None:
    output = grey_clip.with_name("look.mp4")
    done = command(
        "preview", grey_clip, "-o", output, "--start", "2f", "--frames", "4", "--model", "small"
    )
    assert done.code == 0
    frames = read_frames(output)
    assert len(frames) == 4
    assert frames[0].y.shape == (48, 128)


def test_quiet(program: Command, grey_clip: Path) -> None:
    done = program("preview", grey_clip, "--frames", "1", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert grey_clip.with_name("film.preview.png").is_file()


def test_plan(command: Command, grey_clip: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    assert command("shots", grey_clip, "-o", plan).code == 0
    assert '"number": 1' in plan.read_text("utf-8")
    assert command("preview", grey_clip, "--plan", plan, "--model", "small").code == 0


def test_options_of_the_encoder_say_nothing_on_a_sheet(command: Command, grey_clip: Path) -> None:
    done = command("preview", grey_clip, "--crf", "20")
    assert done.code == 2
    assert "--crf would change nothing" in done.error_line
    assert command("preview", grey_clip, "--method", "smooth", "--model", "small").code == 0
