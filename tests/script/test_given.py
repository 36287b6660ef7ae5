"""What is given to a keyframe is carried through its shot, its room or the film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.shown import colored_film
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.planning.plan import Plan
from filmcolor.script.color_script import ColorScript
from filmcolor.script.given import Given, GivenColors, Spread, placed
from filmcolor.script.given_files import given_bytes, given_of
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import ColorNetwork, FilmNetworks
from filmcolor.script.on_disk import ScriptFolder
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import make_settings
from tests.coloring.films import Seeing, ab_of, cut_at, film_of, flat, texture
from tests.script.test_rooms_of_films import OPINIONS, SIZE, Moody

GREEN = (-14.0, 12.0)
BLOCK = 40


@pytest.fixture
def moving(tmp_path: Path) -> tuple[Path, list[int]]:
    """A bright block that moves over a dark ground, and its left edge in each frame."""
    ground, block = texture((96, 160), 1, 70, 10), texture((BLOCK, BLOCK), 2, 170, 12)
    pictures, edges = [], []
    for number in range(25):
        left = 10 + 4 * number
        picture = ground.copy()
        picture[30 : 30 + BLOCK, left : left + BLOCK] = block
        pictures.append(picture)
        edges.append(left)
    return film_of(tmp_path / "block.mkv", pictures), edges


def given_block(left: int, pts: int, spread: Spread = "shot") -> Given:
    """The block is green; nothing is said of the ground."""
    ab, weight = np.zeros((96, 160, 2), np.float32), np.zeros((96, 160), np.float32)
    ab[30 : 30 + BLOCK, left : left + BLOCK] = GREEN
    weight[30 : 30 + BLOCK, left : left + BLOCK] = 1
    return Given(1, pts, GivenColors(ab, weight), spread)


def warm() -> Seeing:
    return Seeing(lambda L: flat((12.0, 6.0), L))


def planes(
    film: Path, plan: Plan, network: ColorNetwork, given: Sequence[Given]
) -> list[np.ndarray]:
    settings, script = make_settings(), ScriptInMemory()
    source, networks = FilmReader(probe(film)), FilmNetworks(network)
    told = write_script(ScriptTask(source, plan, settings, script, given), networks)
    task = ColorTask(settings, plan=told, script=script)
    return [ab_of(item, probe(film).encoding) for item in colored_film(source, task, networks)]


@pytest.mark.parametrize("painted", [0, 12, 24])
def test_a_painted_block_keeps_its_color(moving: tuple[Path, list[int]], painted: int) -> None:
    film, edges = moving
    plan = cut_at(film, every=6)
    pts = {keyframe.frame: keyframe.pts for keyframe in plan.shots[0].keyframes}
    found = planes(film, plan, warm(), [given_block(edges[painted], pts[painted])])
    for ab, left in zip(found, edges, strict=True):
        inside = ab[19:31, left // 2 + 4 : (left + BLOCK) // 2 - 4]
        np.testing.assert_allclose(inside.mean((0, 1)), GREEN, atol=2.5)
        ground = ab[:11]
        np.testing.assert_allclose(ground.mean((0, 1)), (12, 6), atol=1.5)
    own = found[painted][19:31, edges[painted] // 2 + 3 : (edges[painted] + BLOCK) // 2 - 3]
    np.testing.assert_allclose(own.mean((0, 1)), GREEN, atol=0.7)  # rounding to codes


def test_fine_patterns_stay(tmp_path: Path) -> None:
    """Stripes of four pixels in a picture of 640 that moves on, as far as can be."""
    size, stripes = (360, 640), np.arange(640) % 8 < 4
    wide = cv2.resize(texture((90, 160 + 13 * 2), 3), None, fx=4, fy=4)
    film = film_of(tmp_path / "moves.mkv", [wide[:, 8 * n : 8 * n + 640] for n in range(13)])
    plan = cut_at(film, every=6)
    striped = np.where(stripes[:, None], (30.0, 20.0), (0.0, 0.0)).astype(np.float32)
    colors = GivenColors(np.broadcast_to(striped, (*size, 2)), np.ones(size, np.float32))
    found = planes(film, plan, warm(), [Given(1, plan.shots[0].pts, colors)])
    across = found[-1][60:120, 40:240].mean(0)
    assert across[:, 0].std() > 11  # 15 in the keyframe, 10 where it is carried at a quarter


def test_adjustments_do_not_change_what_is_given(moving: tuple[Path, list[int]]) -> None:
    film, edges = moving
    plan = cut_at(film, every=6)
    settings, script = make_settings(saturation=0.0), ScriptInMemory()
    source, networks = FilmReader(probe(film)), FilmNetworks(warm())
    given = [given_block(edges[0], plan.shots[0].pts)]
    told = write_script(ScriptTask(source, plan, settings, script, given), networks)
    task = ColorTask(settings, plan=told, script=script)
    first = next(colored_film(source, task, networks))
    ab = ab_of(first, probe(film).encoding)
    np.testing.assert_allclose(ab[19:31, 9:21].mean((0, 1)), GREEN, atol=0.7)
    np.testing.assert_allclose(ab[:11].mean((0, 1)), 0, atol=0.7)


@pytest.mark.parametrize("spread", ["shot", "room", "film"])
def test_how_far_it_goes(tmp_path: Path, spread: Spread) -> None:
    a, b = (texture(SIZE, seed, level=100) for seed in (1, 2))
    film = film_of(
        tmp_path / "aba.mkv", [picture for place in (a, b, a) for picture in [place] * 8]
    )
    plan, script = cut_at(film, 8, 16), ScriptInMemory()
    whole = GivenColors(np.full((*SIZE, 2), GREEN, np.float32), np.ones(SIZE, np.float32))
    given = [Given(1, plan.shots[0].keyframes[0].pts, whole, spread)]
    task = ScriptTask(FilmReader(probe(film)), plan, make_settings(), script, given)
    write_script(task, FilmNetworks(Moody([OPINIONS[0]] * 3)))
    second, third = (
        script.ab(number, plan.shots[number - 1].keyframes[0].pts) for number in (2, 3)
    )
    assert second is not None and third is not None
    for ab, moves in ((second, spread == "film"), (third, spread != "shot")):
        wanted = GREEN if moves else OPINIONS[0]
        np.testing.assert_allclose(ab.mean((0, 1)), wanted, atol=4 if moves else 0.1)


def test_the_same_in_a_folder(moving: tuple[Path, list[int]], tmp_path: Path) -> None:
    film, edges = moving
    plan = cut_at(film, every=6)
    scripts: list[ColorScript] = [ScriptInMemory(), ScriptFolder(tmp_path / "script")]
    for script in scripts:
        given = [given_block(edges[0], plan.shots[0].pts)]
        task = ScriptTask(FilmReader(probe(film)), plan, make_settings(), script, given)
        write_script(task, FilmNetworks(warm()))
    for keyframe in plan.shots[0].keyframes:
        one, other = (script.given(1, keyframe.pts) for script in scripts)
        assert one is not None and other is not None
        np.testing.assert_array_equal(one.ab, other.ab)
        np.testing.assert_array_equal(one.weight, other.weight)


def test_previews_have_no_finer_colors_than_a_work_folder(moving: tuple[Path, list[int]]) -> None:
    path, _ = moving
    plan = cut_at(path)
    rng = np.random.default_rng(5)
    ab, weight = rng.normal(0, 30, (5, 7, 2)), rng.uniform(0, 1, (5, 7))
    exact = GivenColors(ab.astype(np.float32), weight.astype(np.float32))
    (found,) = placed([Given(9, plan.shots[0].pts, exact)], plan)
    assert found.shot == plan.shots[0].number
    kept, there = given_of(given_bytes(exact)), found.colors.load()
    np.testing.assert_array_equal(there.ab, kept.ab)
    np.testing.assert_array_equal(there.weight, kept.weight)
