"""At which size a network wants to see a picture."""

from __future__ import annotations

from dataclasses import dataclass

from filmcolor.errors import NetworkError
from filmcolor.networks.onnx.signature import Signature

_DEFAULT_SHORT_SIDE, _DEFAULT_MULTIPLE = 256, 32
_LONGEST_TO_SHORTEST = 4
_LARGEST_SIDE = 8192
"""Pixels. A damaged file can ask for a picture that fills the memory."""


@dataclass(frozen=True)
class FixedSize:
    """A network that sees every picture at one size."""

    height: int
    width: int

    def size_for(self, height: int, width: int) -> tuple[int, int]:
        """Return (height, width) of the network's input for a picture of the given size."""
        return self.height, self.width


@dataclass(frozen=True)
class ShortSide:
    """A network that keeps the picture's shape: short side given, sides in steps."""

    short_side: int
    multiple: int

    def size_for(self, height: int, width: int) -> tuple[int, int]:
        """Return (height, width) of the network's input for a picture of the given size.

        The long side is at most four times the short one, so that a strip of a picture cannot
        ask for endless memory.
        """
        short, long = sorted((height, width))
        ratio = min(long / short, _LONGEST_TO_SHORTEST)
        small = self._rounded(self.short_side)
        large = self._rounded(self.short_side * ratio)
        return (small, large) if height <= width else (large, small)

    def _rounded(self, side: float) -> int:
        return max(1, int(side / self.multiple + 0.5)) * self.multiple


InputSizing = FixedSize | ShortSide


def sizing_of(signature: Signature) -> InputSizing:
    """Return the sizing that the model's metadata and its input's shape ask for.

    Raises:
        NetworkError: the metadata cannot be understood.
    """
    height, width = signature.input_dims[2:]
    metadata = signature.metadata
    try:
        if height is not None and width is not None:
            return FixedSize(_side(height), _side(width))
        if "filmcolor.input_size" in metadata:
            rows, columns = metadata["filmcolor.input_size"].split("x")
            return FixedSize(_side(rows), _side(columns))
        return ShortSide(
            _side(metadata.get("filmcolor.short_side", _DEFAULT_SHORT_SIDE)),
            _side(metadata.get("filmcolor.multiple", _DEFAULT_MULTIPLE)),
        )
    except ValueError as error:
        raise NetworkError(f"the network's metadata gives no usable input size: {error}") from None


def _side(value: str | int) -> int:
    number = int(value)
    if not 1 <= number <= _LARGEST_SIDE:
        raise ValueError(f"{number} is not a side of 1 to {_LARGEST_SIDE} pixels")
    return number
