"""The compact network, `lite`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from filmcolor.networks.bins import BIN_COUNT
from filmcolor.training.blocks import ConvUnit, InvertedBlock, ResidualBlock, doubled
from filmcolor.training.color_net import ColorNet

LITE_WIDTHS = (24, 48, 96, 192, 320)
_LAST_WIDTH = 64


class LiteNet(ColorNet):
    """The compact network: an encoder and a decoder with skips, logits at a quarter of the size.

    Five stages, each half the size of the one before, then back up to a quarter. A global mean is
    added at the deepest stage. Task and output are those of Zhang, Isola, Efros, "Colorful Image
    Colorization" (ECCV 2016).

    In training, `dropout` is the share of what is left out of the two deepest stages at random, so
    that the network cannot lean on any one part and learns its pictures by heart less: channels
    of their output (Tompson et al. 2015, "Efficient Object Localization Using Convolutional
    Networks", section 3.2), and whole residual branches of single pictures (Huang et al. 2016,
    "Deep Networks with Stochastic Depth").
    """

    stride, multiple, gives_bins = 4, 32, True

    def __init__(
        self,
        widths: Sequence[int] = LITE_WIDTHS,
        inverted_blocks: int = 2,
        dropout: float = 0.0,
    ) -> None:
        """Widths are the channels of the five stages; inverted blocks stand in the deepest two."""
        super().__init__()
        self.dropout = dropout
        w1, w2, w3, w4, w5 = widths
        self.stage1 = ConvUnit(1, w1, stride=2)
        self.stage2 = nn.Sequential(ConvUnit(w1, w2, stride=2), ResidualBlock(w2))
        self.stage3 = nn.Sequential(ConvUnit(w2, w3, stride=2), ResidualBlock(w3))
        self.stage4 = nn.Sequential(
            ConvUnit(w3, w4, stride=2), *(ResidualBlock(w4, dropout) for _ in range(2))
        )
        self.stage5 = nn.Sequential(
            ConvUnit(w4, w5, stride=2), *(ResidualBlock(w5, dropout) for _ in range(2))
        )
        self.overall = nn.Linear(w5, w5)
        self.mix5 = nn.Sequential(*(InvertedBlock(w5, dropout) for _ in range(inverted_blocks)))
        self.up4 = nn.Sequential(ConvUnit(w5 + w4, w4), ResidualBlock(w4, dropout))
        self.mix4 = nn.Sequential(*(InvertedBlock(w4, dropout) for _ in range(inverted_blocks)))
        self.up3 = nn.Sequential(ConvUnit(w4 + w3, w3), ResidualBlock(w3))
        self.up2 = nn.Sequential(ConvUnit(w3 + w2, _LAST_WIDTH), ConvUnit(_LAST_WIDTH, _LAST_WIDTH))
        self.bins = nn.Conv2d(_LAST_WIDTH, BIN_COUNT, 1)

    def forward(self, L: Tensor) -> Tensor:
        """Return logits, (n, 313, H / 4, W / 4)."""
        x2 = self.stage2(self.stage1(L / 50 - 1))
        x3 = self.stage3(x2)
        x4 = self.stage4(x3)
        x5 = self.stage5(x4)
        x5 = x5 + self.overall(x5.mean((2, 3)))[:, :, None, None]
        x5 = functional.dropout2d(self.mix5(x5), self.dropout, self.training)
        x4 = self.mix4(self.up4(torch.cat([doubled(x5), x4], 1)))
        x4 = functional.dropout2d(x4, self.dropout, self.training)
        x3 = self.up3(torch.cat([doubled(x4), x3], 1))
        logits: Tensor = self.bins(self.up2(torch.cat([doubled(x3), x2], 1)))
        return logits
