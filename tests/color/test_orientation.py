"""Films that are stored turned get the colours of the upright picture."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from filmcolor.color.colorspace import BT601, YUVEncoding
from filmcolor.coloring import FrameColorizer
from filmcolor.media.film import Orientation
from filmcolor.networks import Network
from filmcolor.settings import Settings

ENCODING = YUVEncoding(BT601, full_range=True, depth=8)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_turned_film_is_colored_as_the_upright_one(
    network: Network, astronaut: np.ndarray, degrees: int, mirrored: bool
) -> None:
    upright = astronaut[:64]  # 96 wide, 64 high
    turns = degrees // 90
    stored = np.rot90(upright, -turns)
    if mirrored:
        stored = stored[:, ::-1]
    stored = np.ascontiguousarray(stored)
    settings = Settings(method="frame")
    plain = FrameColorizer(network, settings, ENCODING, (64, 96))
    turned = FrameColorizer(
        network,
        settings,
        ENCODING,
        (stored.shape[0], stored.shape[1]),
        orientation=Orientation(degrees, mirrored),
    )

    expected = plain.color_differences(upright, plain.ab(upright))
    found = turned.color_differences(stored, turned.ab(stored))

    if mirrored:
        found = found[:, ::-1]
    found = np.rot90(found, turns)
    assert np.ptp(expected) > 0.1
    # Resizing a turned picture rounds in another order.
    np.testing.assert_allclose(found, expected, atol=0.03)
    assert np.abs(found - expected).mean() < 0.003


def test_wide_pixels_are_seen_in_their_shape(network: Network, astronaut: np.ndarray) -> None:
    squeezed = np.ascontiguousarray(astronaut[:, ::2])  # 48 wide, shown 96 wide
    settings = Settings(method="frame")
    plain = FrameColorizer(network, settings, ENCODING, (96, 96))
    wide = FrameColorizer(network, settings, ENCODING, (96, 48), aspect=Fraction(2))

    shape = plain.ab(astronaut).shape

    assert wide.ab(squeezed).shape == shape
    narrow = FrameColorizer(network, settings, ENCODING, (96, 48))
    assert narrow.ab(squeezed).shape != shape
