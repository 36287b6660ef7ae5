"""Pictures of scenes that never were, for films with known shots."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from filmcolor.planning.shots import Join, ShotDetector
from tests.clips import make_clip

SIZE = (96, 72)

Frames = list[np.ndarray]


def scene(seed: int, frames: int, size: tuple[int, int] = SIZE, pan: float = 0) -> Frames:
    """Frames of a still scene in which something moves; `pan` pixels a frame for the camera."""
    width, height = size
    random = np.random.default_rng(seed)
    room = int(abs(pan) * frames) + 2
    whole = np.zeros((height, width + room), np.float32)
    for detail in (4, 8, 16, 32):  # as in pictures of things, the larger the stronger
        grid = random.normal(0, 60 / detail**0.5, (detail, detail * (width + room) // height))
        whole += cv2.resize(grid, (width + room, height), interpolation=cv2.INTER_CUBIC)
    whole = np.clip(whole + random.uniform(70, 150), 20, 230)
    shots = []
    for index in range(frames):
        left = int(abs(pan) * index)
        picture = whole[:, left : left + width].copy()
        x = int(width * (0.1 + 0.5 * index / max(1, frames)))
        cv2.rectangle(picture, (x, height // 3), (x + width // 8, 2 * height // 3), 180, -1)
        picture += np.random.default_rng(1000 * seed + index).normal(0, 1, picture.shape)
        shots.append(np.clip(picture, 16, 235).astype(np.uint8))
    return shots


def dissolve(one: Frames, other: Frames, length: int) -> Frames:
    """Both, with a dissolve in which the last and the first `length` frames are mixed."""
    weights = [(index + 1) / (length + 1) for index in range(length)]
    mixed = [
        (a * (1 - w) + b * w).astype(np.uint8)
        for a, b, w in zip(one[-length:], other[:length], weights, strict=True)
    ]
    return one[:-length] + mixed + other[length:]


def fade(frames: Frames, length: int, level: int, *, into: bool) -> Frames:
    """`frames` fading in from, or out to, a grey level over `length` frames."""
    shares = [(index + 1) / (length + 1) for index in range(length)]
    if into:
        head = [
            (f * s + level * (1 - s)).astype(np.uint8) for f, s in zip(frames, shares, strict=False)
        ]
        return head + frames[length:]
    return fade(frames[::-1], length, level, into=True)[::-1]


def blank(level: int, frames: int, size: tuple[int, int] = SIZE) -> Frames:
    """Frames of one grey level."""
    return [np.full(size[::-1], level, np.uint8)] * frames


def joins(frames: Sequence[np.ndarray], rate: Fraction | int = 24) -> list[Join]:
    """Where the detector finds that shots join."""
    detector = ShotDetector()
    for index, frame in enumerate(frames):
        detector.add(frame, index / Fraction(rate))
    return detector.joins()


def write_film(path: Path, frames: Frames, rate: Fraction | int = 24) -> Path:
    """Write frames as a film."""
    height, width = frames[0].shape
    return make_clip(
        path,
        frames=len(frames),
        size=(width, height),
        rate=rate,
        picture=lambda index: frames[index],
    )
