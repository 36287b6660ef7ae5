"""How near the colours of one picture come to the true ones."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import cache, cached_property
from typing import Any

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from filmcolor.color.colorspace import Floats, Plane
from filmcolor.evaluation.lab import RGB8, ciede2000, lab_from_rgb

LONGEST_SIDE = 640
"""Pixels; larger pictures are averaged down before they are compared."""
SHORTEST_SIDE = 16
"""Pixels; optical flow and SSIM need a neighbourhood."""
BEST_PSNR = 60.0
"""Decibels at which PSNR stops: alike but for rounding to 8 bits (black frames would give
infinity, and no mean)."""


@dataclass(frozen=True)
class PictureFigures:
    """Figures of one picture, or their means over many; `_truth` means the true colours' own,
    `_grey` that of the picture without any colour."""

    psnr: float
    """Peak signal-to-noise ratio over the samples of 8-bit R'G'B', in decibels, at most 60."""
    psnr_grey: float
    ssim: float
    """Structural similarity (Wang et al. 2004), mean of R', G' and B': scikit-image's defaults, a
    uniform window of 7x7 pixels and sample covariance."""
    ciede2000: float
    """Mean colour difference over pixels; 1 is about what can be seen side by side."""
    ciede2000_grey: float
    colorfulness: float
    """After Hasler and Suesstrunk (2003), with signed opponent colours as in their paper."""
    colorfulness_truth: float
    colorfulness_abs: float
    """The variant with absolute opponent colours that DDColor and ColorMNet publish."""
    colorfulness_abs_truth: float
    chroma: float
    """Mean of sqrt(a^2 + b^2) in Lab."""
    chroma_truth: float


class MeanFigures:
    """The running mean of picture figures."""

    def __init__(self) -> None:
        """Begin with no picture."""
        self.count = 0
        self._total = np.zeros(len(PictureFigures.__dataclass_fields__))

    def add(self, figures: PictureFigures) -> None:
        """Take one picture into the mean."""
        self._total += astuple(figures)
        self.count += 1

    def mean(self) -> PictureFigures:
        """Return the mean of each figure; there must have been a picture."""
        return PictureFigures(*(float(value) for value in self._total / self.count))


class ColorPicture:
    """A picture as 8-bit R'G'B' and, worked out once when asked for, as Lab."""

    def __init__(self, rgb: RGB8, exact: Floats | None = None) -> None:
        """Take R'G'B' pixels of full range, shape (height, width, 3): uint8, and where they are
        known before rounding, these too: float32 in 0..255."""
        self.rgb = rgb
        self._exact = exact

    @cached_property
    def lab(self) -> Floats:
        """L, a, b; float32, shape (height, width, 3)."""
        return lab_from_rgb(self.rgb)

    @cached_property
    def ab(self) -> Floats:
        """a and b, before rounding where that is known; float32, shape (height, width, 2)."""
        if self._exact is None:
            return np.ascontiguousarray(self.lab[..., 1:])
        return exact_ab(self._exact)


def exact_ab(rgb: Floats) -> Floats:
    """Return a and b of R'G'B' in 0..255 before rounding; float32, shape (height, width, 2)."""
    lab = cv2.cvtColor(rgb * np.float32(1 / 255), cv2.COLOR_RGB2LAB)
    return np.ascontiguousarray(lab[..., 1:], dtype=np.float32)


def comparison_size(height: int, width: int, longest_side: int = LONGEST_SIDE) -> tuple[int, int]:
    """Return (height, width) at which pictures of this size are compared."""
    scale = min(1.0, longest_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def compare(result: ColorPicture, truth: ColorPicture, grey: Plane) -> PictureFigures:
    """Return the figures of one picture.

    `grey` is the picture without its colour: uint8, full range, shape (height, width). All three
    have the same size, at least 7 pixels high and wide.
    """
    colors, true_colors = colorfulness(result.rgb), colorfulness(truth.rgb)
    colorless = _grey_lab()[grey]
    return PictureFigures(
        psnr=psnr(result.rgb, truth.rgb),
        psnr_grey=psnr(cv2.merge([grey, grey, grey]), truth.rgb),
        ssim=ssim(result.rgb, truth.rgb),
        ciede2000=float(ciede2000(result.lab, truth.lab).mean()),
        ciede2000_grey=float(ciede2000(colorless, truth.lab).mean()),
        colorfulness=colors[0],
        colorfulness_truth=true_colors[0],
        colorfulness_abs=colors[1],
        colorfulness_abs_truth=true_colors[1],
        chroma=float(np.hypot(result.ab[..., 0], result.ab[..., 1]).mean()),
        chroma_truth=float(np.hypot(truth.ab[..., 0], truth.ab[..., 1]).mean()),
    )


def psnr(one: Plane, other: Plane) -> float:
    """Return the peak signal-to-noise ratio of two uint8 pictures in decibels, at most 60."""
    error = cv2.norm(one, other, cv2.NORM_L2SQR) / one.size
    return min(BEST_PSNR, float(10 * np.log10(255**2 / error))) if error else BEST_PSNR


def ssim(one: RGB8, other: RGB8) -> float:
    """Return the structural similarity of two pictures, at least 7 pixels high and wide."""
    similarity: Any = structural_similarity  # scikit-image has no types
    first, second = one.astype(np.float32), other.astype(np.float32)
    return float(similarity(first, second, channel_axis=2, data_range=255))


def colorfulness(rgb: RGB8) -> tuple[float, float]:
    """Return the colourfulness of a picture, with signed and with absolute opponent colours.

    M = sqrt(s_rg^2 + s_yb^2) + 0.3 sqrt(m_rg^2 + m_yb^2), with the standard deviations s and means
    m of rg = R - G and yb = (R + G)/2 - B over the pixels: Hasler and Suesstrunk, "Measuring
    colourfulness in natural images" (2003), equation 10. The second value takes |rg| and |yb|
    instead, as DDColor and ColorMNet do.
    """
    red, green, blue = (channel.astype(np.float32) for channel in cv2.split(rgb))
    opponents = cv2.merge([red - green, (red + green) / 2 - blue])

    def measure(values: Floats) -> float:
        means, deviations = cv2.meanStdDev(values)
        return float(np.linalg.norm(deviations) + 0.3 * np.linalg.norm(means))

    signed = np.asarray(opponents, dtype=np.float32)
    return measure(signed), measure(np.abs(signed))


@cache
def _grey_lab() -> Floats:
    """Return L, a, b of each grey of 8 bits; float32, shape (256, 3); a and b are exactly 0."""
    codes = np.arange(256, dtype=np.uint8)
    lab: Floats = lab_from_rgb(np.dstack([codes[None]] * 3))[0]
    lab[:, 1:] = 0
    return lab
