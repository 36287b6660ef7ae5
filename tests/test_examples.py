"""Each program of `examples/` does what its docstring says, and tells what is wrong in one line."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import filmcolor
from tests.clips import make_clip, moving_pattern, read_frames

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.py"))


def run(name: str, *arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run an example in a process of its own, with no networks but the one that comes along."""
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *map(str, arguments)],
        env={**os.environ, "FILMCOLOR_MODELS": str(folder / "no models here")},
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def mean_chroma(path: Path, first: int, end: int) -> float:
    """How far U and V of some frames are from neutral, in codes."""
    planes = [p.astype(int) for f in read_frames(path)[first:end] for p in (f.u, f.v)]
    return float(np.mean([np.abs(plane - 128).mean() for plane in planes]))


def test_a_film_is_coloured_with_progress(grey_clip: Path, tmp_path: Path) -> None:
    done = run("color_with_progress.py", grey_clip, tmp_path / "new.mp4", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "colouring: 12 of 12 frames" in done.stderr
    assert "12 frames" in done.stdout
    assert len(read_frames(tmp_path / "new.mp4")) == 12


def test_a_range_is_previewed(grey_clip: Path, tmp_path: Path) -> None:
    done = run("preview_range.py", grey_clip, "2f", "8f", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(read_frames(tmp_path / "film.preview.mp4")) == 6
    with Image.open(tmp_path / "film.preview.png") as sheet:
        assert min(sheet.size) > 48


def test_one_shot_gets_another_saturation(tmp_path: Path, astronaut: np.ndarray) -> None:
    film, wavy = tmp_path / "film.mp4", moving_pattern((96, 96))
    make_clip(film, frames=24, size=(96, 96), picture=lambda i: wavy(i) if i < 12 else astronaut)
    done = run("change_one_shot.py", film, "2", "0", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    plan = json.loads((tmp_path / "film.plan.json").read_text(encoding="utf-8"))
    assert [shot["settings"] for shot in plan["shots"]] == [{}, {"saturation": 0.0}]
    assert mean_chroma(tmp_path / "film.color.mp4", 0, 12) > 1
    assert mean_chroma(tmp_path / "film.color.mp4", 13, 24) < 0.5


def test_a_folder_of_photos_is_coloured(tmp_path: Path, astronaut: np.ndarray) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.fromarray(astronaut).save(photos / "one.png")
    Image.fromarray(astronaut[:64]).save(photos / "one.jpg")
    (photos / "notes.txt").write_text("no photo", encoding="utf-8")
    done = run("color_photos.py", photos, tmp_path / "coloured", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "coloured").iterdir()) == [
        "one.jpg.png",
        "one.png.png",
    ]
    rgb = np.asarray(Image.open(tmp_path / "coloured" / "one.png.png"))
    expected = filmcolor.colorize_image(astronaut, model="lite").astype(int)
    assert np.abs(rgb - expected).max() <= 4  # engines of other precision give nearly the same
    assert np.ptp(rgb, axis=2).mean() > 1
    again = run("color_photos.py", photos, tmp_path / "coloured", folder=tmp_path)
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1


def test_two_networks_are_compared(tmp_path: Path, network_file: Path) -> None:
    film = make_clip(tmp_path / "colour.mkv", frames=4, codec="ffv1", grey=False)
    done = run("compare_networks.py", film, "lite", network_file, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    title, *rows = done.stdout.splitlines()
    assert title.split() == ["lite", network_file.name]
    assert len(rows) == 5
    found = filmcolor.evaluate(film, model=str(network_file)).films_mean["ciede2000"]
    assert rows[0].split()[-1] == str(round(found, 3))


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_short_and_say_how_they_are_used(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) < 40
    assert f"    python examples/{name} " in ended_with(name, [], monkeypatch)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_is_said_in_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = str(tmp_path / "no.mp4")
    further = {"color_with_progress.py": [], "color_photos.py": [str(tmp_path / "out")]}
    message = ended_with(name, [missing, *further.get(name, ["1", "2"])], monkeypatch)
    assert "no.mp4" in message
    assert "\n" not in message


def ended_with(name: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Run an example in this process; return the message that it ends with."""
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    with pytest.raises(SystemExit) as ending:
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return str(ending.value.code)
