"""Room on the disk is looked for before work begins."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

import filmcolor
from filmcolor import Network, OutputError, Progress
from tests.clips import make_clip


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "film.mkv", frames=25, size=(320, 240))


def leave(free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, disks have so many bytes left."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))


@pytest.mark.parametrize(("codec", "free"), [("x264", 900), ("ffv1", 200_000)])
def test_too_little_room_is_refused(
    film: Path, network: Network, monkeypatch: pytest.MonkeyPatch, codec: str, free: int
) -> None:
    leave(free, monkeypatch)
    seen: list[Progress] = []
    with pytest.raises(OutputError, match=r"film\.color\.mkv: the disk has .* left, .* at least"):
        filmcolor.colorize(film, network=network, codec=codec, progress=seen.append)
    assert [state for state in seen if state.phase == "color"] == []
    assert not film.with_name("film.color.mkv").exists()


def test_room_that_may_not_do_is_told_at_once(
    film: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(90_000, monkeypatch)
    seen: list[Progress] = []
    assert filmcolor.colorize(film, network=network, progress=seen.append).frames == 25
    assert [state.note != "" for state in seen if state.phase == "color"] == [True] + 25 * [False]
    assert "90 kB left" in next(state.note for state in seen if state.note)


def test_a_film_that_fits_is_not_talked_about(
    film: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(10_000_000, monkeypatch)
    seen: list[Progress] = []
    filmcolor.colorize(film, network=network, progress=seen.append)
    assert not any(state.note for state in seen)


def test_what_a_real_film_takes_lies_between_the_bounds(
    film: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never is one refused that would have fitted, or let pass in silence that would not."""
    for codec in ("x264", "ffv1"):
        output = film.with_name(f"{codec}.mkv")
        filmcolor.colorize(film, output, network=network, codec=codec)
        size = output.stat().st_size
        leave(2 * size, monkeypatch)
        seen: list[Progress] = []
        again = film.with_name(f"{codec}-2.mkv")
        filmcolor.colorize(film, again, network=network, codec=codec, progress=seen.append)
        assert any(state.note for state in seen)
        monkeypatch.undo()
