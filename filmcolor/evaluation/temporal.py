"""How steady the colours of a film are over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from filmcolor.color.colorspace import Floats, Plane
from filmcolor.evaluation.color_distribution import ColorDistribution
from filmcolor.evaluation.optical_flow import Mask, ReferenceMotion, ReferenceMotionEstimator, warp
from filmcolor.evaluation.pictures import ColorPicture

_LEAST_VISIBLE = 0.5
"""Share of the picture that must be found again in the next frame; below it, there is a cut."""


@dataclass(frozen=True)
class TemporalFigures:
    """Figures over the time of one film; `_truth` means the true colours' own. None: the film
    has too few frames for it, or nothing in it stands still.

    The flow is OpenCV's DIS at the size of the comparison, so the two that rest on it compare only
    with other runs of this evaluation. Pairs of frames of which less than half is found again
    (cuts) are left out of all but CDC.
    """

    warp_error_rgb: float | None
    """Mean squared difference, over pixels that are not occluded and R', G', B' in 0..1, between
    a frame and the next one warped back onto it; mean over pairs (Lai et al. 2018)."""
    warp_error_rgb_truth: float | None
    warp_distance_ab: float | None
    """The same with the distance sqrt(da^2 + db^2) in Lab instead of the squared difference."""
    warp_distance_ab_truth: float | None
    cdc: float | None
    """Colour distribution consistency (TCVC)."""
    cdc_truth: float | None
    cdc_gap: float | None
    """|cdc - cdc_truth|."""
    flicker_ab: float | None
    """Mean distance in ab from one frame to the next where nothing moves and the luma stands
    still, over all such pixels of the film."""
    flicker_ab_truth: float | None
    pairs: int
    """Pairs of frames that were compared."""
    pairs_left_out: int
    visible_share: float | None
    """Mean share of the picture that is not occluded."""
    still_share: float | None
    """Mean share of the picture that stands still."""


@dataclass
class _Steadiness:
    """Sums over the pairs of frames of one film, of its result or its truth."""

    rgb: float = 0.0
    ab: float = 0.0
    flicker: float = 0.0

    def add(self, before: ColorPicture, after: ColorPicture, motion: ReferenceMotion) -> None:
        rgb = _unit(before) - warp(_unit(after), motion.flow)
        self.rgb += float((rgb[motion.visible] ** 2).mean())
        self.ab += float(_distance(before.ab, warp(after.ab, motion.flow), motion.visible).mean())
        self.flicker += float(_distance(before.ab, after.ab, motion.still).sum())


class TemporalComparison:
    """Compares the true colours and the result over time; keeps one frame and five histograms."""

    def __init__(self) -> None:
        """Begin with no frame."""
        self._estimator = ReferenceMotionEstimator()
        self._before: tuple[Plane, ColorPicture, ColorPicture] | None = None
        self._result, self._truth = _Steadiness(), _Steadiness()
        self._cdc, self._cdc_truth = ColorDistribution(), ColorDistribution()
        self._pairs = self._left_out = 0
        self._visible = 0.0
        self._still_pixels = 0
        self._pixels = 0

    def add(self, result: ColorPicture, truth: ColorPicture, grey: Plane) -> None:
        """Take in the next frame; `grey`: its luma, uint8, shape (height, width)."""
        self._cdc.add(result.rgb)
        self._cdc_truth.add(truth.rgb)
        before, self._before = self._before, (grey, result, truth)
        if before is None:
            return
        motion = self._estimator.between(before[0], grey)
        visible = float(motion.visible.mean())
        if visible < _LEAST_VISIBLE:
            self._left_out += 1
            return
        self._pairs += 1
        self._visible += visible
        self._still_pixels += int(motion.still.sum())
        self._pixels += motion.still.size
        self._result.add(before[1], result, motion)
        self._truth.add(before[2], truth, motion)

    def figures(self) -> TemporalFigures:
        """Return the figures of the frames so far."""
        result, truth, pairs, still = self._result, self._truth, self._pairs, self._still_pixels
        cdc, cdc_truth = self._cdc.value, self._cdc_truth.value
        gap = None if cdc is None or cdc_truth is None else abs(cdc - cdc_truth)
        return TemporalFigures(
            warp_error_rgb=_ratio(result.rgb, pairs),
            warp_error_rgb_truth=_ratio(truth.rgb, pairs),
            warp_distance_ab=_ratio(result.ab, pairs),
            warp_distance_ab_truth=_ratio(truth.ab, pairs),
            cdc=cdc,
            cdc_truth=cdc_truth,
            cdc_gap=gap,
            flicker_ab=_ratio(result.flicker, still),
            flicker_ab_truth=_ratio(truth.flicker, still),
            pairs=pairs,
            pairs_left_out=self._left_out,
            visible_share=_ratio(self._visible, pairs),
            still_share=_ratio(still, self._pixels),
        )


def _unit(picture: ColorPicture) -> Floats:
    return np.asarray(picture.rgb * np.float32(1 / 255), dtype=np.float32)


def _distance(one: Floats, other: Floats, where: Mask) -> Floats:
    difference = one[where] - other[where]
    return np.asarray(np.hypot(difference[:, 0], difference[:, 1]), dtype=np.float32)


def _ratio(total: float, count: int) -> float | None:
    return total / count if count else None
