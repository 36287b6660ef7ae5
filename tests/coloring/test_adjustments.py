"""What saturation, warmth, tint and strength do to the colours, and which values are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from filmcolor.cli.console import one_line
from filmcolor.color.colorspace import BT601, YUVEncoding
from filmcolor.coloring import FrameColorizer, adjust
from filmcolor.coloring.guided import upsample_ab
from filmcolor.errors import UsageError
from filmcolor.networks import Network
from filmcolor.settings import Settings, make_settings
from tests.color.decode import ab_of_rgb, rgb_of_codes

ENCODING = YUVEncoding(BT601, full_range=True, depth=8)


def planes(network: Network, luma: np.ndarray, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """The U and V planes of one frame, at full size."""
    colorizer = FrameColorizer(network, make_settings(**options), ENCODING, luma.shape[:2])
    ab = upsample_ab(colorizer.ab(luma), colorizer.table.luma_values(luma))
    return colorizer.table.planes(luma, ab)


def mean_ab(network: Network, luma: np.ndarray, **options: Any) -> np.ndarray:
    return ab_of_rgb(rgb_of_codes(luma, *planes(network, luma, **options), ENCODING)).mean((0, 1))


@pytest.mark.parametrize(
    "options",
    [{"strength": 0}, {"saturation": 0}, {"strength": 0, "warmth": 40, "tint": -20}],
    ids=["no strength", "no saturation", "no strength with a shift"],
)
def test_grey_film(network: Network, astronaut: np.ndarray, options: dict[str, float]) -> None:
    u, v = planes(network, astronaut, **options)
    assert (u == 128).all()
    assert (v == 128).all()


def test_the_network_does_give_colors(network: Network, astronaut: np.ndarray) -> None:
    u, v = planes(network, astronaut)
    assert np.ptp(u) > 15
    assert np.ptp(v) > 15


def test_warmth_moves_b_and_tint_moves_a(network: Network, astronaut: np.ndarray) -> None:
    a, b = mean_ab(network, astronaut)
    cool = mean_ab(network, astronaut, warmth=-15)
    warm = mean_ab(network, astronaut, warmth=15)
    green = mean_ab(network, astronaut, tint=-15)
    magenta = mean_ab(network, astronaut, tint=15)

    # Less than 15, for black stays black and the edge of RGB holds some back.
    assert cool[1] + 5 < b < warm[1] - 5
    assert green[0] + 5 < a < magenta[0] - 5
    assert abs(warm[0] - a) < 4
    assert abs(magenta[1] - b) < 4


def test_saturation_and_strength_scale_chroma(network: Network, astronaut: np.ndarray) -> None:
    def chroma(**options: float) -> float:
        found = rgb_of_codes(astronaut, *planes(network, astronaut, **options), ENCODING)
        return float(np.hypot(*np.moveaxis(ab_of_rgb(found), -1, 0)).mean())

    usual = chroma()
    assert chroma(saturation=0.5) == pytest.approx(usual / 2, rel=0.15)
    assert chroma(strength=0.5) == pytest.approx(usual / 2, rel=0.15)
    assert chroma(saturation=1.5) > 1.2 * usual


def test_order_of_the_adjustments() -> None:
    ab = np.array([[[10.0, -20.0]]], np.float32)
    settings = Settings(saturation=2.0, tint=3.0, warmth=-5.0, strength=0.5)
    np.testing.assert_allclose(adjust(ab, settings), [[[(20 + 3) / 2, (-40 - 5) / 2]]])


def test_without_adjustments_ab_is_the_networks() -> None:
    ab = np.random.default_rng(0).normal(0, 30, (5, 6, 2)).astype(np.float32)
    found = adjust(ab, Settings())
    np.testing.assert_array_equal(found, ab)
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("saturation", -0.1),
        ("saturation", 4.1),
        ("saturation", float("nan")),
        ("saturation", "much"),
        ("strength", -0.01),
        ("strength", 1.01),
        ("warmth", -61),
        ("warmth", 61),
        ("warmth", float("inf")),
        ("tint", -61),
        ("tint", 61),
        ("smooth_seconds", 0),
        ("smooth_seconds", 61),
        ("method", "nope"),
        ("engine", "abacus"),
        ("deinterlace", "perhaps"),
        ("crf", -1),
        ("crf", 64),
        ("fps", 0),
        ("fps", 481),
    ],
)
def test_values_out_of_bounds_are_refused(name: str, bad: object) -> None:
    with pytest.raises(UsageError) as caught:
        make_settings(**{name: bad})
    message = str(caught.value)
    assert message.startswith(f"`{name}`: ")
    assert one_line(message).startswith(f"--{name.replace('_', '-')}: ")
    assert repr(bad) in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("saturation", 0),
        ("saturation", 4),
        ("strength", 0),
        ("strength", 1),
        ("warmth", -60),
        ("warmth", 60),
        ("tint", -60),
        ("tint", 60),
        ("crf", 0),
        ("crf", 63),
        ("fps", 16.5),
    ],
)
def test_values_at_the_bounds_are_taken(name: str, good: float) -> None:
    assert getattr(make_settings(**{name: good}), name) == good


def test_settings_cannot_be_changed() -> None:
    settings = make_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.saturation = 3.0  # type: ignore[misc]
