"""Shots of one place get one number, and no other shots do."""

from __future__ import annotations

import weakref
from contextlib import closing

import numpy as np
import pytest

from filmcolor.script.kept_grids import KeptGrids
from filmcolor.script.rooms import find_rooms, rooms_by_features

Grid = np.ndarray
HEIGHT, WIDTH, CHANNELS = 9, 12, 24


def place(number: int) -> Grid:
    return np.random.default_rng(number).normal(0, 1, (HEIGHT, WIDTH, CHANNELS))


def shot_of(
    grid: Grid, seed: int, *, noise: float = 0.5, shift: int = 0, keyframes: int = 1
) -> list[tuple[Grid]]:
    """A shot of a place, seen with noise, in other light (a factor) and a few cells further on."""
    rng = np.random.default_rng(1000 + seed)
    moved = np.roll(grid, shift, axis=1)
    return [
        ((rng.uniform(0.8, 1.2) * moved + rng.normal(0, noise, grid.shape)).astype(np.float32),)
        for _ in range(keyframes)
    ]


def film(order: str, **changes: float) -> list[list[tuple[Grid]]]:
    return [shot_of(place(ord(letter)), i, **changes) for i, letter in enumerate(order)]


@pytest.mark.parametrize(
    ("order", "rooms"),
    [
        ("ABAB", [1, 2, 1, 2]),
        ("ABCBD", [None, 1, None, 1, None]),
        ("AA", [1, 1]),
        ("AB", [None, None]),
        ("A", [None]),
        ("AAAA", [1, 1, 1, 1]),
        ("ABCDEFGA", [1, *[None] * 6, 1]),
        ("BCAACB", [1, 2, 3, 3, 2, 1]),
    ],
)
def test_places_that_come_back(order: str, rooms: list[int | None]) -> None:
    assert find_rooms(film(order)) == rooms
    assert find_rooms(film(order, shift=1)) == rooms
    assert find_rooms(film(order, keyframes=2)) == rooms


def test_a_place_in_another_framing_is_found() -> None:
    shots = [shot_of(place(number), number) for number in range(6)]
    shots.append(shot_of(place(2), 99, shift=3))
    assert find_rooms(shots) == [None, None, 1, None, None, None, 1]


def test_one_of_the_keyframes_is_enough() -> None:
    pan = shot_of(place(1), 7) + shot_of(place(2), 8)
    others = [shot_of(place(number), number) for number in range(3, 7)]
    assert find_rooms([shot_of(place(2), 9), *others, pan]) == [1, *[None] * 4, 1]


def test_a_chain_of_shots_joins_no_two_places() -> None:
    """From one place to another in steps that are each small."""
    steps = 12
    between = [
        np.where(np.arange(WIDTH)[None, :, None] < step * WIDTH / steps, place(2), place(1))
        for step in range(steps + 1)
    ]
    others = [shot_of(place(number), number) for number in range(10, 16)]
    rooms = find_rooms([shot_of(grid, i) for i, grid in enumerate(between)] + others)
    assert rooms[0] is not None
    assert rooms[0] == rooms[1]
    assert rooms[0] != rooms[steps]


@pytest.mark.parametrize("width", [2, 4])
def test_black_borders_are_no_place(width: int) -> None:
    border = place(50)

    def boxed(grid: Grid) -> Grid:
        grid = grid.copy()
        grid[:, :width], grid[:, -width:] = border[:, :width], border[:, -width:]
        return grid

    shots = [shot_of(boxed(place(ord(x))), i, noise=0.1) for i, x in enumerate("ABCDEFGHA")]
    assert find_rooms(shots) == [1, *[None] * 7, 1]


def test_shots_without_features_are_alone() -> None:
    a, b = film("AB")
    assert find_rooms([[()], a, [], b, a]) == [None, 1, None, None, 1]
    assert find_rooms([[()], []]) == [None, None]
    assert find_rooms([]) == []


def test_only_the_coarsest_grid_is_looked_at() -> None:
    shots = film("ABAB")
    fine = np.zeros((2 * HEIGHT, 2 * WIDTH, 8), np.float32)
    assert find_rooms([[(*features, fine) for features in shot] for shot in shots]) == [1, 2, 1, 2]


def test_how_far_back_a_place_is_looked_for() -> None:
    shots = film("ABCDEFA")
    assert find_rooms(shots, recent=6) == [1, *[None] * 5, 1]
    assert find_rooms(shots, recent=5) == [None] * 7


def test_the_threshold_decides() -> None:
    assert find_rooms(film("ABA"), threshold=0.99) == [None, None, None]


def test_grids_of_two_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        find_rooms([*film("A"), [(np.zeros((3, 4, CHANNELS), np.float32),)]])


def test_large_grids_are_pooled() -> None:
    big = [np.kron(place(number), np.ones((4, 4, 1))) for number in (1, 2, 3)]
    shots = [shot_of(big[which], i) for i, which in enumerate((0, 1, 0, 2))]
    assert find_rooms(shots) == [1, None, 1, None]


def test_long_films_are_looked_through_too() -> None:
    rng = np.random.default_rng(3)
    shots = [[(rng.normal(0, 1, (6, 8, 64)).astype(np.float32),)] for _ in range(300)]
    shots[250] = shots[20]
    assert find_rooms(shots) == [1 if i in (20, 250) else None for i in range(300)]


def test_what_lies_on_the_disk_is_not_in_memory_at_once() -> None:
    """However many shots a film has: as many features are alive as for a film of half as many."""
    rng = np.random.default_rng(4)
    grids = [rng.normal(0, 1, (6, 8, 64)).astype(np.float16) for _ in range(120)]
    grids[100] = grids[20]
    most = []
    for count in (60, 120):
        alive = [0, 0]

        def gone(alive: list[int] = alive) -> None:
            alive[0] -= 1

        with closing(KeptGrids()) as kept:
            for number in range(count):
                kept.add(None if number == 7 else grids[number])

            def features(
                shot: int, kept: KeptGrids = kept, alive: list[int] = alive
            ) -> list[list[Grid]]:
                found = kept.features(shot)
                for grid in (grid for each in found for grid in each):
                    alive[0] += 1
                    alive[1] = max(alive)
                    weakref.finalize(grid, gone)
                return found

            rooms = rooms_by_features(count, features)
        shots = [[] if i == 7 else [(grid.astype(np.float32),)] for i, grid in enumerate(grids)]
        assert rooms == find_rooms(shots[:count])
        most.append(alive[1])
    assert (rooms[20], rooms[100]) == (1, 1)
    assert most[0] == most[1] < 10
