"""A change to one shot is offered to the others that show the same place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from filmcolor.planning.plan_file import write_plan
from tests.cli.conftest import Command
from tests.coloring.films import film_of, frame_pts, plan_of, shot_of, texture


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Four shots of 4 frames."""
    pictures = [texture((48, 64), seed, 60 + 30 * seed) for seed in (1, 2, 3, 4)]
    return film_of(tmp_path / "film.mkv", [each for each in pictures for _ in range(4)])


@pytest.mark.parametrize(
    ("rooms", "own", "changed", "expected"),
    [
        ((1, 2, 1, 1), {}, ["1:saturation=0.4"], "Shot 1 shows the same place as shots 3 and 4"),
        ((1, 1, 2, 2), {}, ["1:skip", "3:tint=3"], "Shot 3 shows the same place as shot 4"),
        ((1, 2, 1, 1), {}, ["1:tint=3", "4:tint=3"], "Shots 1 and 4 show the same place as shot 3"),
        ((1, 2, 1, 2), {3: {"warmth": 2}}, ["1:saturation=0.4"], None),
        ((1, 2, 1, 2), {}, ["1:saturation=0.4", "3:saturation=0.4"], None),
        ((1, 2, 3, 4), {}, ["1:saturation=0.4"], None),
        ((1, 1, 1, 1), {}, [], None),
    ],
)
def test_other_shots_of_a_room_are_named(
    command: Command,
    film: Path,
    tmp_path: Path,
    rooms: tuple[int, ...],
    own: dict[int, dict[str, Any]],
    changed: list[str],
    expected: str | None,
) -> None:
    pts = frame_pts(film)
    shots = [
        shot_of(pts, 4 * place, 4 * place + 4, [4 * place], **own.get(place + 1, {})).model_copy(
            update={"room": room}
        )
        for place, room in enumerate(rooms)
    ]
    write_plan(plan_of(film, shots), tmp_path / "plan.json")
    options = [part for each in changed for part in ("--shot", each)]
    done = command(
        *("colorize", film, "--plan", tmp_path / "plan.json", "--json", "--model", "lite"), *options
    )
    notes = [note for note in json.loads(done.out)["warnings"] if "same place" in note]
    assert bool(notes) == bool(expected), notes
    assert expected is None or any(note.startswith(expected) for note in notes)
