"""Figures of single pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from filmcolor.evaluation.pictures import (
    ColorPicture,
    MeanFigures,
    colorfulness,
    compare,
    comparison_size,
    psnr,
    ssim,
)

Photo = Callable[[int], np.ndarray]


def test_psnr_as_scikit_image(photo: Photo) -> None:
    one, other = photo(1), photo(2)
    assert psnr(one, other) == pytest.approx(peak_signal_noise_ratio(one, other))


def test_psnr_of_alike_pictures_is_finite(photo: Photo) -> None:
    almost = photo(1)
    almost[0, 0, 0] ^= 1
    assert psnr(photo(1), photo(1)) == psnr(photo(1), almost) == 60.0


def test_ssim_as_scikit_image(photo: Photo) -> None:
    reference = structural_similarity(photo(1), photo(2), channel_axis=2)
    assert ssim(photo(1), photo(2)) == pytest.approx(reference, abs=1e-5)


def test_colorfulness_as_in_the_papers(photo: Photo) -> None:
    red, green, blue = photo(3).astype(float).transpose(2, 0, 1)
    rg, yb = red - green, (red + green) / 2 - blue
    paper = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    rg, yb = abs(rg), abs(yb)
    absolute = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    assert colorfulness(photo(3)) == pytest.approx((paper, absolute), rel=1e-5)
    assert abs(paper - absolute) > 1  # else the two could be mixed up


def test_grey_is_not_colorful() -> None:
    grey = np.dstack([np.arange(256, dtype=np.uint8).reshape(16, 16)] * 3)
    assert colorfulness(grey) == (0, 0)


def test_figures_of_the_truth_itself(photo: Photo) -> None:
    truth = ColorPicture(photo(4))
    figures = compare(truth, truth, photo(4)[..., 1])
    assert (figures.psnr, figures.ciede2000) == (60, 0)
    assert figures.ssim == pytest.approx(1)
    assert figures.colorfulness == figures.colorfulness_truth > 1
    assert figures.colorfulness_abs == figures.colorfulness_abs_truth
    assert figures.chroma == figures.chroma_truth > 1
    assert figures.psnr_grey < 40
    assert figures.ciede2000_grey > 2


def test_figures_of_the_grey_picture(photo: Photo) -> None:
    luma = photo(5)[..., 1].copy()
    grey = ColorPicture(np.dstack([luma] * 3))
    figures = compare(grey, ColorPicture(photo(5)), luma)
    assert figures.psnr == figures.psnr_grey
    assert figures.ciede2000 == pytest.approx(figures.ciede2000_grey, abs=1e-3)
    assert figures.colorfulness == 0
    assert figures.chroma < 0.01 < figures.chroma_truth


def test_mean_is_over_pictures(photo: Photo) -> None:
    means = MeanFigures()
    each = [
        compare(ColorPicture(photo(seed)), ColorPicture(photo(9)), photo(9)[..., 1])
        for seed in (6, 7)
    ]
    for figures in each:
        means.add(figures)
    assert means.mean().psnr == pytest.approx((each[0].psnr + each[1].psnr) / 2)
    assert means.mean().chroma_truth == pytest.approx(each[0].chroma_truth)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((480, 640), (480, 640)),
        ((100, 50), (100, 50)),
        ((720, 1280), (360, 640)),
        ((1080, 608), (640, 360)),
    ],
)
def test_large_pictures_are_compared_smaller(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert comparison_size(*size) == expected
