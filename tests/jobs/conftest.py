"""Films and a network that are quick to work with."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from filmcolor.networks import Network
from tests.clips import make_clip
from tests.jobs.films import SHOTS, film_with_streams


@pytest.fixture(scope="session")
def network(quick_network: Network) -> Network:
    """What is tested here does not depend on the colours."""
    return quick_network


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of several shots with two sound tracks, subtitles and chapters."""
    return film_with_streams(tmp_path_factory.mktemp("film"), SHOTS)


@pytest.fixture(scope="session")
def tiny_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("tiny") / "tiny.mp4", frames=3, size=(48, 32))


@pytest.fixture
def archive(tmp_path: Path, tiny_film: Path, astronaut: np.ndarray) -> Path:
    """Films and pictures in folders, with a damaged film and a text among them."""
    folder = tmp_path / "archive"
    (folder / "1931" / "summer").mkdir(parents=True)
    shutil.copy(tiny_film, folder / "a film.mp4")
    shutil.copy(tiny_film, folder / "1931" / "summer" / "beach.mp4")
    Image.fromarray(astronaut).save(folder / "1931" / "photo.png")
    (folder / "1931" / "bad.mp4").write_bytes(b"no film")
    (folder / "notes.txt").write_text("about the films")
    (folder / ".hidden.mp4").write_bytes(b"hidden")
    return folder
