"""Colour distribution consistency."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy

from filmcolor.evaluation.color_distribution import ColorDistribution


def frames(count: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [
        np.clip(rng.normal(100 + 9 * n, 20 + n, (24, 32, 3)), 0, 255).astype(np.uint8)
        for n in range(count)
    ]


def cdc(pictures: list[np.ndarray]) -> float | None:
    distribution = ColorDistribution()
    for picture in pictures:
        distribution.add(picture)
    return distribution.value


def cdc_by_definition(pictures: list[np.ndarray]) -> float:
    def histogram(picture: np.ndarray, channel: int) -> np.ndarray:
        return np.histogram(picture[..., channel], 256, (0, 256))[0] / picture[..., 0].size

    def divergence(p: np.ndarray, q: np.ndarray) -> float:
        m = (p + q) / 2
        return float(entropy(p, m) + entropy(q, m)) / 2

    of_channels = []
    for channel in range(3):
        h = [histogram(picture, channel) for picture in pictures]
        of_distances = [
            np.mean([divergence(h[i], h[i + t]) for i in range(len(h) - t)]) for t in (1, 2, 4)
        ]
        of_channels.append(np.mean(of_distances))
    return float(np.mean(of_channels))


@pytest.mark.parametrize("count", [5, 6, 11])
def test_is_what_tcvc_defines(count: int) -> None:
    pictures = frames(count)
    assert cdc(pictures) == pytest.approx(cdc_by_definition(pictures), rel=1e-9)


def test_needs_five_frames() -> None:
    assert cdc(frames(4)) is None
    assert cdc(frames(5)) is not None


def test_a_still_has_none() -> None:
    assert cdc(frames(1) * 6) == 0


def test_channels_count_alike() -> None:
    pictures = frames(7)
    assert cdc(pictures) == pytest.approx(cdc([picture[..., ::-1] for picture in pictures]))
