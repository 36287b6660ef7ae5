"""Whether a place has the same colours when the film comes back to it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from filmcolor.evaluation.evaluate import evaluate
from filmcolor.evaluation.returns import ReturningPlaces
from filmcolor.networks import Network
from filmcolor.planning.plan import Plan
from filmcolor.script.color_script import ShotLooks
from tests.cli.conftest import Command
from tests.clips import make_clip
from tests.coloring.films import cut_at, film_of, texture

SIZE = 96, 128


def place(seed: int) -> np.ndarray:
    """A grid of features, another one for each seed."""
    return np.random.default_rng(seed).normal(size=(6, 8, 32)).astype(np.float32)


@pytest.fixture
def dialogue(tmp_path: Path) -> Plan:
    """Shots 1 and 3 show one room, 2 and 4 another, 5 a third."""
    film = film_of(tmp_path / "film.mkv", [texture(SIZE, n % 7) for n in range(20)])
    plan = cut_at(film, 4, 8, 12, 16)
    rooms = dict(zip(range(5), (1, 2, 1, 2, None), strict=True))
    shots = (
        shot.model_copy(update={"room": rooms[number], "kind": "shot"})
        for number, shot in enumerate(plan.shots)
    )
    return plan.model_copy(update={"shots": tuple(shots)})


def looks_of(plan: Plan, *seeds: int) -> dict[int, ShotLooks]:
    return {
        number: ShotLooks((place(seed),), plan.shots[number - 1].keyframes[0].pts)
        for number, seed in enumerate(seeds, 1)
    }


def test_colors_of_one_place_are_compared(dialogue: Plan) -> None:
    looks = looks_of(dialogue, 1, 2, 1, 2, 3)
    places = ReturningPlaces(dialogue, looks)
    flat = np.ones((*SIZE, 2), np.float32)
    for number, shot in enumerate(dialogue.shots):
        places.add(shot.pts - 1, 100 * flat, 100 * flat)  # of no keyframe
        places.add(looks[number + 1].pts, number * flat, flat if number % 2 else 3 * number * flat)
    found = places.figures()
    assert (found.returns, found.rooms) == (2, 2)
    assert found.return_ab == pytest.approx(2 * 2**0.5)  # shots 1 and 3, 2 and 4
    assert found.return_ab_truth == pytest.approx((6 * 2**0.5 + 0) / 2)


def test_places_are_followed_to_where_they_are_now(dialogue: Plan) -> None:
    looks = looks_of(dialogue, 1, 2, 1, 2, 3)
    moved = np.roll(place(1), 2, axis=1)  # two cells to the right
    looks[3] = ShotLooks((moved,), looks[3].pts)
    places = ReturningPlaces(dialogue, looks)
    colors = cv2.resize(place(5)[..., :2], SIZE[::-1], interpolation=cv2.INTER_NEAREST)
    for number in (1, 3):
        here = np.roll(colors, 2 * 16 if number == 3 else 0, axis=1)
        places.add(looks[number].pts, np.asarray(here), 0 * here)
    found = places.figures()
    assert found.returns == 1  # shots 2 and 4 were not seen
    assert found.return_ab == pytest.approx(0, abs=1e-4)


def test_nothing_returns(dialogue: Plan) -> None:
    found = ReturningPlaces(dialogue, looks_of(dialogue, 1, 2, 3, 4, 5)).figures()
    assert (found.return_ab, found.return_ab_truth, found.returns) == (None, None, 0)
    assert ReturningPlaces(dialogue, {}).figures().rooms == 0


def test_evaluate_tells_of_it(command: Command, tmp_path: Path, packaged_network: Network) -> None:
    wide = [cv2.resize(texture((24, 35), n, 60 + 40 * n), None, fx=4, fy=4) for n in (1, 2)]
    film = make_clip(
        tmp_path / "film.mkv",
        frames=36,
        size=(128, 96),
        codec="ffv1",
        grey=False,
        picture=lambda n: np.ascontiguousarray(wide[n // 12 % 2][:, n % 12 :][:, :128]),
    )
    (found,) = evaluate(film, network=packaged_network).films
    assert (found.figures["rooms"], found.figures["returns"]) == (1, 1)
    assert found.returns.return_ab is not None
    assert found.returns.return_ab < 0.5
    assert found.returns.return_ab_truth is not None
    assert found.figures["return_ab_truth"] == pytest.approx(0, abs=0.1)  # it stands still
    (alone,) = evaluate(film, network=packaged_network, method="frame", frames=28).films
    assert (alone.figures["rooms"], alone.figures["return_ab"]) == (0, None)
    told = command("evaluate", film, "--model", "lite", "--frames", "28").out
    assert "shots that show it again" in told
