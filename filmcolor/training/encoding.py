"""Colours as classes: soft targets on the 313 bins, and the annealed mean back to colours.

Zhang, Isola, Efros, "Colorful Image Colorization" (ECCV 2016): targets and class weights are of
section 2.2, the annealed mean of section 2.3.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from filmcolor.networks.bins import BIN_COUNT, ab_bins

NEAREST = 5
_SIGMA = 5.0
_STEP, _LIMIT = 2, 110
_CELLS = 2 * _LIMIT // _STEP + 1


@cache
def _cell_table() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each cell of an ab grid of spacing 2: its nearest bins and their weights."""
    axis = np.arange(-_LIMIT, _LIMIT + 1, _STEP, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 1, 2)
    distance = ((grid - ab_bins()[None]) ** 2).sum(axis=-1)
    bins = np.argsort(distance, axis=1, kind="stable")[:, :NEAREST]
    near = np.take_along_axis(distance, bins, axis=1)
    weights = np.exp(-(near - near[:, :1]) / (2 * _SIGMA**2))
    return bins, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


class BinCodec:
    """Turns ab into soft targets on the bins, and predictions on the bins into ab."""

    def __init__(self, device: torch.device) -> None:
        """Put the tables on `device`."""
        bins, weights = _cell_table()
        self._bins = torch.from_numpy(bins).to(device)
        self._weights = torch.from_numpy(weights).to(device)
        self._centres = torch.from_numpy(ab_bins().copy()).to(device)

    def targets(self, ab: Tensor) -> tuple[Tensor, Tensor]:
        """Return the nearest bins of colours and their weights.

        ab is float (..., 2). Both results are (..., 5), nearest first; int64 numbers of bins, and
        float32 weights, Gaussian in the distance with sigma 5, which add up to 1.
        """
        cell = ((ab + _LIMIT) / _STEP).round().clamp(0, _CELLS - 1).long()
        number = cell[..., 0] * _CELLS + cell[..., 1]
        return self._bins[number], self._weights[number]

    def decode(self, logits: Tensor, temperature: float, chroma_limit: float | None) -> Tensor:
        """Return ab as a film gets them, float32 (..., 2): the annealed mean, chroma limited."""
        return limit_chroma(self.annealed_mean(logits, temperature), chroma_limit)

    def annealed_mean(self, logits: Tensor, temperature: float) -> Tensor:
        """Return ab, float32 (..., 2), of logits (..., 313)."""
        return torch.softmax(logits.float() / temperature, dim=-1) @ self._centres


def limit_chroma(ab: Tensor, limit: float | None, dim: int = -1) -> Tensor:
    """Return ab whose chroma comes near to a limit but does not pass it; None: as they are.

    Chroma c becomes c / (1 + (c / limit)^4)^(1/4), which leaves small chroma alone.

    Args:
        ab: float, of any shape.
        limit: in units of Lab.
        dim: the one of length 2 that a and b lie along.
    """
    if limit is None:
        return ab
    squared = ab.square().sum(dim=dim, keepdim=True) / limit**2
    return ab * (1 + squared.square()).pow(-0.25)


def limit_cast(ab: Tensor, limit: float | None) -> Tensor:
    """Return pictures' ab, paler where a picture leans to one colour as a whole.

    The length m of a picture's mean of ab comes near to a limit but does not pass it: it becomes
    m / (1 + (m / limit)^8)^(1/8), which leaves pictures alone that lean by less than two thirds
    of the limit. None: as they are.

    Args:
        ab: float, (n, 2, h, w).
        limit: in units of Lab.
    """
    if limit is None:
        return ab
    squared = ab.mean(dim=(2, 3), keepdim=True).square().sum(dim=1, keepdim=True) / limit**2
    return ab * (1 + squared.square().square()).pow(-0.125)


def class_weights(counts: NDArray[np.float64], exponent: float) -> NDArray[np.float32]:
    """Return the weight of each bin, float32 (313,), whose mean over the pixels is 1.

    Args:
        counts: how many pixels fall into each bin, (313,).
        exponent: of the paper's weight, 1 / (p / 2 + 1 / (2 * 313)); 0 weighs all alike.
    """
    prior = counts / counts.sum()
    weights = (0.5 * prior + 0.5 / BIN_COUNT) ** -exponent
    return (weights / (weights * prior).sum()).astype(np.float32)
