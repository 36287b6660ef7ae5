"""The looked-up chroma stays close to the answer worked out for each colour on its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from filmcolor.color.chroma import ChromaTable
from filmcolor.color.colorspace import MATRICES, YUVEncoding, lightness_table, rgb_from_lab

TABLES = {
    code: ChromaTable(YUVEncoding(MATRICES[code], full_range=True, depth=12)) for code in (6, 1, 9)
}

EDGE = 0.05
"""Colours this near to the edge of RGB are left out: beyond it lie weakened ones."""


def direct_answer(y: float, a: float, b: float, code: int) -> tuple[float, float] | None:
    """Cb and Cr of the colour with luma `y` and this ab; None where there is none."""
    matrix = MATRICES[code]

    def rgb_at(L: float) -> np.ndarray:
        return np.array(rgb_from_lab(np.array(L), np.array(a), np.array(b)), float)

    def miss(L: float) -> float:
        weights = [matrix.kr, 1 - matrix.kr - matrix.kb, matrix.kb]
        return float(rgb_at(L) @ weights) - y

    if miss(0) > 0 or miss(100) < 0:
        return None
    red, green, blue = rgb_at(brentq(miss, 0, 100, xtol=1e-9))
    if min(red, green, blue) < EDGE or max(red, green, blue) > 1 - EDGE:
        return None
    return (blue - y) / (2 * (1 - matrix.kb)), (red - y) / (2 * (1 - matrix.kr))


@settings(max_examples=150, deadline=None)
@given(
    luma=st.integers(700, 4000),
    chroma=st.floats(0, 70),
    hue=st.floats(0, 2 * np.pi),
    code=st.sampled_from(sorted(TABLES)),
)
def test_lookup_is_near_the_direct_answer(luma: int, chroma: float, hue: float, code: int) -> None:
    table = TABLES[code]
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    assume(lightness_table(table.encoding)[luma] > 17)
    answer = direct_answer(luma / 4095, a, b, code)
    assume(answer is not None)

    found = table.color_differences(
        np.array([[luma]], np.uint16), np.array([[[a, b]]], np.float32)
    )[0, 0]

    # Three steps of an 8-bit film, at the darkest and most vivid; see the test below for the rest.
    np.testing.assert_allclose(found, answer, atol=0.013)


@pytest.mark.parametrize("code", sorted(TABLES))
def test_lookup_is_mostly_within_half_a_step_of_8_bits(code: int) -> None:
    rng = np.random.default_rng(code)
    errors = []
    for luma, chroma, hue in zip(
        rng.integers(700, 4000, 500), rng.uniform(0, 70, 500), rng.uniform(0, 7, 500), strict=True
    ):
        a, b = chroma * np.cos(hue), chroma * np.sin(hue)
        answer = direct_answer(luma / 4095, a, b, code)
        if answer is not None and lightness_table(TABLES[code].encoding)[luma] > 17:
            found = TABLES[code].color_differences(
                np.array([[luma]], np.uint16), np.array([[[a, b]]], np.float32)
            )
            errors.append(np.abs(found[0, 0] - answer).max())
    assert len(errors) > 100
    assert np.median(errors) < 0.001
    assert np.percentile(errors, 90) < 0.002
    assert np.percentile(errors, 98) < 0.006


@settings(max_examples=50, deadline=None)
@given(
    a=st.floats(-1e4, 1e4),
    b=st.floats(-1e4, 1e4),
    luma=st.integers(0, 4095),
    code=st.sampled_from(sorted(TABLES)),
)
def test_any_ab_gives_numbers_in_range(a: float, b: float, luma: int, code: int) -> None:
    ab = np.array([[[a, b]]], np.float32)
    found = TABLES[code].color_differences(np.array([[luma]], np.uint16), ab)
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 0.505


def test_the_given_ab_is_left_alone() -> None:
    ab = np.full((4, 4, 2), 150.0, np.float32)
    TABLES[1].planes(np.full((4, 4), 2000, np.uint16), ab)
    assert (ab == 150).all()
