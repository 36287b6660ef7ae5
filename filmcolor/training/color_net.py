"""What every network that can be trained offers."""

from __future__ import annotations

from torch import nn


class ColorNet(nn.Module):
    """Takes L in 0..100, float (n, 1, H, W); gives logits on the 313 bins, or colours.

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

    def pretrained_part(self) -> nn.Module | None:
        """Return the part whose weights may come from a network trained for something else."""
        return None
