"""Pictures as files, written and read without the package under test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image


def luma_of(rgb: np.ndarray) -> np.ndarray:
    return rgb.astype(np.float64) @ [0.299, 0.587, 0.114]


def save(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def load(path: Path) -> np.ndarray:
    """The pixels of a file in R, G, B order, of its own bit depth, not turned."""
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    assert found is not None
    return np.ascontiguousarray(found[..., 2::-1] if found.ndim == 3 else found)
