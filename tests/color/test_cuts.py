"""Cuts are found, and what old films do besides is not taken for one."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import pytest

from filmcolor.cuts import CutDetector

SIZE = (80, 120)


def scene(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A picture with light and dark areas of its own; L in 0..100."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(5, 95, (6, 9)).astype(np.float32)
    return np.clip(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC), 0, 100)


def grainy(picture: np.ndarray, seed: int, amount: float = 3.0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, amount, picture.shape)
    return np.clip(picture + noise, 0, 100).astype(np.float32)


def cuts_in(pictures: Iterable[np.ndarray]) -> list[int]:
    detector = CutDetector()
    return [number for number, picture in enumerate(pictures) if detector.is_cut(picture)]


def test_first_frame_begins_a_shot() -> None:
    assert cuts_in([scene(0)]) == [0]


@pytest.mark.parametrize("grain", [0.0, 3.0, 8.0])
def test_hard_cuts_are_found_where_they_are(grain: float) -> None:
    film = [
        grainy(scene(shot), 100 * shot + number, grain) for shot in range(6) for number in range(12)
    ]
    assert cuts_in(film) == [0, 12, 24, 36, 48, 60]


def test_single_frames_of_other_shots_are_found() -> None:
    film = [scene(1)] * 5 + [scene(2)] + [scene(3)] * 5
    assert cuts_in(film) == [0, 5, 6]


def test_cut_out_of_black_is_found() -> None:
    black = np.zeros(SIZE, np.float32)
    film = [black] * 5 + [scene(2)] * 5
    assert cuts_in(film) == [0, 5]


@pytest.mark.parametrize("pixels_a_frame", [1, 3])
def test_pan_is_no_cut(pixels_a_frame: int) -> None:
    wide = cv2.resize(scene(5), (400, 80))
    film = [
        grainy(wide[:, left : left + 120], left)
        for left in range(0, 40 * pixels_a_frame, pixels_a_frame)
    ]
    assert cuts_in(film) == [0]


@pytest.mark.parametrize("depth", [0.1, 0.25])
def test_flicker_is_no_cut(depth: float) -> None:
    rng = np.random.default_rng(9)
    picture = scene(6) * 0.7
    film = [grainy(picture * (1 + rng.choice([-depth, 0, depth])), n) for n in range(60)]
    assert cuts_in(film) == [0]


def test_fades_are_no_cuts() -> None:
    picture = scene(7)
    out = [grainy(picture * level, n) for n, level in enumerate(np.linspace(1, 0.05, 25))]
    film = [picture] * 5 + out + out[::-1] + [picture] * 5
    assert cuts_in(film) == [0]


def test_one_flash_is_no_cut() -> None:
    picture = scene(8) * 0.6
    film = [grainy(picture, n) for n in range(10)]
    film[5] = np.clip(film[5] + 35, 0, 100)
    assert cuts_in(film) == [0]


def test_grain_in_darkness_is_no_cut() -> None:
    dark = np.full(SIZE, 4.0, np.float32)
    assert cuts_in(grainy(dark, n, 6.0) for n in range(40)) == [0]


def test_cut_amid_flicker_is_found() -> None:
    rng = np.random.default_rng(10)
    film = [
        grainy(scene(shot) * (0.75 + rng.choice([-0.07, 0, 0.07])), 50 * shot + n)
        for shot in (11, 12)
        for n in range(20)
    ]
    assert cuts_in(film) == [0, 20]
