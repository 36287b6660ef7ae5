"""Small pictures to train on, made here."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest


def painted(number: int, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    """A picture with blue above, green below and a red disc, size is (width, height); RGB."""
    choices = np.random.default_rng(number)
    width, height = size
    horizon = int(height * choices.uniform(0.3, 0.7))
    picture = np.empty((height, width, 3))
    picture[:horizon] = (90, 140, 240)
    picture[horizon:] = (50, 120, 40)
    center = tuple(int(v) for v in choices.uniform(0.2, 0.8, 2) * size)
    cv2.circle(picture, center, height // 6, (220, 60, 50), -1)
    return np.clip(picture + choices.normal(0, 6, (height, width, 1)), 0, 255).astype(np.uint8)


def write_png(path: Path, rgb: np.ndarray) -> Path:
    """Write a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", rgb[..., ::-1])[1].tobytes())
    return path


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 24 pictures of 64x48; not to be changed."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(24):
        write_png(folder / f"{number:02d}.png", painted(number))
    return folder


@pytest.fixture
def make_shard(tmp_path: Path) -> Callable[[Path], Path]:
    """Packs a folder into a gzipped tar file."""

    def pack(folder: Path) -> Path:
        shard = tmp_path / f"{folder.name}.tar.gz"
        with tarfile.open(shard, "w:gz") as archive:
            archive.add(folder, arcname=folder.name)
        return shard

    return pack


@pytest.fixture
def small_efficientnet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the architecture efficientnet-lite2 so narrow that tests with it take seconds."""
    from filmcolor.training.architectures import ARCHITECTURES, Architecture
    from filmcolor.training.efficientnet import EfficientNetColor

    def build(dropout: float, depth: float) -> EfficientNetColor:
        return EfficientNetColor(
            (16, 16, 8, 8),
            encoder_width=0.25,
            encoder_depth=0.4,
            dropout=dropout,
            stochastic_depth=depth,
        )

    monkeypatch.setitem(ARCHITECTURES, "efficientnet-lite2", Architecture(build))


NARROW = (8, 16, 32, 48, 64)
"""Widths of the compact network in tests: a step takes a tenth of the time."""


@pytest.fixture(scope="module")
def narrow_lite() -> Iterator[None]:
    """Make the architecture lite narrow: a run is about its steps, not about what they multiply."""
    from filmcolor.training.architectures import ARCHITECTURES, Architecture
    from filmcolor.training.lite import LiteNet

    with pytest.MonkeyPatch.context() as patched:
        narrow = Architecture(lambda dropout, _: LiteNet(NARROW, dropout=dropout))
        patched.setitem(ARCHITECTURES, "lite", narrow)
        yield


@pytest.fixture
def no_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Matplotlib write no file: drawing twelve curves twice is most of a short run's work.

    `test_a_run_leaves_everything_about_it` looks at curves that were drawn.
    """
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: None)
