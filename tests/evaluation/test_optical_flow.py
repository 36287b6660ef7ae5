"""Motion between frames, and where it is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from filmcolor.evaluation.optical_flow import ReferenceMotionEstimator, occluded, warp


def texture(size: tuple[int, int] = (96, 128)) -> np.ndarray:
    noise = np.random.default_rng(1).integers(0, 256, size).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.5)
    return np.asarray(cv2.normalize(smooth, None, 20, 235, cv2.NORM_MINMAX)).astype(np.uint8)


def test_a_pan_is_found() -> None:
    whole = texture((96, 134))
    before, after = whole[:, 6:].copy(), whole[:, :-6].copy()  # all moves 6 pixels to the right
    motion = ReferenceMotionEstimator().between(before, after)
    inside = (slice(12, -12), slice(12, -18))
    assert np.median(motion.flow[inside], axis=(0, 1)) == pytest.approx([6, 0], abs=0.2)
    assert motion.visible[inside].mean() > 0.95
    assert not motion.visible[:, -4:].any()  # moves out of the picture
    assert not motion.still.any()
    back = warp(after.astype(np.float32), motion.flow)
    assert np.abs(back - before)[motion.visible].mean() < 3 < np.abs(after * 1.0 - before).mean()


def test_what_stands_still() -> None:
    before = texture()
    after = before.copy()
    after[20:40, 30:60] = 255 - after[20:40, 30:60]
    still = ReferenceMotionEstimator().between(before, after).still
    assert not still[18:42, 28:62].any()
    assert still[60:, :].mean() > 0.95
    assert ReferenceMotionEstimator().between(before, before).still.all()


def test_grain_stands_still() -> None:
    rng = np.random.default_rng(2)
    before, after = (
        np.clip(texture() + rng.normal(0, 1.0, (96, 128)), 0, 255).astype(np.uint8)
        for _ in range(2)
    )
    assert ReferenceMotionEstimator().between(before, after).still.mean() > 0.5


def test_warp_follows_the_flow() -> None:
    picture = texture().astype(np.float32)
    flow = np.zeros((96, 128, 2), np.float32)
    flow[..., 0], flow[..., 1] = 3, -2
    warped = warp(picture, flow)
    assert np.array_equal(warped[2:, :-3], picture[:-2, 3:])


def test_occlusion_by_the_published_bounds() -> None:
    forward = np.zeros((40, 60, 2), np.float32)
    assert not occluded(forward, forward).any()

    disagreeing = np.zeros_like(forward)
    disagreeing[10:20, 10:20] = 0.75  # squared length 1.125 > 0.01 * 1.125 + 0.5
    assert occluded(forward, disagreeing)[10:20, 10:20].all()
    disagreeing[10:20, 10:20] = 0.45  # 0.405 < 0.504
    assert not occluded(forward, disagreeing).any()

    edge = forward.copy()
    edge[:, 30:, 0] = 1
    found = occluded(edge, -edge)
    assert found[:, 29].all()  # the gradient there is 1 > 0.002
    assert not found[:, :28].any()
    assert not found[:, 31:-1].any()
    assert found[:, -1].all()  # leads out of the picture
