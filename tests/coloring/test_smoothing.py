"""Exponential smoothing of colours: by the clock, anew in each shot, with less flicker."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import exp
from pathlib import Path

import numpy as np
import pytest

from filmcolor.color.colorspace import BT709, YUVEncoding
from filmcolor.coloring import FrameColorizer
from filmcolor.coloring.smoothing import Smoother
from filmcolor.networks import Network
from filmcolor.settings import Settings
from tests.clips import make_clip
from tests.coloring.films import Told, colored, cut_at, mean_ab, texture

ENCODING = YUVEncoding(BT709, full_range=True, depth=8)


def responses(
    colors: Sequence[tuple[float, float]], times: Sequence[Fraction], seconds: float = 0.25
) -> np.ndarray:
    """What the smoother makes of one colour for each frame; shape (frames, 2)."""
    smoother = Smoother(seconds)
    found = []
    for color, time in zip(colors, times, strict=True):
        ab = smoother.smooth(np.full((3, 4, 2), color, np.float32), time)
        assert ab.dtype == np.float32
        assert (ab == ab[0, 0]).all()
        found.append(ab[0, 0])
    return np.array(found)


@pytest.mark.parametrize("tau", [0.04, 0.25, 2.0])
def test_step_response_at_uneven_times(tau: float) -> None:
    times = [Fraction(n, 1000) for n in (0, 10, 50, 51, 130, 400, 401, 900, 2500)]
    colors = [(0.0, 0.0)] + [(1.0, -1.0)] * (len(times) - 1)

    found = responses(colors, times, tau)

    expected = [1 - exp(-float(time) / tau) for time in times]
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-5)
    np.testing.assert_allclose(found[:, 1], -np.array(expected), atol=1e-5)


def test_film_need_not_begin_at_zero() -> None:
    colors = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.0)]
    times = [Fraction(n, 25) for n in range(3)]
    shifted = [time + 3600 for time in times]
    np.testing.assert_allclose(responses(colors, times), responses(colors, shifted), atol=1e-7)


@pytest.mark.parametrize("rate", [12, 25, 60, Fraction(24000, 1001)])
def test_frame_rate_does_not_matter(rate: Fraction | int) -> None:
    count = int(rate) + 1
    colors = [(0.0, 0.0)] + [(40.0, -20.0)] * (count - 1)
    times = [n / Fraction(rate) for n in range(count)]

    last = responses(colors, times, 0.4)[-1]

    left = 1 - exp(-float(times[-1]) / 0.4)
    np.testing.assert_allclose(last, [40 * left, -20 * left], rtol=1e-4)


def test_time_that_stands_still_or_runs_back_is_harmless() -> None:
    times = [Fraction(1), Fraction(1), Fraction(1, 2), Fraction(3, 2)]
    found = responses([(0.0, 0.0)] + [(10.0, 10.0)] * 3, times, 1)
    np.testing.assert_allclose(found[:3], 0, atol=1e-5)
    np.testing.assert_allclose(found[3], 10 * (1 - exp(-1)), rtol=1e-4)


@pytest.fixture
def still_film(tmp_path: Path) -> Path:
    picture = texture((48, 64))
    return make_clip(tmp_path / "still.mkv", frames=10, codec="ffv1", picture=lambda n: picture)


COLORS = [(20.0, 0.0)] * 5 + [(-20.0, 10.0)] * 5


def test_colors_begin_anew_in_each_shot(still_film: Path) -> None:
    frames = colored(
        still_film, Told(COLORS), cut_at(still_film, 5), method="smooth", smooth_seconds=5
    )
    np.testing.assert_allclose(mean_ab(frames, still_film), COLORS, atol=1.0)


def test_within_a_shot_old_colors_linger(still_film: Path) -> None:
    plan = cut_at(still_film)
    frames = colored(still_film, Told(COLORS), plan, method="smooth", smooth_seconds=5)
    assert mean_ab(frames, still_film)[-1, 0] > 15


def test_method_frame_has_no_memory(still_film: Path) -> None:
    frames = colored(still_film, Told(COLORS), None, method="frame")
    np.testing.assert_allclose(mean_ab(frames, still_film), COLORS, atol=1.0)


def test_smoothing_takes_flicker_out_of_a_noisy_still_picture(
    network: Network, astronaut: np.ndarray
) -> None:
    rng = np.random.default_rng(11)
    colorizer = FrameColorizer(network, Settings(), ENCODING, astronaut.shape[:2])
    smoother = Smoother(0.25)
    each, smooth = [], []
    for number in range(12):
        grain = rng.normal(0, 8, astronaut.shape)
        frame = np.clip(astronaut * rng.uniform(0.93, 1.07) + grain, 0, 255).astype(np.uint8)
        each.append(colorizer.ab(frame))
        smooth.append(smoother.smooth(each[-1], Fraction(number, 25)))

    flicker = np.std(np.diff(each, axis=0))

    assert flicker > 0.5  # else there is nothing to take out
    assert np.std(np.diff(smooth, axis=0)) < flicker / 3
