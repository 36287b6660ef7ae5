"""Single frames come out as they do in the whole film, bit for bit, whatever lies around them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filmcolor.color.colorspace import Floats
from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.excerpt import colored_moments
from filmcolor.coloring.film import ColoredFrame
from filmcolor.coloring.shown import colored_film
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.networks.look import Look
from filmcolor.planning.plan import Plan
from filmcolor.script.consensus import REACH
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.settings import make_settings
from tests.coloring.films import Seeing, film_of, frame_pts, plan_of, shot_of, texture

SIZE = 48, 64


class Looking(Seeing):
    """A network that also tells of the pattern of each place, and has moods about its colours."""

    def __init__(self) -> None:
        super().__init__(
            lambda L: np.stack([0.4 * L + 9 * np.sin(L.mean()), 20 - 0.5 * L], axis=-1)
        )

    def look(self, L: Floats) -> Look:
        return Look(self.predict(L[None])[0], None, tuple(_cells(L, side) for side in (8, 4)))


def _cells(L: Floats, side: int) -> Floats:
    rows, columns = (length // side for length in L.shape)
    cells = L[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return np.ascontiguousarray(cells.transpose(0, 2, 1, 3).reshape(rows, columns, side * side))


def assert_as_in_the_film(film: Path, task: ColorTask, moments: Sequence[Fraction]) -> None:
    """Compare the frames that are shown at `moments` with the same ones of the whole film."""
    reader, networks = FilmReader(probe(film)), FilmNetworks(Looking())
    whole = list(colored_film(reader, task, networks))
    found = list(colored_moments(reader, task, networks, moments))

    expected = {_shown(whole, moment) for moment in moments}
    assert [item.frame.pts for item in found] == sorted(pts for pts in expected if pts is not None)
    for item in found:
        (same,) = (each for each in whole if each.frame.pts == item.frame.pts)
        for one, other in ((item.luma, same.luma), (item.u, same.u), (item.v, same.v)):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


def _shown(whole: Sequence[ColoredFrame], moment: Fraction) -> int | None:
    before = [item.frame.pts for item in whole if item.frame.pts <= moment]
    return max(before, default=None)


def pictures_of(rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """A camera that turns; now and then it sees something else, of which the plan knows nothing."""
    wide = texture((SIZE[0], SIZE[1] + 6 * count), int(rng.integers(1000)), rng.uniform(70, 170))
    step, jumps = int(rng.integers(0, 6)), rng.random(count) < 0.04
    place, pictures = 0, []
    for number in range(count):
        if jumps[number]:
            wide = np.roll(wide[::-1, ::-1], int(rng.integers(0, 60)), axis=1)
        pictures.append(wide[:, place : place + SIZE[1]].astype(float))
        place += step
    return pictures


def random_film(
    path: Path, rng: np.random.Generator, lengths: Sequence[int], **shots: Any
) -> tuple[Path, Plan]:
    """A film of shots that are so many frames long, with cuts, fades and dissolves between."""
    pictures: list[np.ndarray] = []
    kinds = [("start", 0)]
    for length in lengths[1:]:
        room = min(length, lengths[len(kinds) - 1]) // 3
        kind = str(rng.choice(["cut", "fade", "dissolve"])) if room else "cut"
        kinds.append((kind, 0 if kind == "cut" else int(rng.integers(1, room + 1))))
    kinds.append(("end", int(rng.integers(0, 2)) * (lengths[-1] // 4)))
    parts = [pictures_of(rng, length) for length in lengths]
    for number in range(1, len(parts)):
        if rng.random() < 0.4:  # the same place again
            again = parts[int(rng.integers(0, number))]
            parts[number] = [again[place % len(again)] for place in range(lengths[number])]
    for number, part in enumerate(parts):
        for kind, at in ((kinds[number], 0), (kinds[number + 1], -1)):
            for position in range(kind[1]):
                place = position if at == 0 else len(part) - 1 - position
                share = (position + 1) / (kind[1] + 1)
                other = (
                    parts[number + (1 if at else -1)][0 if at else -1]
                    if kind[0] == "dissolve"
                    else 16
                )
                part[place] = share * part[place] + (1 - share) * other
        pictures += part
    film = film_of(path, [np.rint(each).astype(np.uint8) for each in pictures])
    pts, made, first = frame_pts(film), [], 0
    for number, length in enumerate(lengths):
        opens, closes = kinds[number], kinds[number + 1]
        count = int(rng.integers(0, max(1, length // 3)))
        inside = rng.choice(length, size=count, replace=False) + first
        changes: dict[str, Any] = {}
        if rng.random() < 0.3:
            changes["method"] = str(rng.choice(["propagate", "smooth", "frame"]))
        if rng.random() < 0.15:
            changes["skip"] = True
        made.append(
            shot_of(pts, first, first + length, sorted(inside.tolist()), opens, closes, **changes)
        )
        first += length
    return film, plan_of(film, made)


@given(
    seed=st.integers(0, 2**32 - 1),
    lengths=st.lists(st.sampled_from([1, 2, 5, 9, 20, 60]), min_size=1, max_size=4),
    method=st.sampled_from(["propagate", "propagate", "smooth", "frame"]),
    shares=st.lists(st.floats(0, 0.999), min_size=1, max_size=6),
)
@settings(max_examples=12, deadline=None)
def test_frames_are_those_of_the_whole_film(
    seed: int,
    lengths: list[int],
    method: str,
    shares: list[float],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("film")
    film, plan = random_film(folder / "film.mkv", np.random.default_rng(seed), lengths)
    end = plan.shots[-1].end_pts
    choices = make_settings(method=method, smooth_seconds=0.02)
    task = ColorTask(choices, plan=plan, chroma_size=SIZE)
    assert_as_in_the_film(film, task, [Fraction(share) * end for share in shares])


def test_little_is_asked_about_a_long_shot(tmp_path: Path) -> None:
    """Only keyframes that have a say, `REACH` on both sides, however long the shot is."""
    wide = texture((SIZE[0], 400), 3)
    film = film_of(tmp_path / "long.mkv", [wide[:, n : n + SIZE[1]] for n in range(300)])
    pts = frame_pts(film)
    plan = plan_of(film, [shot_of(pts, 0, 300, range(0, 300, 3))])
    task, network = ColorTask(make_settings(), plan=plan), Looking()
    (found,) = colored_moments(
        FilmReader(probe(film)), task, FilmNetworks(network), [Fraction(pts[151])]
    )
    assert found.frame.pts == pts[151]
    assert network.passes <= 2 + 2 * (REACH + 1)
    assert_as_in_the_film(film, task, [Fraction(pts[151]), Fraction(pts[10]), Fraction(pts[290])])


def test_moments_outside_of_the_film(tmp_path: Path) -> None:
    film, plan = random_film(tmp_path / "film.mkv", np.random.default_rng(1), [9, 5])
    task = ColorTask(make_settings(), plan=plan)
    assert_as_in_the_film(film, task, [Fraction(-5), Fraction(plan.shots[-1].end_pts + 999)])
