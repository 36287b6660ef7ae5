"""A colour network whose encoder has learnt on ImageNet what things are: `efficientnet-lite2`.

The encoder is EfficientNet (Tan, Le 2019, "EfficientNet: Rethinking Model Scaling for
Convolutional Neural Networks", table 1 and section 4) in the form that its authors made for small
computers in 2020, EfficientNet-Lite: without squeeze-and-excitation, ReLU6 instead of swish, and
stem, head and the repeats of the first and last stage not scaled. Lite2 is 1.1 times as wide and
1.2 times as deep as Lite0. Names of layers are the paper's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from filmcolor.training.blocks import ConvUnit, some_pictures
from filmcolor.training.skip_decoder import SkipDecoderNet

LITE2_WIDTH, LITE2_DEPTH = 1.1, 1.2
DECODER_WIDTHS = (320, 256, 160, 96)
_STEM_WIDTH = 32
_EPSILON, _MOMENTUM = 1e-3, 0.01
"""Of batch normalisation; the authors' code (TensorFlow) keeps 0.99 of the mean a step."""
_SKIPS = (1, 2, 4, 6)
"""Stages whose outputs are the last ones at a quarter, an eighth, a 16th and a 32nd of the size."""


@dataclass(frozen=True)
class Stage:
    """Blocks with one number of output channels; the first one has the stride."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_LITE0 = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


def scaled_stages(width: float, depth: float) -> list[Stage]:
    """Return the stages of an EfficientNet-Lite, scaled from Lite0 (the paper's section 3.3)."""
    last = len(_LITE0) - 1
    return [
        Stage(
            stage.repeats if number in (0, last) else math.ceil(stage.repeats * depth),
            stage.kernel,
            stage.stride,
            stage.expansion,
            _in_eights(stage.channels * width),
        )
        for number, stage in enumerate(_LITE0)
    ]


def _in_eights(channels: float) -> int:
    """Round to a multiple of 8, by no more than a tenth downwards."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


class SamePadded(nn.Conv2d):
    """A convolution without bias, padded as TensorFlow's "SAME" pads inputs of even size.

    With a stride, what does not divide evenly is padded below and on the right, where PyTorch
    would pad above and on the left as well: the weights of another padding see pictures shifted.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        """Take an odd kernel and a stride of 1 or 2."""
        around = 0 if stride > 1 else kernel // 2
        super().__init__(inputs, outputs, kernel, stride, around, groups=groups, bias=False)
        before = (kernel - stride) // 2
        after = kernel - stride - before
        self.uneven = (before, after, before, after) if stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        """Return the output; height and width of `x` are multiples of the stride."""
        return super().forward(x if self.uneven is None else functional.pad(x, self.uneven))


class _Unit(nn.Sequential):
    """Convolution, batch normalisation, ReLU6."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(
            SamePadded(inputs, outputs, kernel, stride=stride, groups=groups),
            _batch_norm(outputs),
            nn.ReLU6(inplace=True),
        )


def _batch_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON, momentum=_MOMENTUM)


class MBConv(nn.Module):
    """The inverted bottleneck of Sandler et al. 2018, "MobileNetV2", as EfficientNet-Lite has it.

    A 1x1 convolution to `expansion` times the channels (none where that is 1), a depthwise one,
    and a 1x1 one without ReLU back to few channels, added to the input where shapes allow it.
    """

    def __init__(self, inputs: int, stage: Stage, stride: int, dropout: float) -> None:
        """Make a stage's channels out of `inputs`; `dropout` is of stochastic depth."""
        super().__init__()
        wide = inputs * stage.expansion
        self.dropout = dropout
        self.residual = stride == 1 and inputs == stage.channels
        self.expand = _Unit(inputs, wide, 1) if stage.expansion > 1 else nn.Identity()
        self.depthwise = _Unit(wide, wide, stage.kernel, stride=stride, groups=wide)
        self.project = nn.Sequential(
            SamePadded(wide, stage.channels, 1), _batch_norm(stage.channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, channels, h / stride, w / stride)."""
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + some_pictures(y, self.dropout, self.training) if self.residual else y


class EfficientNetLite(nn.Module):
    """The encoder, on one channel.

    ImageNet's networks see three; for a grey picture all three are the same, so the kernels of the
    stem's three channels, added up, do the same on one.

    Attributes:
        stages: what was built.
        skips: channels of the tensors that `forward` gives.
    """

    def __init__(
        self, width: float = LITE2_WIDTH, depth: float = LITE2_DEPTH, stochastic_depth: float = 0.0
    ) -> None:
        """Build it with random weights.

        `stochastic_depth` is the share of pictures that the deepest block is left out for in
        training, blocks before it in proportion to their depth (Huang et al. 2016, section 3).
        """
        super().__init__()
        self.stages = scaled_stages(width, depth)
        self.skips = tuple(self.stages[number].channels for number in _SKIPS)
        self.stem = _Unit(1, _STEM_WIDTH, 3, stride=2)
        self.blocks = nn.ModuleList()
        inputs, number = _STEM_WIDTH, 0
        total = sum(stage.repeats for stage in self.stages)
        for stage in self.stages:
            blocks = nn.Sequential()
            for repeat in range(stage.repeats):
                dropout = stochastic_depth * number / total
                stride = stage.stride if repeat == 0 else 1
                blocks.append(MBConv(inputs, stage, stride, dropout))
                inputs, number = stage.channels, number + 1
            self.blocks.append(blocks)

    def forward(self, x: Tensor) -> Iterator[Tensor]:
        """Yield features at a quarter, an eighth, a 16th and a 32nd of the size.

        `x` is what ImageNet's networks see of a grey picture, in about -1..1, (n, 1, H, W).
        """
        x = self.stem(x)
        for number, blocks in enumerate(self.blocks):
            x = blocks(x)
            if number in _SKIPS:
                yield x


class EfficientNetColor(SkipDecoderNet):
    """An EfficientNet-Lite encoder and a decoder with skips, logits at a quarter of the size.

    Task and output are those of `filmcolor.training.lite.LiteNet`. The decoder's depthwise kernels
    at the two deepest sizes are larger (5 and 7), so that every place sees much of the picture.
    """

    def __init__(
        self,
        widths: Sequence[int] = DECODER_WIDTHS,
        *,
        encoder_width: float = LITE2_WIDTH,
        encoder_depth: float = LITE2_DEPTH,
        dropout: float = 0.0,
        stochastic_depth: float = 0.0,
    ) -> None:
        """Build it with random weights.

        Args:
            widths: channels of the decoder, from a 32nd of the size to a quarter.
            encoder_width: factor on the channels of EfficientNet-Lite0.
            encoder_depth: factor on the repeats of its blocks.
            dropout: of the decoder's two deepest sizes, see `SkipDecoderNet`.
            stochastic_depth: of the encoder, see `EfficientNetLite`.
        """
        super().__init__(dropout)
        self.encoder = EfficientNetLite(encoder_width, encoder_depth, stochastic_depth)
        skip4, skip8, skip16, skip32 = self.encoder.skips
        self.enter5 = ConvUnit(skip32, widths[0], 1)
        self.add_decoder(widths, (skip16, skip8, skip4), kernels=(5, 7))
        # All bins are alike at first: a decoder's random guesses would spoil the encoder.
        nn.init.normal_(self.bins.weight, std=0.01)

    def pretrained_part(self) -> EfficientNetLite:
        """Return the encoder, which ImageNet's weights are for."""
        return self.encoder

    def forward(self, L: Tensor) -> Tensor:
        """Return logits, (n, 313, H / 4, W / 4)."""
        x2, x3, x4, x5 = self.encoder(L / 50 - 1)
        return self.decode(x2, x3, x4, self.enter5(x5))
