"""What lies in a folder, and what has become of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import filmcolor
from filmcolor import InputError, list_films
from filmcolor.media.pictures.write import write_picture
from tests.clips import make_clip
from tests.queue.conftest import ended, wait_until


def _states(folder: Path) -> dict[str, str]:
    return {entry.path.name: entry.state for entry in list_films(folder)}


def test_kinds(tmp_path: Path) -> None:
    make_clip(tmp_path / "film.mp4")
    (tmp_path / "film.color.mp4").write_bytes((tmp_path / "film.mp4").read_bytes())
    picture = np.full((16, 16, 3), 90, np.uint8)
    for number in range(24):
        write_picture(tmp_path / f"scan_{number:04d}.png", picture)
        write_picture(tmp_path / f"IMG_{number:04d}.jpg", picture)
    for name in ("aunt.png", "film.preview.png", "film.preview-2.png"):
        write_picture(tmp_path / name, picture)
    (tmp_path / "film.preview.mp4").write_bytes((tmp_path / "film.mp4").read_bytes())
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / ".hidden.mp4").write_bytes(b"")
    found = list_films(tmp_path)
    assert [e.path.name for e in found if e.kind == "film"] == ["film.mp4"]
    (sequence,) = (entry for entry in found if entry.kind == "sequence")
    assert (sequence.path.name, sequence.frames) == ("scan_%04d.png", 24)
    assert sum(entry.kind == "photo" for entry in found) == 25
    film = found[[e.kind for e in found].index("film")]
    assert film.seconds == pytest.approx(12 / 25, abs=0.02)
    assert film.bytes == (tmp_path / "film.mp4").stat().st_size
    assert film.output == tmp_path / "film.color.mp4"
    # A pattern that is listed can be coloured.
    filmcolor.colorize(sequence.path, tmp_path / "scans.mkv", model="lite", method="frame")


def test_states(tmp_path: Path, network_file: Path) -> None:
    options: dict[str, Any] = {"model": str(network_file), "engine": "onnxruntime"}
    film = make_clip(tmp_path / "film.mkv")
    assert _states(tmp_path) == {"film.mkv": "new"}
    with filmcolor.open_film(film, **options) as view:
        view.make_plan()
    assert _states(tmp_path) == {"film.mkv": "planned"}
    with filmcolor.Queue(tmp_path, run=False) as queue:
        added = queue.add(film, **options)
        assert _states(tmp_path) == {"film.mkv": "queued"}
        queue.remove(added.id)
    work = tmp_path / ".film.color.mkv.filmcolor"
    with pytest.raises(ZeroDivisionError):
        filmcolor.colorize(film, progress=lambda progress: _stop(progress.phase), **options)
    assert work.is_dir()
    assert json.loads((work / "manifest.json").read_text())
    assert _states(tmp_path) == {"film.mkv": "unfinished"}
    filmcolor.colorize(film, **options)
    assert _states(tmp_path) == {"film.mkv": "coloured"}


def test_a_result_of_another_name_is_that_of_its_film(tmp_path: Path, network_file: Path) -> None:
    film = make_clip(tmp_path / "film.mkv")
    with filmcolor.Queue(tmp_path) as queue:
        added = queue.add(film, output=tmp_path / "mine.mkv", model=str(network_file))
        assert wait_until(queue, added.id, ended).state == "done"
    (entry,) = list_films(tmp_path)
    assert (entry.path.name, entry.state) == ("film.mkv", "coloured")
    assert entry.output == tmp_path / "mine.mkv"
    (tmp_path / "mine.mkv").unlink()
    assert _states(tmp_path) == {"film.mkv": "new"}


def test_plans_and_results_in_another_folder(tmp_path: Path, network_file: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    film = make_clip(tmp_path / "film.mkv")
    options: dict[str, Any] = {"model": str(network_file), "engine": "onnxruntime"}
    with filmcolor.open_film(film, plan=home / "film.plan.json", **options) as view:
        view.make_plan()
    assert _states(tmp_path) == {"film.mkv": "new"}
    (entry,) = list_films(tmp_path, home=home)
    assert entry.state == "planned"
    filmcolor.colorize(film, home / "film.color.mkv", **options)
    (entry,) = list_films(tmp_path, home=home)
    assert (entry.state, entry.output) == ("coloured", home / "film.color.mkv")


def _stop(phase: str) -> None:
    if phase == "color":
        raise ZeroDivisionError


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (entry,) = list_films(tmp_path)
    assert entry.state == "failed"
    assert "empty" in entry.reason
    with pytest.raises(InputError, match="nowhere"):
        list_films(tmp_path / "nowhere")
