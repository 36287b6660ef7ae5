"""The networks that can be trained. All take L in 0..100, float (n, 1, H, W)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from filmcolor.networks.bins import BIN_COUNT
from filmcolor.training.config import ArchName

LITE_WIDTHS = (24, 48, 96, 192, 320)
_LAST_WIDTH = 64


class ColorNet(nn.Module):
    """A network whose output is logits on the 313 bins, or colours.

    Attributes:
        stride: how much smaller than the input the output is.
        multiple: of what the input's height and width must be multiples.
        gives_bins: whether `forward` gives logits (n, 313, h, w), and not ab (n, 2, h, w).
        input_size: (height, width), where it wants one size only.
    """

    stride: int
    multiple: int
    gives_bins: bool
    input_size: tuple[int, int] | None = None


def build_network(arch: ArchName, dropout: float = 0.0) -> ColorNet:
    """Return a new network with random weights (of torch's own generator).

    `dropout` is for training alone, see `LiteNet`; the small source-cnn knows none.
    """
    return LiteNet(dropout=dropout) if arch == "lite" else SourceCNN()


def _conv(
    inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


class _ConvUnit(nn.Sequential):
    """3x3 convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(
            _conv(inputs, outputs, stride=stride), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
        )


class _ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to their input (He et al. 2015, "Deep Residual Learning")."""

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout
        self.first = _ConvUnit(width, width)
        self.second = nn.Sequential(_conv(width, width), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        added = self.second(self.first(x))
        return functional.relu(x + _some_pictures(added, self.dropout, self.training))


class _InvertedBlock(nn.Module):
    """A 3x3 depthwise convolution and two 1x1 ones, wide between them, added to their input.

    The form of Liu et al. 2022, "A ConvNet for the 2020s", figure 4, with batch normalisation,
    which an exported network does not pay for. Its last scale starts at 0: a new block changes
    nothing until it has learnt something, so it can be added to a trained network.
    """

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout
        last = nn.BatchNorm2d(width)
        nn.init.zeros_(last.weight)
        self.body = nn.Sequential(
            _conv(width, width, groups=width),
            nn.BatchNorm2d(width),
            _conv(width, 2 * width, 1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(inplace=True),
            _conv(2 * width, width, 1),
            last,
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + _some_pictures(self.body(x), self.dropout, self.training)


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
        self.stage1 = _ConvUnit(1, w1, 2)
        self.stage2 = nn.Sequential(_ConvUnit(w1, w2, 2), _ResidualBlock(w2))
        self.stage3 = nn.Sequential(_ConvUnit(w2, w3, 2), _ResidualBlock(w3))
        self.stage4 = nn.Sequential(
            _ConvUnit(w3, w4, 2), *(_ResidualBlock(w4, dropout) for _ in range(2))
        )
        self.stage5 = nn.Sequential(
            _ConvUnit(w4, w5, 2), *(_ResidualBlock(w5, dropout) for _ in range(2))
        )
        self.overall = nn.Linear(w5, w5)
        self.mix5 = nn.Sequential(*(_InvertedBlock(w5, dropout) for _ in range(inverted_blocks)))
        self.up4 = nn.Sequential(_ConvUnit(w5 + w4, w4), _ResidualBlock(w4, dropout))
        self.mix4 = nn.Sequential(*(_InvertedBlock(w4, dropout) for _ in range(inverted_blocks)))
        self.up3 = nn.Sequential(_ConvUnit(w4 + w3, w3), _ResidualBlock(w3))
        self.up2 = nn.Sequential(
            _ConvUnit(w3 + w2, _LAST_WIDTH), _ConvUnit(_LAST_WIDTH, _LAST_WIDTH)
        )
        self.bins = nn.Conv2d(_LAST_WIDTH, BIN_COUNT, 1)

    def forward(self, L: Tensor) -> Tensor:
        """Return logits, (n, 313, H / 4, W / 4)."""
        x2 = self.stage2(self.stage1(L / 50 - 1))
        x3 = self.stage3(x2)
        x4 = self.stage4(x3)
        x5 = self.stage5(x4)
        x5 = x5 + self.overall(x5.mean((2, 3)))[:, :, None, None]
        x5 = functional.dropout2d(self.mix5(x5), self.dropout, self.training)
        x4 = self.mix4(self.up4(torch.cat([_doubled(x5), x4], 1)))
        x4 = functional.dropout2d(x4, self.dropout, self.training)
        x3 = self.up3(torch.cat([_doubled(x4), x3], 1))
        logits: Tensor = self.bins(self.up2(torch.cat([_doubled(x3), x2], 1)))
        return logits


class SourceCNN(ColorNet):
    """The small network that this project began with, kept as a yardstick.

    3x3 convolutions of 8, 8, 16, 32, 32 and 32 channels, every other one with stride 2, then back
    up by nearest neighbours to ab by tanh. It sees every picture at 256x256.
    """

    stride, multiple, gives_bins = 1, 8, False
    input_size = (256, 256)

    def __init__(self) -> None:
        """Build it with random weights."""
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 1
        for outputs, stride in ((8, 2), (8, 1), (16, 2), (32, 1), (32, 2), (32, 1)):
            layers += [nn.Conv2d(inputs, outputs, 3, stride, 1), nn.ReLU(inplace=True)]
            inputs = outputs
        for outputs in (32, 16, 2):
            layers += [nn.Upsample(scale_factor=2), nn.Conv2d(inputs, outputs, 3, 1, 1)]
            layers += [nn.ReLU(inplace=True) if outputs > 2 else nn.Tanh()]
            inputs = outputs
        self.layers = nn.Sequential(*layers)

    def forward(self, L: Tensor) -> Tensor:
        """Return ab, (n, 2, H, W)."""
        ab: Tensor = 128 * self.layers(L / 100)
        return ab


def _some_pictures(x: Tensor, dropout: float, training: bool) -> Tensor:
    """Set single pictures of a batch (n, c, h, w) to 0 in training, the others higher instead."""
    if not (training and dropout):
        return x
    return x * functional.dropout(x.new_ones(len(x), 1, 1, 1), dropout)


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")
