"""The benchmark of shot detection counts rightly, and its films are what they claim to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.shots import detection as shot_detection
from benchmarks.shots import films as shot_films
from tests.planning.scenes import scene, write_film


def test_counting() -> None:
    known = [
        shot_films.Transition("cut", 10, 10),
        shot_films.Transition("cut", 30, 30),
        shot_films.Transition("fade", 50, 70),
        shot_films.Transition("other", 90, 99),
    ]
    scores, wrong, missed = shot_detection.compare([11, 33, 52, 69, 95, 200], known)
    assert wrong == [33, 69, 200]  # too far, a second one in the same fade, nothing there
    assert [(t.kind, t.first) for t in missed] == [("cut", 30)]
    total = sum(scores.values(), shot_detection.Score())
    assert (total.right, total.wrong, total.missed) == (2, 3, 1)
    assert total.precision == pytest.approx(2 / 5)
    assert total.recall == pytest.approx(2 / 3)
    assert total.f1 == pytest.approx(1 / 2)


def test_films_put_together() -> None:
    shots = [scene(seed, 60) for seed in range(8)]
    film = shot_films.FilmMaker(shots, 1).film("film", 0, count=6)
    again = shot_films.FilmMaker(shots, 1).film("film", 0, count=6)
    assert len(film.transitions) == 5
    assert all((a == b).all() for a, b in zip(film.frames, again.frames, strict=True))
    ends = [0, *(end for t in film.transitions for end in (t.first, t.last + 1)), len(film.frames)]
    assert ends == sorted(ends)
    old = shot_films.FilmMaker(shots, 1).film("film", 2, count=6)
    assert old.transitions == film.transitions
    assert len(old.frames) == len(film.frames)


def test_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_film(tmp_path / "film.mp4", scene(1, 40) + scene(2, 40))
    labels = tmp_path / "labels.json"
    labels.write_text('{"films": {"film.mp4": {"cuts": [40]}, "lost.mp4": {}}}', encoding="utf-8")
    monkeypatch.setattr(shot_films, "LABELS", labels)
    shot_detection.main([str(tmp_path), "--films", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "labelled films: 1 films, 80 frames"
    assert "filmcolor" in lines[1]
    assert "P 1.000  R 1.000  F1 1.000  cut 1/1, wrong 0" in lines[1]
    assert sum("put together" in line for line in lines) == 3
