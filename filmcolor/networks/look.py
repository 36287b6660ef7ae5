"""What a network sees in one picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEATURE_STRIDES = (16, 8)
"""Pixels of a network's input a cell of its features is wanted to have, in each direction."""
DETAIL_STRIDE = 8
"""The same of its details."""
_LIKE = 2**0.5
"""A stride so many times larger or smaller still counts."""
_FEWEST_CHANNELS = 8


@dataclass(frozen=True)
class Look:
    """Colours of a picture, how sure they are, and what the network makes of each place.

    Attributes:
        ab: CIE a and b at the network's own output size, float32 (h, w, 2).
        confidence: how sure each colour is, 0..1, float32 (h, w); `lite`'s is 1 where one colour
            alone is likely and a half where the standard deviation is 15 units of ab. None where
            the network has no output `confidence`, or one that does not lie in 0..1.
        features: inner activations, each float32 (h_i, w_i, c_i), coarse to fine: those next to
            16 and to 8 input pixels a cell; see `filmcolor.networks.onnx.inner`. Alike places have
            alike vectors once each channel has its mean taken off. Empty where the network has
            none; all pictures of one network have the same.
        details: what else the network makes of each place, next to 8 input pixels a cell: for
            `lite` that of its decoder, which knows what is around. None or one grid, as above.
            With them, places of one shot are found again better (0.1 to 0.3 dB over whole clips of
            which one keyframe is given), but they take as much memory as all features.
    """

    ab: NDArray[np.float32]
    confidence: NDArray[np.float32] | None
    features: tuple[NDArray[np.float32], ...]
    details: tuple[NDArray[np.float32], ...] = ()


@dataclass(frozen=True)
class InnerNames:
    """Which of a network's inner tensors are its features and details, see `Look`."""

    features: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


def inner_names(kinds: Iterable[Mapping[str, tuple[int, ...]]], height: int) -> InnerNames:
    """Return which of a network's inner tensors are its features and details, coarse to fine.

    Of several of a kind at one size it is the one that comes last. Details are of another kind than
    the features at their size.

    Args:
        kinds: the tensors' shapes, (n, channels, h, w) if they are grids; the best kind first.
        height: of the network's input.
    """
    strides = [
        {
            name: height / shape[2]
            for name, shape in reversed(list(shapes.items()))
            if len(shape) == 4 and shape[1] >= _FEWEST_CHANNELS and min(shape[2:]) > 1
        }
        for shapes in kinds
    ]
    features = _known(_nearest(strides, wanted) for wanted in FEATURE_STRIDES)
    others = (kind for kind in strides if kind.keys().isdisjoint(features))
    return InnerNames(features, _known([_nearest(others, DETAIL_STRIDE)]))


def _known(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(name for name in names if name is not None)


def _nearest(strides: Iterable[Mapping[str, float]], wanted: float) -> str | None:
    for kind in strides:
        off = {name: max(x / wanted, wanted / x) for name, x in kind.items()}
        name = min(off, key=off.__getitem__, default=None)
        if name is not None and off[name] < _LIKE:
            return name
    return None
