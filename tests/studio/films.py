"""Small films and photos with shots that are easily told from each other."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tests.clips import make_clip

SIZE = (128, 96)
SHOT = 16
"""Frames of a shot."""


def scene(number: int, index: int) -> np.ndarray:
    """The luma of a frame of a scene: large shapes of its own, and one that moves."""
    width, height = SIZE
    picture = np.full((height, width), 60 + 45 * (number % 3), np.uint8)
    random = np.random.default_rng(number)
    for _ in range(6):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        side = int(random.integers(12, 40))
        cv2.rectangle(picture, (x, y), (x + side, y + side), int(random.integers(30, 225)), -1)
    cv2.circle(picture, (20 + 2 * index, 30 + 10 * (number % 4)), 11, 215 - 60 * (number % 2), -1)
    return picture


def make_film(path: Path, *, shots: int = 3, audio: str | None = None) -> Path:
    """Write a film of so many shots of 16 frames each, at 25 frames a second."""

    def picture(index: int) -> np.ndarray:
        return scene(index // SHOT, index % SHOT)

    return make_clip(path, frames=shots * SHOT, size=SIZE, picture=picture, audio=audio)


def make_photo(path: Path, number: int = 0) -> Path:
    """Write a grey photo."""
    cv2.imwrite(str(path), scene(number, 0))
    return path
