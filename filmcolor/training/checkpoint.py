"""The state of a run between two steps, on disk."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch

from filmcolor.errors import InputError
from filmcolor.system.atomic_output import atomic_output

_FORMAT = 2


@dataclass
class Checkpoint:
    """Everything that the next steps depend on, besides the configuration and the pictures."""

    step: int
    """Steps done."""
    seconds: float
    """Time trained so far."""
    network: dict[str, Any]
    average: dict[str, Any]
    """The averaged weights, which are validated and exported."""
    optimizer: dict[str, Any]
    """State of each optimiser by name, see `filmcolor.training.optimizers`."""
    price: tuple[float, float]
    """Multiplier and share of `filmcolor.training.losses.ColorfulnessPrice`."""


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint; a kill at any moment leaves the old file or the new one whole."""
    values = {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}
    with atomic_output(path) as unfinished:
        torch.save({"format": _FORMAT, **values}, unfinished)


def load_checkpoint(path: Path, device: torch.device) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        InputError: it is missing, damaged, or no checkpoint of this version.
    """
    try:
        values = torch.load(path, map_location=device, weights_only=True)
        if values.pop("format") != _FORMAT:
            raise InputError(f"{path}: a checkpoint of another version of filmcolor.")
        return Checkpoint(**values)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{path}: no whole checkpoint ({error}).") from error
    except pickle.UnpicklingError as error:
        raise InputError(f"{path}: no checkpoint ({error}).") from error
