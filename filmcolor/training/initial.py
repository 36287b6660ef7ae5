"""Starting from weights that exist, instead of random ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from filmcolor.training.color_net import ColorNet
from filmcolor.training.loop import CHECKPOINT
from filmcolor.training.torch_weights import put_weights, read_torch_file


@dataclass(frozen=True)
class TakenOver:
    """What a new run has from elsewhere.

    Attributes:
        sentence: says what, for people.
        price: where colourfulness had a price, see `filmcolor.training.checkpoint.Checkpoint`.
    """

    sentence: str
    price: tuple[float, float] | None = None


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
    kept = put_weights(network, weights, path, partly=True)
    new = f"; new: {len(kept)} tensors" if kept else ""
    return TakenOver(f"weights from {path}{new}", values.get("price"))
