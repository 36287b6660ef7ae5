"""Too little memory ends in one line, whichever library says so."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import filmcolor
from filmcolor.errors import InputError
from filmcolor.networks import Network
from filmcolor.system.memory_errors import memory_told

resource = pytest.importorskip("resource")


def test_errors_of_the_libraries() -> None:
    huge = np.broadcast_to(np.uint8(1), (1 << 20, 1 << 20))
    for work in (
        lambda: np.zeros(1 << 62, np.uint8),
        lambda: np.ascontiguousarray(huge) if sys.maxsize > 1 << 50 else None,
    ):
        with (
            pytest.raises(InputError, match=r"film\.mp4: the memory is not enough"),
            memory_told("film.mp4"),
        ):
            limits = resource.getrlimit(resource.RLIMIT_AS)
            try:
                resource.setrlimit(resource.RLIMIT_AS, (1 << 36, limits[1]))
                work()
            finally:
                resource.setrlimit(resource.RLIMIT_AS, limits)


def test_errors_of_opencv() -> None:
    error = cv2.error("no memory")
    error.code = -4
    with pytest.raises(InputError, match="the memory is not enough"), memory_told("film.mp4"):
        raise error
    error.code = -215
    with pytest.raises(cv2.error), memory_told("film.mp4"):
        raise error


def test_a_network_without_memory(grey_clip: Path, tmp_path: Path, network: Network) -> None:
    def fails(progress: object) -> None:
        raise MemoryError

    with pytest.raises(InputError, match=f"{grey_clip.name}: the memory is not enough"):
        filmcolor.colorize(grey_clip, network=network, preset="ultrafast", progress=fails)
