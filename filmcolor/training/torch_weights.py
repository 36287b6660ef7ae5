"""Weights from a PyTorch file into a network."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from filmcolor.errors import InputError
from filmcolor.system.special_files import refuse_special


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


def put_weights(
    network: nn.Module,
    weights: Mapping[str, Any],
    path: Path,
    *,
    called: str = "this network",
    partly: bool = False,
) -> list[str]:
    """Put weights that were read from a file into a network.

    Args:
        network: where they go.
        weights: a state dict, of any float type.
        path: of the file, for errors.
        called: what errors call the network.
        partly: whether the network may keep its own weights where the file has none.

    Returns:
        The names of the weights that the network keeps.

    Raises:
        InputError: they do not fit.
    """
    try:
        result = network.load_state_dict(weights, strict=False)
    except (RuntimeError, AttributeError, TypeError) as error:
        raise InputError(f"{path}: its weights do not fit {called} ({error}).") from error
    # Counts of batches matter to training alone.
    missing = [key for key in result.missing_keys if not key.endswith("num_batches_tracked")]
    lacks = [] if partly else missing
    if lacks or result.unexpected_keys:
        what = "lacks" if lacks else "has besides"
        raise InputError(
            f"{path}: not the weights of {called}, of which it {what} "
            f"{', '.join((lacks or result.unexpected_keys)[:3])}, ...; choose the `arch` it has."
        )
    return missing
