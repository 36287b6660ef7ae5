"""How many crops of which size each step of a run gets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from filmcolor.training.architectures import ARCHITECTURES
from filmcolor.training.config import TrainConfig

_FEWEST = 2
"""Crops of a step: batch normalisation needs more than one."""


@dataclass(frozen=True)
class Batch:
    """The crops of one step.

    Attributes:
        size: their side in pixels.
        first: how many crops earlier steps had.
        count: how many it has.
    """

    size: int
    first: int
    count: int


@dataclass(frozen=True)
class BatchSizes:
    """The batch of every step; all have about as many pixels, and so cost alike.

    Sizes take turns: of as many steps as there are sizes each one comes once, in an order drawn
    anew each time. So the batch of a step follows from the seed and its number alone.

    Attributes:
        sizes: sides of crops, in pixels.
        counts: how many crops of each size make a batch.
        seed: the run's.
    """

    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    seed: int

    @staticmethod
    def of(config: TrainConfig) -> BatchSizes:
        """Return those of a run: its number of crops is of the first size."""
        sizes = config.size or (ARCHITECTURES[config.arch].crop_size,)
        pixels = config.batch * sizes[0] ** 2
        counts = tuple(max(_FEWEST, round(pixels / size**2)) for size in sizes)
        return BatchSizes(sizes, counts, config.seed)

    @cached_property
    def mean(self) -> float:
        """Crops of a step, on average."""
        return sum(self.counts) / len(self.counts)

    def of_step(self, step: int) -> Batch:
        """Return the batch of a step."""
        turn, place = divmod(step, len(self.sizes))
        order = np.random.default_rng([self.seed, 6, turn]).permutation(len(self.sizes))
        before = sum(self.counts[number] for number in order[:place])
        number = order[place]
        return Batch(self.sizes[number], turn * sum(self.counts) + before, self.counts[number])
