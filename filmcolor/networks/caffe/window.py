"""The sliding window of a convolution or pooling layer: size, stride, padding, dilation."""

from __future__ import annotations

from dataclasses import dataclass

from filmcolor.errors import NetworkError
from filmcolor.networks.caffe.description import CaffeLayer
from filmcolor.networks.caffe.prototxt import Message

_LARGEST = 1024


@dataclass(frozen=True)
class Window:
    """Each pair is (height, width)."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    pad: tuple[int, int]
    dilation: tuple[int, int]

    @property
    def pads(self) -> tuple[int, int, int, int]:
        """Padding as ONNX orders it: top, left, bottom, right."""
        return (*self.pad, *self.pad)


def read_window(layer: CaffeLayer, parameters: Message) -> Window:
    """Read the window from `kernel_size`, `stride`, `pad`, `dilation` or their _h and _w forms.

    Raises:
        NetworkError: the kernel's size is missing or a value is out of range.
    """
    return Window(
        kernel=_pair(layer, parameters, "kernel_size", "kernel", default=0, least=1),
        stride=_pair(layer, parameters, "stride", "stride", default=1, least=1),
        pad=_pair(layer, parameters, "pad", "pad", default=0, least=0),
        dilation=_pair(layer, parameters, "dilation", "dilation", default=1, least=1),
    )


def _pair(
    layer: CaffeLayer, parameters: Message, field: str, stem: str, *, default: int, least: int
) -> tuple[int, int]:
    both = parameters.integers(field) or [default]
    if len(both) > 2:
        raise NetworkError(f"layer '{layer.name}' ({layer.type}): only two-dimensional windows")
    height = parameters.integer(f"{stem}_h", both[0])
    width = parameters.integer(f"{stem}_w", both[-1])
    if min(height, width) < least or max(height, width) > _LARGEST:
        raise NetworkError(
            f"layer '{layer.name}' ({layer.type}): {field} must be {least} to {_LARGEST}, "
            f"found {height}x{width}"
        )
    return height, width
