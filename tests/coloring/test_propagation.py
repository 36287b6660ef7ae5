"""Colours of keyframes are carried to the frames between: along the motion, without jumps."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import filmcolor.coloring.film
from filmcolor.color.colorspace import Floats
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange
from tests.coloring.films import (
    BLUE,
    RED,
    Seeing,
    Told,
    ab_of,
    by_brightness,
    by_lightness,
    by_mean,
    colored,
    coloring,
    cut_at,
    film_of,
    flat,
    frame_pts,
    mean_ab,
    plan_of,
    shot_of,
    texture,
)

BLOCK = 40
"""Height and width of a bright block that moves."""


def block_film(path: Path, count: int = 17, step: int = 3) -> tuple[Path, list[tuple[int, int]]]:
    """A bright block that moves over a dark ground, and its left and right edge in each frame."""
    ground = texture((120, 160), 1, 80, 12)
    block = texture((BLOCK, BLOCK), 2, 180, 8)
    pictures, edges = [], []
    for number in range(count):
        left = 20 + step * number
        picture = ground.copy()
        picture[40 : 40 + BLOCK, left : left + BLOCK] = block
        pictures.append(picture)
        edges.append((left, left + BLOCK))
    return film_of(path, pictures), edges


def worn_film(
    path: Path, size: tuple[int, int], count: int, *, flicker: float, grain: float, seed: int
) -> Path:
    """One picture that stands still, behind flicker (part of its light) and grain (in codes)."""
    rng = np.random.default_rng(seed)
    picture = texture(size)
    pictures = [
        picture * rng.uniform(1 - flicker, 1 + flicker) + rng.normal(0, grain, size)
        for _ in range(count)
    ]
    return film_of(path, [np.clip(item, 16, 235).astype(np.uint8) for item in pictures])


@pytest.mark.parametrize("keyframes", [(0, 16), (0, 8, 16), (0,), (16,), (8,)])
def test_a_moving_block_keeps_its_color(tmp_path: Path, keyframes: tuple[int, ...]) -> None:
    film, edges = block_film(tmp_path / "block.mkv")
    assert edges[0][1] < edges[-1][0]  # colours that stand still would be seen
    pts = frame_pts(film)
    network = by_brightness()

    frames = colored(film, network, plan_of(film, [shot_of(pts, 0, 17, keyframes)]))

    assert network.passes == len(keyframes)  # all others are carried
    for item, (left, right) in zip(frames, edges, strict=True):
        ab = ab_of(item, probe(film).encoding)
        inside = ab[24:36, left // 2 + 5 : right // 2 - 4]
        np.testing.assert_allclose(inside.mean((0, 1)), RED, atol=3)
        assert (inside[..., 0] > 12).all()
        outside = ab.copy()
        outside[16:44, left // 2 - 4 : right // 2 + 4] = np.nan
        np.testing.assert_allclose(np.nanmean(outside, (0, 1)), BLUE, atol=2)
        assert np.nanmax(outside[..., 0]) < 4


@pytest.fixture
def pan(tmp_path: Path) -> Path:
    """33 frames of a camera that turns."""
    wide = texture((96, 264), 3)
    return film_of(tmp_path / "pan.mkv", [wide[:, 4 * n : 4 * n + 128] for n in range(33)])


ALTERNATING = [(30.0, 0.0), (-30.0, 0.0)] * 40


@pytest.mark.parametrize("every", [8, 16])
def test_moody_networks_make_no_jumps(pan: Path, every: int) -> None:
    network = Told(ALTERNATING)
    found = mean_ab(colored(pan, network, cut_at(pan, every=every)), pan)

    assert network.passes == 32 // every + 1
    steps = np.hypot(*np.diff(found, axis=0).T)
    assert steps.max() < 10
    # What the same network does frame by frame.
    alone = mean_ab(colored(pan, Told(ALTERNATING), method="frame"), pan)
    assert steps.max() < np.hypot(*np.diff(alone, axis=0).T).max() / 6


def test_random_networks_make_no_jumps(pan: Path) -> None:
    colors = [tuple(pair) for pair in np.random.default_rng(0).uniform(-30, 30, (80, 2))]
    found = mean_ab(colored(pan, Told(colors), cut_at(pan, every=8)), pan)
    assert np.ptp(found, axis=0).max() > 15
    assert np.abs(np.diff(found, axis=0)).max() < 12


def test_a_still_film_stands_still(tmp_path: Path) -> None:
    still = film_of(tmp_path / "still.mkv", [texture((48, 64))] * 20)
    network = by_lightness()

    frames = colored(still, network, cut_at(still, every=7))

    assert network.passes == 3
    for item in frames[1:]:
        for plane, first in ((item.u, frames[0].u), (item.v, frames[0].v)):
            assert np.abs(plane.astype(int) - first).max() <= 1


def test_keyframes_do_not_pulse(tmp_path: Path) -> None:
    """Their colours are as sharp, and as strong, as those of the frames around them."""
    film = worn_film(tmp_path / "noisy.mkv", (48, 64), 25, flicker=0.03, grain=4, seed=1)
    encoding = probe(film).encoding

    frames = colored(film, by_lightness(), cut_at(film, every=6))

    found = np.array([ab_of(item, encoding) for item in frames])
    sharpness = found[..., 1].std((1, 2))
    assert sharpness.min() > 3  # else there is nothing to pulse
    change = np.abs(np.diff(sharpness)) / sharpness[:-1]
    assert change.max() < 0.06
    assert np.abs(np.diff(found.mean((1, 2)), axis=0)).max() < 1.5


def test_keyframes_agree_from_the_first_frame_on(tmp_path: Path) -> None:
    film = film_of(tmp_path / "still.mkv", [texture((48, 64))] * 25)
    amounts = np.array([12, 0, 10, -4, 15, 5, -3])
    network = Told([(float(amount), 0.0) for amount in amounts])

    found = mean_ab(colored(film, network, cut_at(film, every=4)), film)[:, 0]

    np.testing.assert_allclose(found, amounts.mean(), atol=2)
    assert np.ptp(found) < 1


def test_a_lone_opinion_loses(tmp_path: Path) -> None:
    film = film_of(tmp_path / "still.mkv", [texture((48, 64))] * 25)
    network = Told([(8.0, 0.0)] * 3 + [(-25.0, 0.0)] + [(8.0, 0.0)] * 3)

    found = mean_ab(colored(film, network, cut_at(film, every=4)), film)[:, 0]

    np.testing.assert_allclose(found, 8, atol=1.5)  # the mean would be 3.3


def test_worn_film_does_not_forget(tmp_path: Path) -> None:
    """Grain and flicker make each step a little doubtful, but nothing has moved."""
    film = worn_film(tmp_path / "worn.mkv", (144, 192), 97, flicker=0.05, grain=8, seed=2)
    amounts = np.array([15, -15, 15, -15, 15])
    network = Told([(float(amount), 0.0) for amount in amounts])

    found = mean_ab(colored(film, network, cut_at(film, every=24)), film)[:, 0]

    assert network.passes == 5
    assert np.ptp(found) < 5  # alone they are 30 apart


def test_light_that_changes_may_change_the_colors(tmp_path: Path) -> None:
    """A lamp is switched on in the middle of a shot: what is said of the dark does not count."""
    dark, bright = texture((48, 64), level=60), texture((48, 64), level=180)
    film = film_of(tmp_path / "lamp.mkv", [dark] * 12 + [bright] * 13)

    found = mean_ab(colored(film, by_mean(), cut_at(film, every=4)), film)

    np.testing.assert_allclose(found[2], BLUE, atol=2)
    np.testing.assert_allclose(found[20], RED, atol=2)


def test_every_other_keyframe_is_seen_in_the_mirror(tmp_path: Path) -> None:
    """So a network that colours one side only, whatever is there, colours both sides alike."""
    film = film_of(tmp_path / "still.mkv", [texture((48, 64))] * 29)
    network = Seeing(_red_to_the_left)

    frames = colored(film, network, cut_at(film, every=4))

    assert network.passes == 8
    encoding = probe(film).encoding
    red = np.array([ab_of(item, encoding)[..., 0] for item in frames])
    left, right = red[..., :12].mean((1, 2)), red[..., 20:].mean((1, 2))
    np.testing.assert_allclose(left, right, atol=2)
    np.testing.assert_allclose(left + right, 20, atol=1.5)


def test_a_frame_alone_is_not_seen_in_the_mirror(tmp_path: Path) -> None:
    film = film_of(tmp_path / "still.mkv", [texture((48, 64))] * 4)
    encoding = probe(film).encoding
    for method in ("frame", "smooth"):
        for item in colored(film, Seeing(_red_to_the_left), cut_at(film, every=1), method=method):
            red = ab_of(item, encoding)[..., 0]
            assert red[:, :12].mean() > 18 and abs(red[:, 20:].mean()) < 2


def _red_to_the_left(L: Floats) -> Floats:
    ab = np.zeros((*L.shape, 2), np.float32)
    ab[:, : L.shape[1] // 2, 0] = 20
    return ab


def test_a_new_thing_gets_a_keyframe_of_its_own(tmp_path: Path) -> None:
    """A cut that the plan does not know: neither keyframe knows the pictures in the middle."""
    one, other, last = (
        texture((48, 64), seed, level) for seed, level in ((1, 60), (2, 190), (3, 60))
    )
    film = film_of(tmp_path / "film.mkv", [one] * 10 + [other] * 20 + [last] * 10)
    pts = frame_pts(film)
    network = by_mean()

    found = mean_ab(colored(film, network, plan_of(film, [shot_of(pts, 0, 40, (0, 39))])), film)

    assert network.passes > 2
    np.testing.assert_allclose(found[15:25], [RED] * 10, atol=3)
    np.testing.assert_allclose(found[[0, 39]], [BLUE] * 2, atol=3)


def test_one_keyframe_at_the_end_of_a_long_shot(tmp_path: Path) -> None:
    """Its colours come from frames of the shot itself, asked for on the way."""
    wide = texture((32, 400), 4)
    pictures = [wide[:, n : n + 48] for n in range(300)]
    film = film_of(tmp_path / "long.mkv", pictures)
    pts = frame_pts(film)
    network = Seeing(lambda L: flat((20.0, 10.0), L))
    frames = colored(film, network, plan_of(film, [shot_of(pts, 0, 300, (299,))]))

    assert [item.frame.index for item in frames] == list(range(300))
    assert 300 / 100 < network.passes < 300 / 10
    np.testing.assert_allclose(mean_ab(frames, film), [(20.0, 10.0)] * 300, atol=1.5)


class CountingReader(FilmReader):
    """Counts the frames that are read."""

    def __init__(self, path: Path) -> None:
        super().__init__(probe(path))
        self.read = 0

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        for frame in super().frames(part):
            self.read += 1
            yield frame


@pytest.mark.parametrize("keyframes", [(), (299,)])
def test_only_so_many_frames_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keyframes: tuple[int, ...]
) -> None:
    """However far away the next keyframe is: memory does not grow with the shot."""
    monkeypatch.setattr(filmcolor.coloring.film, "available_cores", lambda: 2)
    film = film_of(tmp_path / "long.mkv", [texture((32, 48))] * 300)
    source = CountingReader(film)
    plan = plan_of(film, [shot_of(frame_pts(film), 0, 300, keyframes)])
    with closing(coloring(source, by_mean(), plan)) as frames:
        for number, item in enumerate(frames):
            assert item.frame.index == number
            assert source.read - 300 - number < 150  # it was read once before, for the keyframes
    assert source.read == 600


def test_a_still_shot_without_keyframes_asks_the_network_once(tmp_path: Path) -> None:
    film = film_of(tmp_path / "still.mkv", [texture((48, 64))] * 9)
    pts = frame_pts(film)
    network = by_mean()
    colored(film, network, plan_of(film, [shot_of(pts, 0, 9)]))
    assert network.passes == 1
