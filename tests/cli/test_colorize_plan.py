"""`filmcolor colorize --plan`, and what --json tells of shots and of where the time went."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from filmcolor.media.decode.probe import probe
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import read_plan, write_plan
from tests.cli.conftest import Command
from tests.clips import make_clip, read_frames
from tests.coloring.films import film_of, frame_pts, plan_of, shot_of, texture

LOSSLESS = ["--model", "small", "--codec", "ffv1"]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 frames of one picture, then 20 of another."""
    pictures = [texture((48, 64), 1, 80)] * 20 + [texture((48, 64), 2, 170)] * 20
    return film_of(tmp_path_factory.mktemp("clips") / "film.mkv", pictures)


Planned = Callable[..., Path]


@pytest.fixture
def planned(film: Path, tmp_path: Path) -> Planned:
    """Writes a plan of the film in which the second shot has other settings."""

    def write(**settings: Any) -> Path:
        pts = frame_pts(film)
        shots = [shot_of(pts, 0, 20, [10]), shot_of(pts, 20, 40, [30], **settings)]
        path = tmp_path / "film.plan.json"
        write_plan(plan_of(film, shots), path)
        return path

    return write


def grey_frames(path: Path) -> list[bool]:
    """For each frame whether its U and V planes are exactly neutral."""
    planes = [(frame.u, frame.v) for frame in read_frames(path)]
    return [bool(np.all(np.asarray(pair) == 128)) for pair in planes]


def test_a_plan_from_shots_colors_as_no_plan_does(
    command: Command, film: Path, tmp_path: Path
) -> None:
    plan, with_plan, without = (tmp_path / name for name in ("p.json", "a.mkv", "b.mkv"))
    assert command("shots", film, "-o", plan, "--quiet").code == 0
    assert len(read_plan(plan, probe(film)).shots) == 2

    done = command("colorize", film, *LOSSLESS, "-o", with_plan, "--plan", plan)
    assert done.code == 0, done.err
    assert command("colorize", film, *LOSSLESS, "-o", without).code == 0

    for one, other in zip(read_frames(with_plan), read_frames(without), strict=True):
        assert one.time == other.time
        for name in ("y", "u", "v"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert not any(grey_frames(with_plan))


def test_a_plan_that_was_changed_is_followed(
    command: Command, film: Path, planned: Planned, tmp_path: Path
) -> None:
    result = tmp_path / "result.mkv"
    done = command("colorize", film, *LOSSLESS, "-o", result, "--plan", planned(skip=True))
    assert done.code == 0, done.err
    assert grey_frames(result) == [False] * 20 + [True] * 20
    for frame, source in zip(read_frames(result), read_frames(film), strict=True):
        np.testing.assert_array_equal(frame.y, source.y)


def test_a_part_of_a_film_by_the_plan_of_all_of_it(
    command: Command, film: Path, planned: Planned, tmp_path: Path
) -> None:
    result = tmp_path / "part.mkv"
    arguments = ["--plan", planned(skip=True), "--start", "15f", "--end", "23f", "--json"]
    done = command("colorize", film, *LOSSLESS, "-o", result, *arguments)
    assert done.code == 0, done.err
    assert json.loads(done.out)["shots"] == 2
    assert grey_frames(result) == [False] * 5 + [True] * 3


def test_a_plan_that_covers_nothing_of_the_part(
    command: Command, film: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "beginning.json"
    assert command("shots", film, "-o", plan, "--end", "10f", "--quiet").code == 0
    done = command("colorize", film, *LOSSLESS, "--plan", plan, "--start", "30f")
    assert done.code == 1
    assert "covers nothing of this part" in done.error_line
    assert not film.with_name("film.color.mkv").exists()


def test_the_plan_of_another_film_is_refused(
    program: Command, planned: Planned, tmp_path: Path
) -> None:
    other = make_clip(tmp_path / "other.mkv", frames=5, size=(32, 24), codec="ffv1")
    done = program("colorize", other, *LOSSLESS, "--plan", planned())
    assert done.code == 1
    assert done.out == ""
    assert "another film" in done.error_line
    assert "film.plan.json" in done.error_line
    assert not other.with_name("other.color.mkv").exists()


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"version": 7}', "not a plan"])
def test_a_file_that_is_no_plan(command: Command, film: Path, tmp_path: Path, text: str) -> None:
    plan = tmp_path / "broken.json"
    plan.write_text(text, encoding="utf-8")
    done = command("colorize", film, *LOSSLESS, "-o", tmp_path / "r.mkv", "--plan", plan)
    assert done.code == 1
    assert "broken.json" in done.error_line
    assert list(tmp_path.iterdir()) == [plan]


def test_a_plan_that_is_missing(command: Command, film: Path, tmp_path: Path) -> None:
    done = command("colorize", film, *LOSSLESS, "--plan", tmp_path / "nowhere.json")
    assert done.code == 1
    assert "nowhere.json" in done.error_line


def test_a_picture_takes_no_plan(
    command: Command, planned: Planned, tmp_path: Path, astronaut: np.ndarray
) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(astronaut).save(photo)
    done = command("colorize", photo, "--model", "small", "--plan", planned())
    assert done.code == 2
    assert "a picture has no shots" in done.error_line


def facts_of(command: Command, film: Path, result: Path, *options: Any) -> dict[str, Any]:
    done = command("colorize", film, *LOSSLESS, "-o", result, "--json", *options)
    assert done.code == 0, done.err
    facts: dict[str, Any] = json.loads(done.out)
    return facts


def test_json_tells_of_shots_passes_and_time(
    command: Command, film: Path, planned: Planned, tmp_path: Path
) -> None:
    facts = facts_of(command, film, tmp_path / "r.mkv", "--plan", planned())
    assert facts["method"] == "propagate"
    assert facts["frames"] == 40
    assert facts["shots"] == 2
    assert facts["network_passes"] == 2  # one for each still shot
    profile = facts["profile"]
    assert profile["cores"] >= 1
    assert profile["cpu_seconds"] > 0
    assert 0 < profile["wall_seconds"] <= facts["seconds"] + 0.1
    assert 0 <= profile["busy"] <= 1
    stages = profile["stage_seconds"]
    assert {"decode", "network", "encode", "join"} <= set(stages)
    assert all(seconds >= 0 for seconds in stages.values())


def test_json_of_the_other_methods(
    command: Command, film: Path, planned: Planned, tmp_path: Path
) -> None:
    part = ["--start", "17f", "--end", "23f"]
    smooth = [*part, "--method", "smooth", "--plan", planned()]
    facts = facts_of(command, film, tmp_path / "s.mkv", *smooth)
    assert (facts["shots"], facts["network_passes"]) == (2, 6)
    facts = facts_of(command, film, tmp_path / "f.mkv", *part, "--method", "frame")
    assert (facts["shots"], facts["network_passes"]) == (None, 6)


def test_a_plan_is_no_output(command: Command, film: Path, planned: Planned) -> None:
    """The plan is read and left as it was."""
    plan = planned(saturation=0.5)
    before = plan.read_bytes()
    result = plan.with_name("r.mkv")
    assert command("colorize", film, *LOSSLESS, "-o", result, "--plan", plan).code == 0
    assert plan.read_bytes() == before
    assert isinstance(read_plan(plan), Plan)
