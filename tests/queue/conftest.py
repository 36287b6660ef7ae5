"""A folder with a film, and options that are quick."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from filmcolor import Queue, QueuedFilm
from tests.jobs.films import shots_film

LENGTHS = (30, 60, 40)


@pytest.fixture(scope="session")
def quick(network_file: Path) -> dict[str, Any]:
    """Settings with which a film takes a second or two."""
    return {"model": str(network_file), "engine": "onnxruntime", "segment_seconds": 0.6}


@pytest.fixture
def options(quick: dict[str, Any]) -> dict[str, Any]:
    """The same; may be changed."""
    return {**quick}


@pytest.fixture(scope="session")
def one_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 130 frames with sound; not to be changed."""
    return shots_film(tmp_path_factory.mktemp("film") / "old film.mkv", LENGTHS, audio="aac")


@pytest.fixture
def film(one_film: Path, tmp_path: Path) -> Path:
    """That film in a folder of its own."""
    return shutil.copy(one_film, tmp_path)


def wait_until(queue: Queue, film: str, true: Callable[[QueuedFilm], bool]) -> QueuedFilm:
    """Wait until something is true of a film."""
    until = time.monotonic() + 60
    while True:
        found = queue.film(film)
        if true(found):
            return found
        assert time.monotonic() < until, found
        time.sleep(0.01)


def ended(film: QueuedFilm) -> bool:
    """Whether nothing will happen to it any more by itself."""
    return film.state in ("done", "failed", "cancelled", "paused")
