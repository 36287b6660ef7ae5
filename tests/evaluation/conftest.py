"""Colour films and photos to evaluate, and the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from filmcolor.networks import Network
from tests.cli.conftest import command, own_surroundings  # noqa: F401
from tests.clips import make_clip


@pytest.fixture(scope="session")
def network(quick_network: Network) -> Network:
    """Figures are compared with figures, whatever the colours; not so `packaged_network`'s."""
    return quick_network


@pytest.fixture(scope="session")
def color_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lossless film of 8 frames with colour; not to be changed."""
    path = tmp_path_factory.mktemp("colour") / "colour.mkv"
    return make_clip(path, frames=8, codec="ffv1", grey=False)


@pytest.fixture(scope="session")
def photo() -> Callable[[int], np.ndarray]:
    """Makes colour photos: R, G, B, uint8, 48x64."""

    def make(seed: int) -> np.ndarray:
        noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
        return np.asarray(cv2.resize(noise, (64, 48), interpolation=cv2.INTER_CUBIC))

    return make


@pytest.fixture
def photo_folder(tmp_path: Path, photo: Callable[[int], np.ndarray]) -> Path:
    """A folder with three colour photos, one of them in a folder of its own."""
    folder = tmp_path / "photos"
    for number, name in enumerate(("a.png", "b.png", "more/c.png")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _, data = cv2.imencode(".png", photo(number)[..., ::-1])
        path.write_bytes(data.tobytes())
    return folder
