"""How a film's code values mean light: YUV matrix, range, bit depth, and lightness L.

Symbols follow ITU-R BT.601/709/2020: Y' is luma, Kr and Kb its weights of red and blue, Cb and Cr
the colour differences in -0.5..0.5. L, a and b are CIE 1976 L*a*b* for the D65 white point, with
the primaries and the transfer curve of sRGB (IEC 61966-2-1), as the colour networks were trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Plane = NDArray[Any]
"""One plane of a picture, (height, width): uint8 at 8 bits, uint16 above."""

D65 = (0.95047, 1.0, 1.08883)
"""White point in XYZ, CIE 1931 2 degree observer."""

_XYZ_FROM_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
_RGB_FROM_XYZ: list[list[float]] = np.linalg.inv(_XYZ_FROM_RGB).tolist()


@dataclass(frozen=True)
class Matrix:
    """A YUV matrix: its name, FFmpeg's number for it (ITU-T H.273 table 4), and Kr and Kb."""

    name: str
    code: int
    kr: float
    kb: float


MATRICES = {
    matrix.code: matrix
    for matrix in (
        Matrix("bt709", 1, 0.2126, 0.0722),
        Matrix("fcc", 4, 0.30, 0.11),
        Matrix("bt470bg", 5, 0.299, 0.114),
        Matrix("smpte170m", 6, 0.299, 0.114),
        Matrix("smpte240m", 7, 0.212, 0.087),
        Matrix("bt2020nc", 9, 0.2627, 0.0593),
    )
}
BT709 = MATRICES[1]
BT601 = MATRICES[6]

UNSPECIFIED = 2
"""H.273's number for "not said", for matrix, primaries and transfer."""


def default_matrix(width: int, height: int) -> Matrix:
    """Return the matrix that players assume for an untagged film of this size (in pixels)."""
    return BT709 if height > 576 or width > 1024 else BT601


@dataclass(frozen=True)
class YUVEncoding:
    """What the numbers in a film's planes mean.

    `depth` is in bits (8 to 16). With `full_range`, Y' 0..1 is 0..2^depth-1, else
    16..235 times 2^(depth-8) (BT.601 section 2.5.3, BT.709 section 3.4).
    `primaries` and `transfer` are H.273 numbers, carried along as tags.
    """

    matrix: Matrix
    full_range: bool
    depth: int
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED

    @property
    def black(self) -> int:
        """The code value of Y' = 0."""
        return 0 if self.full_range else 16 << (self.depth - 8)

    @property
    def luma_span(self) -> int:
        """The number of codes between Y' = 0 and Y' = 1."""
        return (1 << self.depth) - 1 if self.full_range else 219 << (self.depth - 8)

    @property
    def chroma_zero(self) -> int:
        """The code value of Cb = Cr = 0."""
        return 1 << (self.depth - 1)

    @property
    def chroma_span(self) -> int:
        """The number of codes between Cb = -0.5 and Cb = 0.5."""
        return (1 << self.depth) - 1 if self.full_range else 224 << (self.depth - 8)

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """The integer type that holds one sample."""
        return np.uint8 if self.depth == 8 else np.uint16

    def with_depth(self, depth: int) -> YUVEncoding:
        """Return the same meaning at another bit depth."""
        return YUVEncoding(self.matrix, self.full_range, depth, self.primaries, self.transfer)

    def luma_values(self) -> NDArray[np.float64]:
        """Return Y' in 0..1 for each of the 2^depth code values (clipped)."""
        codes = np.arange(1 << self.depth, dtype=np.float64)
        return np.clip((codes - self.black) / self.luma_span, 0.0, 1.0)


def linear_from_srgb(value: NDArray[Any]) -> NDArray[Any]:
    """Undo the sRGB transfer curve (IEC 61966-2-1); values in 0..1."""
    high = ((np.maximum(value, 0.0) + 0.055) / 1.055) ** 2.4
    return np.where(value > 0.04045, high, value / 12.92)


def srgb_from_linear(value: NDArray[Any]) -> NDArray[Any]:
    """Apply the sRGB transfer curve (IEC 61966-2-1), continued in a straight line below 0."""
    high = 1.055 * np.maximum(value, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(value > 0.0031308, high, value * 12.92)


def lightness_from_linear(value: NDArray[Any]) -> NDArray[Any]:
    """Return L in 0..100 of linear relative luminance in 0..1 (CIE 15:2004, section 8.2.1)."""
    cube_root = np.cbrt(value)
    return np.where(value > 0.008856, 116.0 * cube_root - 16.0, 903.3 * value)


def rgb_from_lab(
    L: NDArray[Any], a: NDArray[Any], b: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return unclipped gamma-coded R', G', B' of Lab colours (CIE 15:2004 8.2.1, sRGB)."""
    fy = (L + 16.0) / 116.0
    fx = fy + a / 500.0
    fz = fy - b / 200.0
    x, y, z = (
        np.where(f > 0.2068966, f**3, (f - 16.0 / 116.0) / 7.787) * white
        for f, white in zip((fx, fy, fz), D65, strict=True)
    )
    red, green, blue = (srgb_from_linear(m[0] * x + m[1] * y + m[2] * z) for m in _RGB_FROM_XYZ)
    return red, green, blue


@cache
def lightness_table(encoding: YUVEncoding) -> Floats:
    """Return L of a neutral grey in 0..100 for each luma code; float32, shape (2^depth,)."""
    linear = linear_from_srgb(encoding.luma_values())
    table = lightness_from_linear(linear).astype(np.float32)
    table.flags.writeable = False
    return table
