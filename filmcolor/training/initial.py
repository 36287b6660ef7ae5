"""Starting from weights that exist, instead of random ones."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from filmcolor.errors import InputError
from filmcolor.special_files import refuse_special
from filmcolor.training.color_net import ColorNet
from filmcolor.training.loop import CHECKPOINT


@dataclass(frozen=True)
class TakenOver:
    """What a new run has from elsewhere.

    Attributes:
        sentence: says what, for people.
        price: where colourfulness had a price, see `filmcolor.training.checkpoint.Checkpoint`.
    """

    sentence: str
    price: tuple[float, float] | None = None


def read_torch_file(path: Path) -> dict[str, Any]:
    """Return what a PyTorch file holds: a checkpoint or a state dict, on the processor.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    refuse_special(path)
    try:
        values = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise InputError(f"{path}: no weights that can be read ({error}).") from error
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds no weights by name but a {type(values).__name__}.")
    return values


def load_weights(network: ColorNet, source: Path) -> TakenOver:
    """Put the weights of a run, or of a PyTorch file, into a network.

    Parts that the source has not keep their random weights, so that a network can be grown from
    a smaller one.

    Args:
        network: where they go.
        source: the folder of a run, its checkpoint, or a file that holds a state dict.

    Raises:
        InputError: the source cannot be read, or has weights that do not fit.
    """
    path = source / CHECKPOINT if source.is_dir() else source
    values = read_torch_file(path)
    weights = values.get("network", values)
    try:
        result = network.load_state_dict(weights, strict=False)
    except (RuntimeError, AttributeError, TypeError) as error:
        raise InputError(f"{path}: its weights do not fit this network ({error}).") from error
    if result.unexpected_keys:
        raise InputError(
            f"{path}: holds weights that this network has no place for "
            f"({', '.join(result.unexpected_keys[:3])}, ...); choose the `arch` that it has."
        )
    new = f"; new: {len(result.missing_keys)} tensors" if result.missing_keys else ""
    return TakenOver(f"weights from {path}{new}", values.get("price"))
