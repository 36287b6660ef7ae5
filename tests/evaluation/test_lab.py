"""Lab and CIEDE2000."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab

from filmcolor.evaluation.lab import ciede2000, lab_from_rgb

SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]
"""Lines of table 1 of Sharma, Wu and Dalal (2005)."""


def lab(*values: float) -> np.ndarray:
    return np.array([values], dtype=np.float32)


@pytest.mark.parametrize(("one", "other", "expected"), SHARMA)
def test_published_pairs(one: tuple[float, ...], other: tuple[float, ...], expected: float) -> None:
    assert ciede2000(lab(*one), lab(*other))[0] == pytest.approx(expected, abs=2e-4)
    assert ciede2000(lab(*other), lab(*one))[0] == pytest.approx(expected, abs=2e-4)


@given(st.integers(0, 2**32 - 1))
def test_as_scikit_image_for_any_colors(seed: int) -> None:
    rgb = np.random.default_rng(seed).integers(0, 256, (2, 20, 20, 3), dtype=np.uint8)
    one, other = rgb2lab(rgb[0]), rgb2lab(rgb[1])
    reference = deltaE_ciede2000(one, other)
    own = ciede2000(one.astype(np.float32), other.astype(np.float32))
    assert own.dtype == np.float32
    hues = np.arctan2(one[..., 2], one[..., 1]) - np.arctan2(other[..., 2], other[..., 1])
    opposite = np.abs(np.abs(np.degrees(hues)) % 360 - 180) < 0.01  # there the formula jumps
    assert np.abs(own - reference)[~opposite].max() < 1e-3


def test_grey_has_no_hue() -> None:
    grey, red = lab(50, 0, 0), lab(50, 20, 5)
    reference = deltaE_ciede2000(grey.astype(float), red.astype(float))
    assert ciede2000(grey, red) == pytest.approx(reference, abs=1e-4)
    assert ciede2000(grey, grey)[0] == 0


def test_lab_of_every_kind_of_pixel() -> None:
    steps = np.arange(0, 256, 5, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, len(steps), 3)
    assert np.abs(lab_from_rgb(rgb) - rgb2lab(rgb)).max() < 1e-3
