"""Batches of crops."""

# ruff: noqa: E402 - what follows cannot be imported without PyTorch

from __future__ import annotations

import subprocess
import sys
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch")

from filmcolor.training.config import TrainConfig
from filmcolor.training.crops import CropBatches, batches_from, crop
from filmcolor.training.photo_store import PhotoStore, build_store
from filmcolor.training.schedule import Budget
from tests.training.conftest import painted, write_png


@pytest.fixture(scope="module")
def store(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> PhotoStore:
    return build_store(tmp_path_factory.mktemp("store"), [photos])


def batches(store: PhotoStore, **choices: int) -> CropBatches:
    return CropBatches(store, np.arange(len(store)), TrainConfig(size=32, batch=5, **choices))


def test_batches_do_not_depend_on_where_a_run_begins_or_on_workers(store: PhotoStore) -> None:
    alone = list(islice(batches_from(batches(store), 0, workers=0, pinned=False), 8))
    helped = list(islice(batches_from(batches(store), 3, workers=2, pinned=False), 5))
    assert all(batch.shape == (5, 32, 32, 3) and batch.dtype == torch.uint8 for batch in alone)
    assert all(torch.equal(a, b) for a, b in zip(alone[3:], helped, strict=True))


def test_sizes_take_turns_and_cost_alike(store: PhotoStore) -> None:
    config = TrainConfig(size=[64, 32, 96], batch=9, minutes=1)
    data = CropBatches(store, np.arange(len(store)), config)
    found = [tuple(data[step].shape) for step in range(12)]
    for turn in range(4):
        shapes = sorted(found[3 * turn : 3 * turn + 3])
        assert shapes == [(4, 96, 96, 3), (9, 64, 64, 3), (36, 32, 32, 3)]
    assert len({tuple(found[3 * turn : 3 * turn + 3]) for turn in range(4)}) > 1
    seen = [data.sizes.of_step(step) for step in range(13)]
    assert all(later.first == earlier.first + earlier.count for earlier, later in pairwise(seen))
    steps = Budget.of(TrainConfig(size=[64, 32, 96], batch=9, epochs=49), 24).steps
    assert steps == 49 * 24 // ((4 + 9 + 36) / 3)


def test_workers_start_beside_the_threads_of_opencv(store: PhotoStore) -> None:
    code = """
import sys
from pathlib import Path
import cv2, numpy as np
from filmcolor.training.config import TrainConfig
from filmcolor.training.crops import CropBatches, batches_from
from filmcolor.training.photo_store import open_store
cv2.setNumThreads(4)
for _ in range(20):
    cv2.GaussianBlur(np.zeros((900, 1600, 3), np.uint8), (9, 9), 0)
store = open_store(Path(sys.argv[1]))
data = CropBatches(store, np.arange(len(store)), TrainConfig(size=32, batch=4))
print(tuple(next(batches_from(data, 0, workers=1, pinned=False)).shape), cv2.getNumThreads())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, store.folder], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "(4, 32, 32, 3) 4", done.stderr


def test_another_seed_gives_other_batches(store: PhotoStore) -> None:
    assert not torch.equal(batches(store)[0], batches(store, seed=1)[0])


def test_every_picture_is_seen_once_in_an_epoch(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    for number in range(12):  # each of one colour, that tells it apart
        color = (20 * number, 255 - 20 * number, 128)
        write_png(folder / f"{number:02d}.png", np.full((40, 40, 3), color, np.uint8))
    data = CropBatches(
        build_store(tmp_path / "store", [folder]), np.arange(12), TrainConfig(size=32, batch=4)
    )
    for epoch in range(2):
        reds = torch.cat([data[3 * epoch + step][:, 0, 0, 0] for step in range(3)])
        assert sorted(reds.tolist()) == [20 * number for number in range(12)]


def test_a_crop_of_everything_is_the_picture_or_its_mirror_image() -> None:
    picture = painted(0, (40, 40))
    choices = np.random.default_rng(0)
    for _ in range(20):
        part = crop(picture, 40, 1.0, choices).astype(int)
        assert part.shape == (40, 40, 3)
        likeness = [np.abs(part - p.astype(int)).mean() for p in (picture, picture[:, ::-1])]
        assert min(likeness) < 25
