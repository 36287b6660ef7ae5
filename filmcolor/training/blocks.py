"""The layers that networks are made of; tensors are float (n, channels, height, width)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


def conv(
    inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    """Return a convolution without bias, padded alike on all sides; kernels are odd."""
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


class ConvUnit(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1) -> None:
        """Make `outputs` channels out of `inputs`."""
        super().__init__(
            conv(inputs, outputs, kernel, stride=stride),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to their input (He et al. 2015, "Deep Residual Learning")."""

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        """Keep `width` channels; `dropout` as in `some_pictures`."""
        super().__init__()
        self.dropout = dropout
        self.first = ConvUnit(width, width)
        self.second = nn.Sequential(conv(width, width), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor like `x`."""
        added = self.second(self.first(x))
        return functional.relu(x + some_pictures(added, self.dropout, self.training))


class InvertedBlock(nn.Module):
    """A depthwise convolution and two 1x1 ones, wide between them, added to their input.

    The form of Liu et al. 2022, "A ConvNet for the 2020s", figure 4, with batch normalisation,
    which an exported network does not pay for. Its last scale starts at 0: a new block changes
    nothing until it has learnt something, so it can be added to a trained network.
    """

    def __init__(self, width: int, dropout: float = 0.0, kernel: int = 3) -> None:
        """Keep `width` channels; `kernel` is the side of the depthwise one."""
        super().__init__()
        self.dropout = dropout
        last = nn.BatchNorm2d(width)
        nn.init.zeros_(last.weight)
        self.body = nn.Sequential(
            conv(width, width, kernel, groups=width),
            nn.BatchNorm2d(width),
            conv(width, 2 * width, 1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(inplace=True),
            conv(2 * width, width, 1),
            last,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor like `x`."""
        return x + some_pictures(self.body(x), self.dropout, self.training)


def some_pictures(x: Tensor, dropout: float, training: bool) -> Tensor:
    """Set single pictures of a batch to 0 in training, the others higher instead.

    Of the branch beside a residual connection that is stochastic depth (Huang et al. 2016, "Deep
    Networks with Stochastic Depth").
    """
    if not (training and dropout):
        return x
    return x * functional.dropout(x.new_ones(len(x), 1, 1, 1), dropout)


def doubled(x: Tensor) -> Tensor:
    """Return x at twice its height and width, by nearest neighbours."""
    return functional.interpolate(x, scale_factor=2, mode="nearest")
