"""Colour photographs that lend their colours to a keyframe.

Where a place of the keyframe surely shows what a place of the photograph shows, by the network's
own features of both, it takes that one's colour. All else takes the photograph's palette: per
third of the luma, the straight map of a and b that makes mean and covariance of the network's
colours those of the photograph with the least change: Pitie and Kokaram, "The linear
Monge-Kantorovitch linear colour mapping for example-based colour transfer" (CVMP 2007):

    T = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2     for covariances A (keyframe) and B (photograph)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats
from filmcolor.color.lab import RGB8, lab_from_rgb
from filmcolor.errors import InputError, UsageError
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.pictures.photos import decode_photo
from filmcolor.script.grids import resized, upsampled
from filmcolor.script.places import FeatureScale
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of

MOST_CHROMA = 110.0
"""Of a and of b, either sign: about what sRGB holds."""

_LARGEST_SIDE = 1024
_THIRDS = (1 / 6, 1 / 2, 5 / 6)
"""Middles of the thirds, as shares of the pixels that are darker."""
_LEAST_VARIANCE = 4.0
"""Added to covariances: a flat picture has none, and noise must not be taken for a palette."""
_MOST_STRETCH = 1.5
_PALETTE_UNMATCHED = 0.5
"""How far the palette is taken over from a photograph in which nothing is found again: taken over
wholly, it made other shots of the same film worse."""
_GREY, _COLORED = 2.0, 6.0
"""Mean chroma up to which a photograph lends nothing, and from which on all."""

_FOUND = (0.1, 0.5)
"""Mean confidence of matches up to which nothing is found again, and from which on all is: between
unlike pictures it was 0.1 at most, within a shot half as a rule."""

_BEST = 20
_TEMPERATURE = 0.03
_SURE, _SURE_WIDTH = 0.5, 0.05
"""Likeness that is believed half, and how fast belief grows around it."""
_BACK = 0.8
"""How unlike the place where it began may be what a match leads back to."""


@dataclass(frozen=True)
class Reference:
    """A colour photograph, as it lends its colours; L and ab by `lab_of_reference`.

    Attributes:
        L: its lightness, 0..100, float32 (h, w).
        ab: its colours, float32 (h, w, 2).
        features: what the network makes of it without colours, each float32 (h_i, w_i, c_i); may
            be empty, then it lends its palette alone.
    """

    L: Floats
    ab: Floats
    features: Sequence[Floats] = ()


def lab_of_reference(rgb: RGB8) -> tuple[Floats, Floats]:
    """Return L (h, w) and ab (h, w, 2) of a photograph; float32; large ones are shrunk.

    `rgb`: uint8 (H, W, 3), of any size.

    Raises:
        UsageError: it is no picture of that kind.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or rgb.size == 0:
        raise UsageError(
            f"A reference must be R'G'B' of 8 bits, (height, width, 3), not {rgb.dtype} "
            f"{rgb.shape}.",
            what="reference",
        )
    scale = min(1.0, _LARGEST_SIDE / max(rgb.shape[:2]))
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in rgb.shape[:2])
        rgb = np.asarray(cv2.resize(rgb, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    lab = lab_from_rgb(rgb)
    L = np.clip(lab[..., 0], 0, 100)
    return np.ascontiguousarray(L), np.ascontiguousarray(lab[..., 1:])


def read_reference(path: Path) -> RGB8:
    """Return a photograph from a file; uint8, shape (height, width, 3).

    Raises `InputError` when it is not there, or is no picture.
    """
    refuse_special(path)
    try:
        content = watched_reading(path, path.read_bytes)
    except OSError as error:
        raise InputError(
            f"{path}: this reference cannot be read ({reason_of(error)}); put it back, or name "
            "another one with `references`.",
            file=path,
        ) from error
    rgb = watched_reading(path, lambda: decode_photo(content))
    if rgb is None:
        raise InputError(
            f"{path}: this reference is not a picture that can be read; name another one with "
            "`references`.",
            file=path,
        )
    return rgb


def has_colors(rgb: RGB8) -> bool:
    """Return whether a photograph (uint8, shape (height, width, 3)) has colours to lend."""
    return _mean_chroma(lab_of_reference(rgb)[1]) > _GREY


def lend_colors(
    L: Floats,
    ab: Floats,
    references: Sequence[Reference],
    *,
    features: Sequence[Floats] = (),
    strength: float = 1.0,
) -> Floats:
    """Return a keyframe's colours with those of photographs; float32, the shape of `ab`.

    Of several photographs each place takes the best match of all; palettes are mixed, by how much
    each photograph looks like the keyframe. A photograph without colour lends nothing.

    Args:
        L: lightness of the keyframe, 0..100, float32 (H, W), of any size.
        ab: the network's colours, float32 (h, w, 2).
        references: photographs; none changes nothing.
        features: what the network makes of the keyframe, of the same kinds as the references'.
        strength: 0 (the network's colours) to 1.

    Raises:
        UsageError: the strength is not within 0..1.
    """
    if not 0 <= strength <= 1:
        raise UsageError(f"The strength of references must be 0 to 1, not {strength}.")
    shares = np.array([_colored(reference) for reference in references])
    if strength == 0 or not shares.any():
        return ab
    lent = [one for one, share in zip(references, shares, strict=True) if share]
    shares = shares[shares > 0]
    small = resized(L, ab.shape[:2])
    if features and all(reference.features for reference in lent):
        match = _Match(small, features, lent)
        found = float(np.interp(match.confidence.mean(), _FOUND, (0, 1)))
        weights = shares * match.likeness_of_references
        colors = _with_palette(small, ab, lent, weights, found)
        colors += match.confidence[..., None] * (match.ab - colors)
    else:
        colors = _with_palette(small, ab, lent, shares, 0.0)
    colors = ab + np.float32(strength * shares.max()) * (colors - ab)
    return np.asarray(np.clip(colors, -MOST_CHROMA, MOST_CHROMA), np.float32)


def _colored(reference: Reference) -> float:
    """Return how much colour a photograph has to lend, 0..1."""
    return float(np.clip((_mean_chroma(reference.ab) - _GREY) / (_COLORED - _GREY), 0, 1))


def _mean_chroma(ab: Floats) -> float:
    return float(np.hypot(ab[..., 0], ab[..., 1]).mean())


class _Match:
    """What places of a keyframe find in photographs.

    Attributes:
        ab: colours of the matches, float32 (h, w, 2), at the keyframe's size.
        confidence: 0..1, float32 (h, w).
        likeness_of_references: a weight for each photograph, 1 together.
    """

    def __init__(
        self, L: Floats, features: Sequence[Floats], references: Sequence[Reference]
    ) -> None:
        # One scale for all: what sets a whole picture apart from another one must count.
        scale = FeatureScale.of([features, *(reference.features for reference in references)])
        grid = scale.vectors(features)
        size, channels = grid.shape[:2], grid.shape[2]
        own = grid.reshape(-1, channels)
        colors, likeness, belief = [], [], []
        for reference in references:
            theirs = scale.vectors(reference.features)
            alike = own @ theirs.reshape(-1, channels).T
            likeness.append(alike)
            belief.append(_leads_back(own, alike))
            colors.append(resized(reference.ab, theirs.shape[:2]).reshape(-1, 2))
        alike = np.concatenate(likeness, axis=1)
        best = np.argpartition(-alike, min(_BEST, alike.shape[1]) - 1, axis=1)[:, :_BEST]
        value = np.take_along_axis(alike, best, axis=1)
        top = value.max(axis=1)
        weight = np.exp((value - top[:, None]) / _TEMPERATURE)
        weight /= weight.sum(axis=1, keepdims=True)
        ab = (weight[..., None] * np.concatenate(colors)[best]).sum(axis=1)
        mutual = np.concatenate(belief, axis=1)
        sure = 1 / (1 + np.exp((_SURE - top) / _SURE_WIDTH))
        sure *= (weight * np.take_along_axis(mutual, best, axis=1)).sum(axis=1)
        cells = np.concatenate([ab, sure[:, None]], axis=1).astype(np.float32).reshape(*size, 3)
        cells[..., 2] = cv2.GaussianBlur(cells[..., 2], (0, 0), 1)
        large = upsampled(cells, resized(L, size), L)
        self.ab: Floats = large[..., :2]
        self.confidence: Floats = np.clip(large[..., 2], 0, 1)
        means = np.array([one.max(axis=1).mean() for one in likeness])
        weights = np.exp((means - means.max()) / _TEMPERATURE)
        self.likeness_of_references = weights / weights.sum()


def _leads_back(own: Floats, alike: Floats) -> Floats:
    """Return for each pair of places whether the best way back ends at a like place; (n, m), 0..1.

    `own`: vectors of the keyframe's places, (n, c); `alike`: likeness of pairs, (n, m).
    """
    returned = own @ own[alike.argmax(axis=0)].T
    return np.asarray(np.exp(-(((1 - returned) / _BACK) ** 2)), np.float32)


def _with_palette(
    L: Floats,
    ab: Floats,
    references: Sequence[Reference],
    weights: NDArray[np.float64],
    found: float,
) -> Floats:
    """Return ab with the photographs' palette, third by third of the luma.

    `found`: how much of the keyframe was found again in the photographs, 0..1.
    """
    own = _shares_of_thirds(L)
    theirs = [_shares_of_thirds(reference.L) for reference in references]
    result = np.zeros_like(ab)
    for third, share in enumerate(own):
        mean, covariance = _moments([ab], [share], np.ones(1))
        wanted, target = _moments(
            [reference.ab for reference in references], [each[third] for each in theirs], weights
        )
        straight = _monge_kantorovich(covariance, target)
        moved = (ab - mean) @ straight.T + wanted
        result += share[..., None] * moved.astype(np.float32)
    taken_over = _PALETTE_UNMATCHED + (1 - _PALETTE_UNMATCHED) * found
    return np.asarray(ab + np.float32(taken_over) * (result - ab), np.float32)


def _shares_of_thirds(L: Floats) -> list[Floats]:
    """Return how much each pixel belongs to the dark, middle and light third; 1 together."""
    flat = L.ravel()
    ordered = np.sort(flat)
    rank = np.searchsorted(ordered, flat) + np.searchsorted(ordered, flat, side="right")
    place = (rank / (2 * flat.size)).reshape(L.shape)
    hats = np.eye(3)
    return [np.interp(place, _THIRDS, hat).astype(np.float32) for hat in hats]


def _moments(
    colors: Sequence[Floats], shares: Sequence[Floats], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and covariance of a and b over pictures, each of which counts by its weight."""
    values = np.concatenate([ab.reshape(-1, 2) for ab in colors]).astype(np.float64)
    counts = np.concatenate(
        [
            weight * share.ravel().astype(np.float64) / max(float(share.sum()), 1e-9)
            for share, weight in zip(shares, weights, strict=True)
        ]
    )
    counts /= max(float(counts.sum()), 1e-12)
    mean = counts @ values
    centred = values - mean
    return mean, (centred * counts[:, None]).T @ centred


def _monge_kantorovich(
    source: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the straight map of one covariance onto another, (2, 2), symmetric."""
    a, b = (each + _LEAST_VARIANCE * np.eye(2) for each in (source, target))
    root = _power(a, 0.5)
    inverse = _power(a, -0.5)
    straight = inverse @ _power(root @ b @ root, 0.5) @ inverse
    values, vectors = np.linalg.eigh(straight)
    return np.asarray((vectors * np.minimum(values, _MOST_STRETCH)) @ vectors.T)


def _power(matrix: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 1e-9) ** power) @ vectors.T)
