"""Colours over time: exponential smoothing by the clock, anew from each cut, less flicker."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import exp

import numpy as np
import pytest

from filmcolor.coloring import FrameColorizer
from filmcolor.colorspace import BT709, Floats, YUVEncoding
from filmcolor.networks import Network
from filmcolor.settings import Settings
from tests.color.test_cuts import scene

ENCODING = YUVEncoding(BT709, full_range=True, depth=8)
SIZE = (48, 64)
STILL = np.rint(scene(20, SIZE) * 2.55).astype(np.uint8)
OTHER = np.rint(scene(21, SIZE) * 2.55).astype(np.uint8)


class Told:
    """A colour network that says what it was told to, one colour for each frame."""

    def __init__(self, colors: Sequence[tuple[float, float]]) -> None:
        self._colors = list(colors)

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        return height, width

    def predict(self, L: Floats) -> Floats:
        color = np.float32(self._colors.pop(0))
        return np.broadcast_to(color, (1, L.shape[1] // 4, L.shape[2] // 4, 2)).copy()


def responses(
    colors: Sequence[tuple[float, float]],
    times: Sequence[Fraction],
    pictures: Sequence[np.ndarray] | None = None,
    **options: object,
) -> np.ndarray:
    """ab of the first pixel of each frame; shape (frames, 2)."""
    colorizer = FrameColorizer(Told(colors), Settings.model_validate(options), ENCODING, SIZE)
    pictures = pictures or [STILL] * len(times)
    found = [colorizer.ab(p, t) for p, t in zip(pictures, times, strict=True)]
    for ab in found:
        assert ab.dtype == np.float32
        assert ab.shape == (12, 16, 2)
        assert (ab == ab[0, 0]).all()
    return np.array([ab[0, 0] for ab in found])


@pytest.mark.parametrize("tau", [0.04, 0.25, 2.0])
def test_step_response_at_uneven_times(tau: float) -> None:
    times = [Fraction(n, 1000) for n in (0, 10, 50, 51, 130, 400, 401, 900, 2500)]
    colors = [(0.0, 0.0)] + [(1.0, -1.0)] * (len(times) - 1)

    found = responses(colors, times, smooth_seconds=tau)

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

    last = responses(colors, times, smooth_seconds=0.4)[-1]

    left = 1 - exp(-float(times[-1]) / 0.4)
    np.testing.assert_allclose(last, [40 * left, -20 * left], rtol=1e-4)


def test_colors_begin_anew_at_a_cut() -> None:
    colors = [(30.0, 0.0)] * 5 + [(-30.0, 10.0)] * 5
    times = [Fraction(n, 25) for n in range(10)]

    found = responses(colors, times, [STILL] * 5 + [OTHER] * 5, smooth_seconds=5)

    np.testing.assert_allclose(found[:5], [(30.0, 0.0)] * 5, atol=1e-5)
    np.testing.assert_allclose(found[5:], [(-30.0, 10.0)] * 5, atol=1e-5)


def test_without_a_cut_old_colors_linger() -> None:
    colors = [(30.0, 0.0)] * 5 + [(-30.0, 10.0)] * 5
    times = [Fraction(n, 25) for n in range(10)]
    found = responses(colors, times, smooth_seconds=5)
    assert found[-1, 0] > 20


def test_method_frame_has_no_memory() -> None:
    colors = [(30.0, 0.0), (-5.0, 2.0), (0.0, 0.0), (8.0, -60.0)]
    times = [Fraction(n, 25) for n in range(4)]
    found = responses(colors, times, method="frame")
    np.testing.assert_array_equal(found, np.float32(colors))


def test_time_that_stands_still_or_runs_back_is_harmless() -> None:
    times = [Fraction(1), Fraction(1), Fraction(1, 2), Fraction(3, 2)]
    found = responses([(0.0, 0.0)] + [(10.0, 10.0)] * 3, times, smooth_seconds=1)
    np.testing.assert_allclose(found[:3], 0, atol=1e-5)
    np.testing.assert_allclose(found[3], 10 * (1 - exp(-1)), rtol=1e-4)


def test_adjustments_come_after_smoothing() -> None:
    times = [Fraction(0), Fraction(1)]
    plain = responses([(0.0, 0.0), (10.0, 20.0)], times, smooth_seconds=1)
    changed = responses(
        [(0.0, 0.0), (10.0, 20.0)], times, smooth_seconds=1, saturation=2, tint=5, strength=0.5
    )
    np.testing.assert_allclose(changed, (plain * 2 + [5, 0]) / 2, atol=1e-5)


def test_smoothing_takes_flicker_out_of_a_noisy_still_picture(
    network: Network, astronaut: np.ndarray
) -> None:
    rng = np.random.default_rng(11)
    frames = [
        np.clip(astronaut * rng.uniform(0.93, 1.07) + rng.normal(0, 8, astronaut.shape), 0, 255)
        for _ in range(12)
    ]

    def flicker(method: str) -> float:
        settings = Settings.model_validate({"method": method})
        colorizer = FrameColorizer(network, settings, ENCODING, astronaut.shape[:2])
        ab = [colorizer.ab(f.astype(np.uint8), Fraction(n, 25)) for n, f in enumerate(frames)]
        return float(np.std(np.diff(ab, axis=0)))

    each, smooth = flicker("frame"), flicker("smooth")

    assert each > 0.5  # else there is nothing to take out
    assert smooth < each / 3
