"""The compact network, `lite`."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from filmcolor.training.blocks import ConvUnit, ResidualBlock
from filmcolor.training.skip_decoder import SkipDecoderNet

LITE_WIDTHS = (24, 48, 96, 192, 320)
_LAST_WIDTH = 64


class LiteNet(SkipDecoderNet):
    """The compact network: an encoder and a decoder with skips, logits at a quarter of the size.

    Five stages, each half the size of the one before, then back up to a quarter. Task and output
    are those of Zhang, Isola, Efros, "Colorful Image Colorization" (ECCV 2016); `dropout` is that
    of `SkipDecoderNet`.
    """

    def __init__(
        self,
        widths: Sequence[int] = LITE_WIDTHS,
        inverted_blocks: int = 2,
        dropout: float = 0.0,
    ) -> None:
        """Widths are the channels of the five stages; inverted blocks stand in the deepest two."""
        super().__init__(dropout)
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
        self.add_decoder((w5, w4, w3, _LAST_WIDTH), (w4, w3, w2), inverted_blocks=inverted_blocks)

    def forward(self, L: Tensor) -> Tensor:
        """Return logits, (n, 313, H / 4, W / 4)."""
        x2 = self.stage2(self.stage1(L / 50 - 1))
        x3 = self.stage3(x2)
        x4 = self.stage4(x3)
        x5 = self.stage5(x4)
        return self.decode(x2, x3, x4, x5)
