"""Makes the lightness of a modern photograph look like that of an old film.

The traits are those of black-and-white stock and its age: a response to light of its own
(orthochromatic stock was blind to red), steep or flat gradation, fading, soft lenses, halation
(light that shines through the emulsion and comes back from the base as a glow), uneven flickering
light, grain, and scratches. What each picture gets is drawn from a numpy generator; only grain
draws from torch's, on the device where the pictures are.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from filmcolor.color.colorspace import BT601
from filmcolor.training.color_tensors import lightness, linear_from_srgb
from filmcolor.training.config import FilmLook

_LUMA = (BT601.kr, 1 - BT601.kr - BT601.kb, BT601.kb)
_BLUR_TAPS, _HALATION_TAPS = 9, 25
_BRIGHT = 0.75

Numbers = NDArray[np.float64]


def film_lightness(
    rgb: Tensor, look: FilmLook, choices: np.random.Generator, grain: torch.Generator
) -> Tensor:
    """Return L, float32 (n, 1, h, w) in 0..100, of pictures shot on old film.

    Without any trait it is the lightness of the luma, which is what is left of a picture in a
    black-and-white film, and not that of the colours: a saturated blue has much less of it.

    Args:
        rgb: sRGB in 0..1, float32 (n, h, w, 3).
        look: how often each trait occurs.
        choices: draws which picture gets what.
        grain: draws the grain; must live on the device of `rgb`.
    """
    count = len(rgb)

    def amounts(share: float, low: float, high: float, without: float) -> Numbers:
        chosen = choices.random(count) < share
        return np.where(chosen, choices.uniform(low, high, count), without)

    light = linear_from_srgb(luma(rgb))
    orthochromatic = choices.random(count) < look.orthochromatic
    if orthochromatic.any():
        response = _per_picture(_orthochromatic_response(choices, count), rgb)
        chosen = torch.from_numpy(orthochromatic).to(rgb.device)[:, None, None]
        light = torch.where(chosen, (linear_from_srgb(rgb) * response).sum(-1), light)
    L = (lightness(light)[:, None] / 100).clamp(1e-4, 1)
    L = L ** _per_picture(amounts(look.gamma, 0.7, 1.45, 1.0), L)

    glow = amounts(look.halation, 0.3, 1.2, 0.0)
    if glow.any():
        spread = choices.uniform(2.0, 5.0, count)
        bright = _blurred((L - _BRIGHT).clamp_min(0), spread, _HALATION_TAPS)
        L = L + _per_picture(glow, L) * bright

    sigma = amounts(look.blur, 0.4, 1.4, 0.0)
    if sigma.any():
        L = _blurred(L, sigma, _BLUR_TAPS)

    faded = choices.random(count) < look.fading
    black = np.where(faded, choices.uniform(0.0, 0.15, count), 0.0)
    white = np.where(faded, choices.uniform(0.82, 1.0, count), 1.0)
    L = _per_picture(black, L) + _per_picture(white - black, L) * L

    flicker = amounts(look.flicker, 0.05, 0.25, 0.0)
    if flicker.any():
        L = L * _uneven_light(L, flicker, choices)

    strength = amounts(look.grain, 0.005, 0.045, 0.0)
    if strength.any():
        noise = torch.randn(L.shape, generator=grain, device=L.device)
        L = L + _per_picture(strength, L) * noise

    for index in np.flatnonzero(choices.random(count) < look.scratches):
        _scratch(L[index, 0], choices)
    return 100 * L.clamp(0, 1)


def luma(rgb: Tensor) -> Tensor:
    """Return the luma (...) of sRGB (..., 3), after BT.601."""
    return (rgb * rgb.new_tensor(_LUMA)).sum(-1)


def _orthochromatic_response(choices: np.random.Generator, count: int) -> Numbers:
    """How much each picture's stock sees of linear red, green and blue, (n, 3)."""
    red, green = choices.uniform(0.0, 0.15, count), choices.uniform(0.35, 0.6, count)
    return np.stack([red, green, 1 - red - green], axis=-1)


def _per_picture(values: Numbers, like: Tensor) -> Tensor:
    """Put values (n) or (n, channels) so that they multiply pictures (n, ., ., channels or .)."""
    tensor = torch.from_numpy(values.astype(np.float32)).to(like.device)
    return tensor.reshape(len(values), 1, 1, -1)


def _uneven_light(L: Tensor, amount: Numbers, choices: np.random.Generator) -> Tensor:
    """A factor around 1 for each pixel: brighter or darker in all, and sloping to one side."""
    count, _, height, width = L.shape
    whole = 1 + amount * choices.uniform(-1, 1, count)
    angle = choices.uniform(0, 2 * np.pi, count)
    down = torch.linspace(-1, 1, height, device=L.device)[None, None, :, None]
    across = torch.linspace(-1, 1, width, device=L.device)[None, None, None, :]
    slope_down = _per_picture(amount * np.sin(angle), L) * down
    return _per_picture(whole, L) + slope_down + _per_picture(amount * np.cos(angle), L) * across


def _blurred(planes: Tensor, sigma: Numbers, taps: int) -> Tensor:
    """Blur each plane (n, 1, h, w) by a Gaussian of its own sigma in pixels; 0 leaves it."""
    offsets = np.arange(taps) - taps // 2
    kernels = np.exp(-0.5 * (offsets / np.maximum(sigma, 1e-3)[:, None]) ** 2)
    kernels /= kernels.sum(axis=1, keepdims=True)
    weight = torch.from_numpy(kernels.astype(np.float32)).to(planes.device)[:, None]
    count, half = len(planes), taps // 2
    padded = functional.pad(planes.transpose(0, 1), (half, half, half, half), mode="replicate")
    rows = functional.conv2d(padded, weight[:, :, None, :], groups=count)
    return functional.conv2d(rows, weight[:, :, :, None], groups=count).transpose(0, 1)


def _scratch(plane: Tensor, choices: np.random.Generator) -> None:
    """Draw a few near-vertical lines, brighter or darker than the plane (h, w), into it."""
    height, width = plane.shape
    for _ in range(choices.integers(1, 4)):
        top, bottom = sorted(choices.integers(0, height + 1, 2))
        rows = np.arange(top, bottom)
        drift = choices.normal(0, 0.02) * (rows - top)
        columns = np.clip(choices.uniform(0, width) + drift, 0, width - 1).astype(np.int64)
        depth = float(choices.uniform(0.1, 0.5) * choices.choice([-1, 1]))
        plane[torch.from_numpy(rows), torch.from_numpy(columns)] += depth
