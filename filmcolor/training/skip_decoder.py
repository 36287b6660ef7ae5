"""The decoder of networks that give logits at a quarter of the size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from filmcolor.networks.bins import BIN_COUNT
from filmcolor.training.blocks import ConvUnit, InvertedBlock, ResidualBlock, doubled
from filmcolor.training.color_net import ColorNet


class SkipDecoderNet(ColorNet):
    """A network whose features at a 32nd of the size go back up to a quarter, with skips.

    A global mean is added at the deepest size. A base class and no module of its own, so that
    layers of trained networks keep their names.

    In training, `dropout` is the share of what is left out of the two deepest sizes at random, so
    that the network cannot lean on any one part and learns its pictures by heart less: channels
    of their output (Tompson et al. 2015, "Efficient Object Localization Using Convolutional
    Networks", section 3.2), and whole residual branches of single pictures (Huang et al. 2016,
    "Deep Networks with Stochastic Depth").
    """

    stride, multiple, gives_bins = 4, 32, True

    def __init__(self, dropout: float) -> None:
        """Build nothing yet: encoders come first."""
        super().__init__()
        self.dropout = dropout

    def add_decoder(
        self,
        widths: Sequence[int],
        skips: Sequence[int],
        *,
        inverted_blocks: int = 2,
        kernels: tuple[int, int] = (3, 3),
    ) -> None:
        """Build it with random weights, behind the encoder.

        Args:
            widths: channels of the decoder, from a 32nd of the size to a quarter.
            skips: channels of the encoder's features, from a 16th of the size to a quarter.
            inverted_blocks: how many stand at each of the two deepest sizes.
            kernels: sides of their depthwise kernels, at a 32nd and a 16th of the size.
        """
        w5, w4, w3, w2 = widths
        skip4, skip3, skip2 = skips
        self.overall = nn.Linear(w5, w5)
        self.mix5 = self._mix(w5, inverted_blocks, kernels[0])
        self.up4 = nn.Sequential(ConvUnit(w5 + skip4, w4), ResidualBlock(w4, self.dropout))
        self.mix4 = self._mix(w4, inverted_blocks, kernels[1])
        self.up3 = nn.Sequential(ConvUnit(w4 + skip3, w3), ResidualBlock(w3))
        self.up2 = nn.Sequential(ConvUnit(w3 + skip2, w2), ConvUnit(w2, w2))
        self.bins = nn.Conv2d(w2, BIN_COUNT, 1)

    def _mix(self, width: int, blocks: int, kernel: int) -> nn.Sequential:
        return nn.Sequential(*(InvertedBlock(width, self.dropout, kernel) for _ in range(blocks)))

    def decode(self, x2: Tensor, x3: Tensor, x4: Tensor, x5: Tensor) -> Tensor:
        """Return logits (n, 313, H / 4, W / 4) of features at a quarter to a 32nd of the size."""
        x5 = x5 + self.overall(x5.mean((2, 3)))[:, :, None, None]
        x5 = functional.dropout2d(self.mix5(x5), self.dropout, self.training)
        x4 = self.mix4(self.up4(torch.cat([doubled(x5), x4], 1)))
        x4 = functional.dropout2d(x4, self.dropout, self.training)
        x3 = self.up3(torch.cat([doubled(x4), x3], 1))
        logits: Tensor = self.bins(self.up2(torch.cat([doubled(x3), x2], 1)))
        return logits
