"""`filmcolor shots`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from filmcolor.media.decode.probe import probe
from filmcolor.planning.plan_file import read_plan
from filmcolor.planning.shot import ShotSettings
from tests.cli.conftest import Command
from tests.clips import ffmpeg
from tests.planning.scenes import scene, write_film


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shots of a second each."""
    frames = scene(1, 24) + scene(2, 24) + scene(3, 24)
    return write_film(tmp_path_factory.mktemp("films") / "film.mp4", frames)


def test_list(command: Command, film: Path) -> None:
    done = command("shots", film)
    assert done.code == 0
    assert done.err == ""
    heading, *rows = [line.split() for line in done.out.splitlines()]
    assert heading[:2] == ["shot", "begins"]
    assert [row[:5] for row in rows] == [
        ["1", "00:00:00.000", "1.00", "0-23", "start"],
        ["2", "00:00:01.000", "1.00", "24-47", "cut"],
        ["3", "00:00:02.000", "1.00", "48-71", "cut"],
    ]
    assert all(int(row[5]) >= 1 for row in rows)


def test_kinds_and_rooms_are_shown_and_written(
    command: Command, film: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    done = command("shots", film, "-o", plan, "--model", "lite")
    heading, *rows = [line.split() for line in done.out.splitlines()]
    assert heading[-2:] == ["kind", "room"]
    assert [row[6] for row in rows] == ["shot"] * 3
    assert [shot.kind for shot in read_plan(plan).shots] == ["shot"] * 3
    done = command("shots", film, "-o", plan, "--no-rooms", "--overwrite")
    assert [shot.kind for shot in read_plan(plan).shots] == [None] * 3


def test_help_names_what_a_shot_can_have_of_its_own(command: Command) -> None:
    said = command("shots", "--help").out
    assert [name for name in ShotSettings.model_fields if name not in said] == []


def test_json_is_the_plan_file(command: Command, film: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    done = command("shots", film, "--json", "-o", plan, "--quiet")
    assert done.code == 0
    assert done.err == ""
    assert done.out == plan.read_text(encoding="utf-8")
    assert len(json.loads(done.out)["shots"]) == len(read_plan(plan).shots) == 3


def test_a_plan_is_of_one_of_several_video_streams(command: Command, tmp_path: Path) -> None:
    film, plan = tmp_path / "film.mkv", tmp_path / "plan.json"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-f", "lavfi", "-i", "testsrc=s=64x48:d=1"),
        *("-map", "0", "-map", "1", "-c:v", "mpeg4", "-disposition:0", "default", film),
    )
    out = tmp_path / "r.mkv"
    colorize = ("colorize", film, "-o", out, "--plan", plan, "--model", "lite", "--overwrite")
    for planned, other in (("0", "1"), ("1", "0")):
        done = command("shots", film, "--video-stream", planned, "-o", plan, "--overwrite")
        assert done.code == 0
        done = command(*colorize, "--video-stream", other)
        assert done.code == 1
        assert "choose that one with --video-stream" in done.err
        assert not out.exists()
    assert command("shots", film, "--video-stream", "0", "-o", plan, "--overwrite").code == 0
    assert read_plan(plan, probe(film)).film.video_stream is None
    assert command("shots", film, "--video-stream", "7").code == 1


def test_several_outputs(command: Command, film: Path, tmp_path: Path) -> None:
    done = command("shots", film, "-o", tmp_path / "a.json", "-o", tmp_path / "a.png")
    assert done.code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.png"]
    assert done.err.splitlines() == [f"{tmp_path / name} written." for name in ("a.json", "a.png")]


def test_a_part(command: Command, film: Path) -> None:
    done = command("shots", film, "--start", "30f", "--end", "2.5", "--json")
    shots = json.loads(done.out)["shots"]
    assert [(shot["first_frame"], shot["end_frame"]) for shot in shots] == [(30, 48), (48, 60)]


def test_nothing_is_overwritten(command: Command, film: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text("mine", encoding="utf-8")
    done = command("shots", film, "-o", plan)
    assert done.code == 1
    assert "exists already" in done.error_line
    assert plan.read_text(encoding="utf-8") == "mine"
    assert command("shots", film, "-o", plan, "--overwrite").code == 0
    assert len(read_plan(plan).shots) == 3


def test_errors(command: Command, film: Path, tmp_path: Path) -> None:
    done = command("shots", tmp_path / "none.mp4")
    assert done.code == 1
    assert "no such file" in done.error_line
    done = command("shots", film, "-o", tmp_path / "shots.mp4")
    assert done.code == 2
    assert ".json" in done.error_line


def test_help(command: Command) -> None:
    done = command("shots", "--help")
    assert done.code == 0
    assert "Examples" in done.out
    assert "--plan plan.json" in done.out
