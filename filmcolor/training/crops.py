"""Batches of crops; each is a function of the seed and the number of its step alone."""

from __future__ import annotations

import math
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.context import BaseContext

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from filmcolor.training.batch_sizes import BatchSizes
from filmcolor.training.config import TrainConfig
from filmcolor.training.photo_sources import RGB
from filmcolor.training.photo_store import PhotoStore

_WIDEST = 1.35
"""Crops are between this much wider and this much higher than square before they are squeezed."""


class CropBatches(Dataset[Tensor]):
    """The batch of each step: uint8 (count, size, size, 3), sRGB; see `BatchSizes`.

    Pictures are shuffled anew in every epoch, so every picture is seen once before any is seen
    twice.

    Attributes:
        sizes: how many crops of which size a step has.
    """

    def __init__(self, store: PhotoStore, numbers: NDArray[np.int64], config: TrainConfig) -> None:
        """Draw from the pictures of `store` with the given numbers."""
        self._store = store
        self._numbers = numbers
        self._config = config
        self.sizes = BatchSizes.of(config)
        self._order: tuple[int, NDArray[np.int64]] = (-1, numbers)

    @property
    def pictures(self) -> int:
        """How many pictures crops are drawn from."""
        return len(self._numbers)

    def __getitem__(self, step: int) -> Tensor:
        """Return the batch of a step."""
        config = self._config
        choices = np.random.default_rng([config.seed, 1, step])
        batch = self.sizes.of_step(step)
        crops = [
            crop(self._store[self._picture(place)], batch.size, config.smallest_crop, choices)
            for place in range(batch.first, batch.first + batch.count)
        ]
        return torch.from_numpy(np.stack(crops))

    def _picture(self, place: int) -> int:
        epoch, number = divmod(place, len(self._numbers))
        if self._order[0] != epoch:
            shuffle = np.random.default_rng([self._config.seed, 2, epoch])
            self._order = (epoch, shuffle.permutation(self._numbers))
        return int(self._order[1][number])


def crop(picture: RGB, size: int, smallest: float, choices: np.random.Generator) -> RGB:
    """Return a random part of a picture, half of them mirrored, at (size, size).

    `smallest` is the least area, as a share of the largest square that fits.
    """
    height, width = picture.shape[:2]
    side = min(height, width) * math.sqrt(choices.uniform(smallest, 1))
    stretch = math.sqrt(_WIDEST ** choices.uniform(-1, 1))
    rows = max(1, min(height, round(side / stretch)))
    columns = max(1, min(width, round(side * stretch)))
    top, left = choices.integers(0, height - rows + 1), choices.integers(0, width - columns + 1)
    part = picture[top : top + rows, left : left + columns]
    if choices.random() < 0.5:
        part = part[:, ::-1]
    shrinks = min(rows, columns) >= size
    resized = cv2.resize(
        np.ascontiguousarray(part),
        (size, size),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    return resized.astype(np.uint8, copy=False)


class _StepsFrom(Sequence[int]):
    """The steps from a given one on, without an end worth mentioning."""

    def __init__(self, first: int) -> None:
        self._first = first

    def __len__(self) -> int:
        return 2**31

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._first, self._first + len(self)))

    def __getitem__(self, index: int) -> int:  # type: ignore[override]
        return self._first + index


def batches_from(data: CropBatches, step: int, *, workers: int, pinned: bool) -> Iterator[Tensor]:
    """Yield the batches of `step` and all later steps, made ahead by `workers` processes."""
    loader = DataLoader(
        data,
        batch_size=None,
        sampler=_StepsFrom(step),
        num_workers=workers,
        pin_memory=pinned,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_be_a_worker,
        multiprocessing_context=_context() if workers else None,
    )
    return iter(loader)  # starts the processes


def _context() -> BaseContext:
    """Return how processes are started: never as copies of this one.

    A copy has none of the threads of this process, but waits for ever for what they held.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # PyTorch is imported once for all
    return context


def _be_a_worker(number: int) -> None:
    """Leave it to the trainer to stop in good order: signals often go to all of its processes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    cv2.setNumThreads(1)
