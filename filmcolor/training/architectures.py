"""The networks that can be trained, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from filmcolor.training.color_net import ColorNet
from filmcolor.training.config import ArchName
from filmcolor.training.efficientnet import EfficientNetColor
from filmcolor.training.lite import LiteNet
from filmcolor.training.source_cnn import SourceCNN


@dataclass(frozen=True)
class Architecture:
    """How a network is built, and what suits it.

    Attributes:
        build: makes one with random weights of torch's own generator, given the shares that are
            left out at random in training: dropout, and stochastic depth of the encoder.
        crop_size: side of the crops that it is trained on, in pixels.
    """

    build: Callable[[float, float], ColorNet]
    crop_size: int = 128


ARCHITECTURES: dict[ArchName, Architecture] = {
    "lite": Architecture(lambda dropout, _: LiteNet(dropout=dropout)),
    "source-cnn": Architecture(lambda *_: SourceCNN(), crop_size=256),
    "efficientnet-lite2": Architecture(
        lambda dropout, depth: EfficientNetColor(dropout=dropout, stochastic_depth=depth)
    ),
}


def build_network(arch: ArchName, dropout: float = 0.0, stochastic_depth: float = 0.0) -> ColorNet:
    """Return a new network with random weights (of torch's own generator).

    What is left out at random is for training alone; a network that knows no such thing is built
    without.
    """
    return ARCHITECTURES[arch].build(dropout, stochastic_depth)
