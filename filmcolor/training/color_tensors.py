"""Colour measures that can be trained through; all tensors float32, colours in the last axis."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from filmcolor.color.colorspace import D65

# sRGB (IEC 61966-2-1), D65.
_XYZ_FROM_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_KNEE = 6 / 29  # CIE 15:2004, section 8.2.1


def linear_from_srgb(rgb: Tensor) -> Tensor:
    """Undo the transfer curve of sRGB; values in 0..1."""
    return torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055).clamp_min(0.0) ** 2.4, rgb / 12.92)


def lightness(luminance: Tensor) -> Tensor:
    """Return L in 0..100 of linear luminance in 0..1 (CIE 15:2004, section 8.2.1)."""
    return 116 * _companded(luminance) - 16


def lab_from_linear(rgb: Tensor) -> Tensor:
    """Return Lab (..., 3) of linear RGB in 0..1 (..., 3)."""
    matrix = rgb.new_tensor(_XYZ_FROM_RGB) / rgb.new_tensor(D65)[:, None]
    x, y, z = _companded(rgb @ matrix.T).unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def rgb_from_lab(lab: Tensor) -> Tensor:
    """Return gamma-coded sRGB in 0..1 (..., 3), clipped to the gamut, of Lab (..., 3)."""
    y = (lab[..., 0] + 16) / 116
    f = torch.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], dim=-1)
    # Clamps keep the branch that is not taken from giving infinite gradients.
    xyz = torch.where(f > _KNEE, f.clamp_min(_KNEE) ** 3, 3 * _KNEE**2 * (f - 4 / 29))
    matrix = torch.linalg.inv(lab.new_tensor(_XYZ_FROM_RGB, dtype=torch.float64)).float()
    linear = ((xyz * xyz.new_tensor(D65)) @ matrix.T.to(xyz.device)).clamp(0, 1)
    curve = 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear > 0.0031308, curve, 12.92 * linear)


def ciede2000(ab: Tensor, truth: Tensor) -> Tensor:
    """Return the colour difference (...) of ab (..., 2) from the truth at the same L.

    G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 Color-Difference Formula" (2005), equations 2 to
    22 without the term of lightness. The hue's part of the weights is taken as constant when
    gradients are computed, and a floor of 0.001 keeps them finite.
    """
    (a1, b1), (a2, b2) = ab.unbind(-1), truth.unbind(-1)
    mean7 = ((_chroma(a1, b1) + _chroma(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * (mean7 / (mean7 + 25.0**7)).clamp_min(1e-12).sqrt()
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = _chroma(a1, b1), _chroma(a2, b2)
    mean = (c1 + c2) / 2
    chroma = c1 - c2
    hue_squared = ((a1 - a2) ** 2 + (b1 - b2) ** 2 - chroma**2).clamp_min(0)
    with torch.no_grad():
        bisector = torch.atan2(b1 / c1 + b2 / c2, a1 / c1 + a2 / c2)
        shape = (
            1
            - 0.17 * torch.cos(bisector - math.radians(30))
            + 0.24 * torch.cos(2 * bisector)
            + 0.32 * torch.cos(3 * bisector + math.radians(6))
            - 0.20 * torch.cos(4 * bisector - math.radians(63))
        )
        degrees = torch.rad2deg(bisector) % 360
        angle = torch.deg2rad(60 * torch.exp(-(((degrees - 275) / 25) ** 2)))
        rotation = -2 * torch.sin(angle) * (mean**7 / (mean**7 + 25.0**7)).sqrt()
        side = torch.sign(a2 * b1 - a1 * b2)
    of_chroma = chroma / (1 + 0.045 * mean)
    of_hue_squared = hue_squared / (1 + 0.015 * mean * shape) ** 2
    of_hue = side * (of_hue_squared + 1e-8).sqrt()
    squared = of_chroma**2 + of_hue_squared + rotation * of_chroma * of_hue
    return (squared.clamp_min(0) + 1e-6).sqrt()


def colorfulness(rgb: Tensor) -> Tensor:
    """Return the colourfulness (...) of pictures, RGB in 0..1 (..., pixels, 3), on a scale of 255.

    D. Hasler, S. Süsstrunk, "Measuring colourfulness in natural images" (2003), section 7.
    """
    red, green, blue = (255 * rgb).unbind(-1)
    opponents = torch.stack([red - green, (red + green) / 2 - blue])
    spread = (opponents.var(dim=-1, unbiased=False).sum(dim=0) + 1e-6).sqrt()
    return spread + 0.3 * ((opponents.mean(dim=-1) ** 2).sum(dim=0) + 1e-6).sqrt()


def psnr(rgb: Tensor, truth: Tensor) -> Tensor:
    """Return PSNR in dB (n) of RGB in 0..1 (n, pixels, 3), as if noise of 3 codes of 255 lay on it.

    The noise keeps pictures that are almost grey from ruling over all others.
    """
    error = ((rgb - truth) ** 2).mean(dim=(1, 2))
    return -10 * torch.log10(error + (3 / 255) ** 2)


def _companded(value: Tensor) -> Tensor:
    cubic = value.clamp_min(_KNEE**3) ** (1 / 3)
    return torch.where(value > _KNEE**3, cubic, value / (3 * _KNEE**2) + 4 / 29)


def _chroma(a: Tensor, b: Tensor) -> Tensor:
    return (a * a + b * b + 1e-6).sqrt()
