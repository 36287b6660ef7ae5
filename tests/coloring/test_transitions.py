"""Cuts, dissolves and fades: what colours do where shots meet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from filmcolor.color.colorspace import lightness_table
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from tests.coloring.films import (
    BLUE,
    RED,
    Told,
    by_lightness,
    by_mean,
    colored,
    cut_at,
    film_of,
    frame_pts,
    mean_ab,
    plan_of,
    shot_of,
    texture,
)

SIZE = (48, 64)
DARK, BRIGHT = texture(SIZE, 1, 70, 15), texture(SIZE, 2, 180, 15)


def test_nothing_crosses_a_cut(tmp_path: Path) -> None:
    film = film_of(tmp_path / "film.mkv", [DARK] * 9 + [BRIGHT] * 8)
    found = mean_ab(colored(film, by_mean(), cut_at(film, 9)), film)
    np.testing.assert_allclose(found[:9], [BLUE] * 9, atol=1.5)
    np.testing.assert_allclose(found[9:], [RED] * 8, atol=1.5)


@pytest.mark.parametrize("cut", [1, 5, 11])
def test_a_cut_between_equal_pictures_is_exact(tmp_path: Path, cut: int) -> None:
    """What is to be seen does not tell these shots apart, only the plan does."""
    film = film_of(tmp_path / "film.mkv", [DARK] * 12)
    frames = colored(film, Told([RED, BLUE]), cut_at(film, cut))
    found = mean_ab(frames, film)
    for shot, color in ((slice(0, cut), RED), (slice(cut, None), BLUE)):
        for item in frames[shot]:
            np.testing.assert_array_equal(item.u, frames[shot][0].u)
            np.testing.assert_array_equal(item.v, frames[shot][0].v)
        assert np.hypot(*(found[shot] - color).T).max() < 10


def test_shots_are_colored_as_if_they_were_alone(tmp_path: Path) -> None:
    wide = texture((48, 200), 7)
    first = [wide[:, 2 * n : 2 * n + 64] for n in range(14)]
    second = [wide[:, 100 - n : 164 - n] for n in range(11)]
    both = film_of(tmp_path / "both.mkv", [*first, *second])
    together = colored(both, by_lightness(), cut_at(both, 14))
    alone = []
    for name, pictures in (("one.mkv", first), ("two.mkv", second)):
        film = film_of(tmp_path / name, pictures)
        alone += colored(film, by_lightness(), cut_at(film))
    for item, expected in zip(together, alone, strict=True):
        np.testing.assert_array_equal(item.u, expected.u)
        np.testing.assert_array_equal(item.v, expected.v)


def dissolve(tmp_path: Path) -> tuple[Path, Plan]:
    """10 frames of dark, 8 on the way, 10 of bright; the shots meet in the middle."""
    shares = [0.0] * 10 + [(n + 1) / 9 for n in range(8)] + [1.0] * 10
    pictures = [np.rint(DARK * (1 - s) + BRIGHT * s).astype(np.uint8) for s in shares]
    film = film_of(tmp_path / "dissolve.mkv", pictures)
    pts = frame_pts(film)
    shots = [
        shot_of(pts, 0, 14, [4], closes=("dissolve", 4)),
        shot_of(pts, 14, 28, [23], opens=("dissolve", 4)),
    ]
    return film, plan_of(film, shots)


def test_a_dissolve_goes_from_one_color_to_the_other(tmp_path: Path) -> None:
    film, plan = dissolve(tmp_path)
    found = mean_ab(colored(film, by_mean(), plan), film)

    np.testing.assert_allclose(found[:10], [BLUE] * 10, atol=1.5)
    np.testing.assert_allclose(found[18:], [RED] * 10, atol=1.5)
    steps = np.diff(found[9:19], axis=0)
    assert (steps > 0).all()  # both a and b of RED are larger
    assert steps[:, 0].max() < 2 * (RED[0] - BLUE[0]) / 9


@pytest.mark.parametrize("settings", [{"skip": True}, {"method": "frame"}, {"method": "smooth"}])
@pytest.mark.parametrize("which", [0, 1])
def test_a_dissolve_to_a_shot_of_another_kind(
    tmp_path: Path, settings: dict[str, object], which: int
) -> None:
    film, plan = dissolve(tmp_path)
    changed = plan.model_dump()
    changed["shots"][which]["settings"] = settings
    frames = colored(film, by_mean(), Plan.model_validate(changed), smooth_seconds=0.01)
    found = mean_ab(frames, film)
    assert len(frames) == 28
    colors = [BLUE, RED]
    if "skip" in settings:
        colors[which] = (0.0, 0.0)
    np.testing.assert_allclose(found[:10], [colors[0]] * 10, atol=1.5)
    np.testing.assert_allclose(found[18:], [colors[1]] * 10, atol=1.5)


def fade(tmp_path: Path) -> tuple[Path, Plan]:
    """10 frames of a bright picture, 10 that fade to black, 3 of black."""
    light = [1.0] * 10 + [1 - (n + 1) / 11 for n in range(10)] + [0.0] * 3
    pictures = [np.rint(16 + (BRIGHT - 16.0) * part).astype(np.uint8) for part in light]
    film = film_of(tmp_path / "fade.mkv", pictures)
    pts = frame_pts(film)
    return film, plan_of(film, [shot_of(pts, 0, 23, [5], closes=("end", 13))])


def test_a_fade_to_black_takes_the_color_with_it(tmp_path: Path) -> None:
    film, plan = fade(tmp_path)
    frames = colored(film, by_mean(), plan)
    found = np.hypot(*mean_ab(frames, film).T)

    full = np.hypot(*RED)
    np.testing.assert_allclose(found[:10], full, atol=2)
    assert (np.diff(found[9:20]) < 0).all()
    # Scaling the light scales the cube roots of X, Y and Z, and so a, b and L + 16.
    lightness = lightness_table(probe(film).encoding)
    light = np.array([lightness[item.luma].mean() + 16 for item in frames])
    np.testing.assert_allclose(found[:17], full * light[:17] / light[0], rtol=0.1)
    assert light[16] < 0.7 * light[0]
    for item in frames[20:]:
        assert (item.u == 128).all()
        assert (item.v == 128).all()


@pytest.mark.parametrize("level", [45, 190])
def test_a_fade_to_a_black_or_white_that_is_not_quite_so(tmp_path: Path, level: int) -> None:
    """Worn film is never black: what nobody can see there has no colour either."""
    light = [1.0] * 10 + [1 - (n + 1) / 11 for n in range(10)] + [0.0] * 3
    pictures = [np.rint(level + (BRIGHT - float(level)) * part).astype(np.uint8) for part in light]
    film = film_of(tmp_path / "fade.mkv", pictures)
    plan = plan_of(film, [shot_of(frame_pts(film), 0, 23, [5], closes=("end", 13))])

    found = np.hypot(*mean_ab(colored(film, by_mean(), plan), film).T)

    np.testing.assert_allclose(found[:10], np.hypot(*RED), atol=2)
    assert (np.diff(found[9:20]) < 0).all()
    assert found[20:].max() < 0.5


def test_a_fade_keeps_its_hue(tmp_path: Path) -> None:
    film, plan = fade(tmp_path)
    found = mean_ab(colored(film, by_mean(), plan), film)[:17]
    turn = np.degrees(np.arctan2(found[:, 1], found[:, 0]) - np.arctan2(RED[1], RED[0]))
    assert np.abs(turn).max() < 12


@pytest.mark.parametrize("opens", [True, False])
def test_a_fade_that_is_longer_than_frames_may_wait(tmp_path: Path, opens: bool) -> None:
    """What becomes a keyframe in it is dark: the network would say BLUE of it."""
    light = [1.0] * 10 + [1 - (n + 1) / 101 for n in range(100)]
    keyframe, ends = 5, {"closes": ("end", 100)}
    if opens:
        light, keyframe, ends = light[::-1], 104, {"opens": ("start", 100)}
    pictures = [np.rint(16 + (BRIGHT - 16.0) * part).astype(np.uint8) for part in light]
    film = film_of(tmp_path / "fade.mkv", pictures)
    plan = plan_of(film, [shot_of(frame_pts(film), 0, 110, [keyframe], **ends)])

    found = mean_ab(colored(film, by_mean(), plan), film)[np.array(light) > 0.25]

    turn = np.degrees(np.arctan2(found[:, 1], found[:, 0]) - np.arctan2(RED[1], RED[0]))
    assert np.abs(turn).max() < 12
    chroma = np.hypot(*found.T)
    assert (np.diff(chroma if opens else chroma[::-1]) > -0.4).all()


def test_the_planner_finds_what_is_needed(tmp_path: Path) -> None:
    """Without a plan of the user's, a cut is found and separates the colours."""
    film = film_of(tmp_path / "film.mkv", [DARK] * 20 + [BRIGHT] * 20)
    plan = plan_film(FilmReader(probe(film)))
    assert [shot.first_frame for shot in plan.shots] == [0, 20]
    found = mean_ab(colored(film, by_mean()), film)
    np.testing.assert_allclose(found, [BLUE] * 20 + [RED] * 20, atol=1.5)


def test_a_lamp_that_is_switched_on_is_no_reason_to_jump(tmp_path: Path) -> None:
    """The same picture in other light, within one shot: the network's colours for either hold."""
    dark = np.rint(BRIGHT * 0.4).astype(np.uint8)
    film = film_of(tmp_path / "lamp.mkv", [dark] * 12 + [BRIGHT] * 12)
    pts = frame_pts(film)
    found = mean_ab(colored(film, by_mean(), plan_of(film, [shot_of(pts, 0, 24, (2, 21))])), film)
    np.testing.assert_allclose(found[3], BLUE, atol=8)
    np.testing.assert_allclose(found[21:], [RED] * 3, atol=8)
