"""Lightness and Lab agree with scikit-image; code values mean what the standards say."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from filmcolor.color.colorspace import (
    BT601,
    BT709,
    MATRICES,
    YUVEncoding,
    default_matrix,
    lightness_from_linear,
    lightness_table,
    linear_from_srgb,
    rgb_from_lab,
    srgb_from_linear,
)


@pytest.mark.parametrize("depth", [8, 10, 12])
@pytest.mark.parametrize("full", [False, True])
def test_lightness_of_greys_is_scikit_images(depth: int, full: bool) -> None:
    encoding = YUVEncoding(BT709, full, depth)
    black, span = (0, (1 << depth) - 1) if full else (16 << (depth - 8), 219 << (depth - 8))
    values = np.clip((np.arange(1 << depth) - black) / span, 0, 1)
    expected = rgb2lab(np.repeat(values[:, None, None], 3, axis=2))[..., 0].ravel()

    table = lightness_table(encoding)

    assert table.dtype == np.float32
    assert table.shape == (1 << depth,)
    np.testing.assert_allclose(table, expected, atol=1e-3)


def test_lightness_table_cannot_be_changed_by_mistake() -> None:
    table = lightness_table(YUVEncoding(BT709, False, 8))
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 1


def test_lightness_does_not_depend_on_the_matrix() -> None:
    one = lightness_table(YUVEncoding(BT601, True, 8))
    np.testing.assert_array_equal(one, lightness_table(YUVEncoding(MATRICES[9], True, 8)))


def test_rgb_of_lab_is_scikit_images_within_the_gamut() -> None:
    rgb = np.random.default_rng(1).uniform(0.001, 0.999, (2000, 1, 3))
    lab = rgb2lab(rgb)

    found = np.stack(rgb_from_lab(lab[..., 0], lab[..., 1], lab[..., 2]), axis=-1)

    np.testing.assert_allclose(found, lab2rgb(lab), atol=2e-4)
    np.testing.assert_allclose(found, rgb, atol=2e-4)


def test_rgb_of_lab_is_not_clipped_outside_the_gamut() -> None:
    red, _, blue = rgb_from_lab(np.array([50.0]), np.array([0.0]), np.array([-120.0]))
    assert blue[0] > 1.05
    assert red[0] < 0.4


def test_transfer_curve_goes_there_and_back() -> None:
    values = np.linspace(0, 1, 4096)
    np.testing.assert_allclose(srgb_from_linear(linear_from_srgb(values)), values, atol=1e-5)


def test_white_has_lightness_100_and_black_0() -> None:
    np.testing.assert_allclose(lightness_from_linear(np.array([0.0, 1.0])), [0.0, 100.0])


@pytest.mark.parametrize(
    ("depth", "full", "expected"),
    [
        (8, False, (16, 219, 128, 224)),
        (10, False, (64, 876, 512, 896)),
        (12, False, (256, 3504, 2048, 3584)),
        (8, True, (0, 255, 128, 255)),
        (10, True, (0, 1023, 512, 1023)),
        (16, True, (0, 65535, 32768, 65535)),
    ],
)
def test_code_values_are_the_standards(depth: int, full: bool, expected: tuple[int, ...]) -> None:
    encoding = YUVEncoding(BT709, full, depth)
    found = (encoding.black, encoding.luma_span, encoding.chroma_zero, encoding.chroma_span)
    assert found == expected
    assert encoding.dtype == (np.uint8 if depth == 8 else np.uint16)


def test_luma_codes_outside_the_range_are_clipped() -> None:
    values = YUVEncoding(BT709, False, 8).luma_values()
    assert values[0] == values[16] == 0.0
    assert values[235] == values[255] == 1.0
    assert values[17] == pytest.approx(1 / 219)


def test_another_depth_keeps_all_else() -> None:
    encoding = YUVEncoding(MATRICES[9], True, 8, primaries=9, transfer=16)
    assert encoding.with_depth(10) == YUVEncoding(MATRICES[9], True, 10, primaries=9, transfer=16)


@pytest.mark.parametrize(
    ("size", "name"),
    [
        ((720, 576), "smpte170m"),
        ((720, 480), "smpte170m"),
        ((1024, 576), "smpte170m"),
        ((1280, 720), "bt709"),
        ((1920, 800), "bt709"),
        ((1026, 400), "bt709"),
    ],
)
def test_untagged_films_get_the_matrix_that_players_take(size: tuple[int, int], name: str) -> None:
    assert default_matrix(*size).name == name
