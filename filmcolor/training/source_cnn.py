"""The small network that this project began with, `source-cnn`."""

from __future__ import annotations

from torch import Tensor, nn

from filmcolor.training.color_net import ColorNet


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
