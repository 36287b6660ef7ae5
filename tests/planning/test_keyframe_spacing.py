"""Fewer keyframes for networks that take long."""

from __future__ import annotations

from fractions import Fraction

import pytest

from filmcolor.planning.keyframes import place_keyframes

TIMES = [Fraction(n, 24) for n in range(480)]


@pytest.mark.parametrize("change", [0.0, 0.02, 0.1])
def test_with_twice_the_spacing_there_are_half_as_many_keyframes(change: float) -> None:
    usual = place_keyframes(TIMES, [change] * len(TIMES))
    fewer = place_keyframes(TIMES, [change] * len(TIMES), spacing=2.0)
    assert len(fewer) == pytest.approx(len(usual) / 2, abs=1)


def test_a_shot_keeps_a_keyframe_whatever_the_spacing() -> None:
    assert len(place_keyframes(TIMES[:5], [0.1] * 5, spacing=50.0)) == 1
