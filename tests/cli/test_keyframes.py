"""`filmcolor keyframes`, and --keyframes, --spread and --shot of other commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from filmcolor.planning.plan_file import read_plan
from tests.cli.conftest import Command
from tests.clips import read_frames
from tests.coloring.films import film_of, texture

SIZE = 48, 64
QUICK = ("--model", "small")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots of 16 frames."""
    pictures = [texture(SIZE, 1, 90)] * 16 + [texture(SIZE, 2, 160)] * 16
    return film_of(tmp_path_factory.mktemp("film") / "film.mkv", pictures)


def test_there_and_back(command: Command, film: Path, tmp_path: Path) -> None:
    folder, plan, result = tmp_path / "keyframes", tmp_path / "plan.json", tmp_path / "result.mkv"
    done = command("keyframes", "export", film, "-o", folder, "--per-shot", 1, *QUICK)
    assert done.code == 0, done.err
    assert "2 keyframes" in done.err
    first, second = sorted(folder.glob("*.png"))
    assert first.name.startswith("shot-0001_") and second.name.startswith("shot-0002_")

    done = command("keyframes", "import", film, folder, "-o", plan)
    assert done.code == 0
    assert done.out == "0 pictures with colours of yours; 2 pictures unchanged.\n"
    assert len(read_plan(plan).shots) == 2
    second.unlink()
    Image.new("RGB", SIZE[::-1], (150, 80, 70)).save(first)
    done = command("keyframes", "import", film, folder)
    assert done.out.splitlines() == [
        f"{first.name}: shot 1, painted: 100.0 % of it",
        "1 picture with colours of yours; 0 pictures unchanged, 1 not there any more.",
    ]
    done = command("keyframes", "import", film, folder, "--json")
    assert [each["file"] for each in json.loads(done.out)["changed"]] == [first.name]

    lossless = ("--codec", "ffv1", *QUICK)
    done = command(
        "colorize", film, "-o", result, *lossless, "--keyframes", folder, "--shot", "2:skip"
    )
    assert done.code == 0, done.err
    frames = read_frames(result)
    assert frames[8].v is not None and frames[24].v is not None
    assert frames[8].v.mean() > 140
    assert np.all(frames[24].v == 128)


def test_a_preview_shows_it(command: Command, film: Path, tmp_path: Path) -> None:
    sheets = [tmp_path / "a.png", tmp_path / "b.png"]
    assert command("preview", film, "-o", sheets[0], *QUICK).code == 0
    done = command("preview", film, "-o", sheets[1], *QUICK, "--shot", "1:saturation=3")
    assert done.code == 0, done.err
    one, other = (np.asarray(Image.open(sheet)).astype(int) for sheet in sheets)
    assert np.abs(one - other).max() > 20


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("2:saturaton=1", "did you mean 'saturation'?"),
        ("2:saturation=9", "less than or equal to 4"),
        ("2:saturation", "saturation '' will not do"),
        ("2", "is not of the form NUMBER:NAME=VALUE"),
        ("x:skip", "is not of the form NUMBER:NAME=VALUE"),
        ("5:skip", "there is no shot 5"),
    ],
)
@pytest.mark.parametrize("name", ["colorize", "preview"])
def test_changes_that_will_not_do(
    command: Command, film: Path, tmp_path: Path, name: str, option: str, said: str
) -> None:
    output = tmp_path / ("r.png" if name == "preview" else "r.mkv")
    done = command(name, film, "-o", output, *QUICK, "--shot", option)
    assert done.code == 2
    assert done.error_line.startswith("filmcolor: --shot: ")
    assert said in done.error_line
    assert list(tmp_path.glob("*r.*")) == []


def test_errors_are_one_line(command: Command, film: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    done = command("keyframes", "export", film, "-o", tmp_path / "full", *QUICK)
    assert done.code == 1
    assert "say with --overwrite" in done.error_line
    for arguments in (
        ("keyframes", "import", film, tmp_path),
        ("colorize", film, "-o", tmp_path / "r.mkv", "--keyframes", tmp_path),
        ("preview", film, "-o", tmp_path / "r.png", "--keyframes", tmp_path / "nowhere"),
    ):
        done = command(*arguments)
        assert done.code == 1
        assert "filmcolor keyframes export FILM" in done.error_line
    done = command("colorize", film, "-o", tmp_path / "r.mkv", "--spread", "room")
    assert done.code == 2
    assert "--spread says how far colours of --keyframes go" in done.error_line
    done = command("keyframes", "export", film, "-o", tmp_path / "k", *QUICK, "--method", "frame")
    assert done.code == 1
    assert "no shot has keyframes to paint on" in done.error_line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full"]
