"""A few strokes or points of colour on a keyframe, spread over what belongs together.

After Levin, Lischinski and Weiss, "Colorization using Optimization" (SIGGRAPH 2004), section 2:
neighbouring pixels of like luma get like colours, and hints are held. Here it is not the colour
that is spread but what the hint changes of the network's colours, with a pull to no change:

    minimise  sum c_i (r_i - h_i)^2  +  sum w_ij (r_i - r_j)^2  +  e sum r_i^2

over neighbours i, j, with c the weight of the hints, h hint minus network, and w_ij near 1 where
luma and the network's colours are alike, near 0 where either has an edge. The same with h = 1 says
how far the hints rule each place, with h the hint's own colour what a thing looks like in one
colour: it gets most of that, and keeps a little of the network's own shading.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats
from filmcolor.color.lab import lab_from_rgb
from filmcolor.errors import UsageError
from filmcolor.script.grids import LEAK, affinity, resized, upsampled
from filmcolor.script.places import FeatureScale

Color = str | tuple[int, int, int]
"""An sRGB colour: "#2e7d32", "green", or (46, 125, 50)."""

CELLS = 8_000
"""Of the grid that is solved on: finer ones took longer and gained nothing."""
_PULL = 0.7
"""To no change, summed over all cells."""
_HOLD = 30.0
_EDGE_OF_AB = 2.0
"""Difference of the network's colours between neighbours that counts as an edge, beside L."""
_CONTRAST = 3.0
"""Influence x becomes x^c / (x^c + (1 - x)^c): a thing is coloured wholly, the rest hardly."""
_ONE_COLOR = 0.5
"""Share of the hint's own colour, the rest being the network's own changes of colour."""

_DISC = 7 / np.sqrt(854 * 480)
"""Diameter of a point, beside the square root of the picture's area."""

_LIKE, _NEAR, _SAME_L, _DOUBT = 0.18, 0.35, 14.0, 0.05
"""Of places that look alike to the network: scales of likeness, squared distance (picture heights)
and L, and how much of it all it takes to be believed."""


@dataclass(frozen=True)
class Hints:
    """Colours on some pixels of a keyframe.

    Attributes:
        ab: CIE a and b, float32 (h, w, 2); anything where the weight is 0.
        weight: 0 (no hint) to 1 (a hint that is held), float32 (h, w), such as a PNG's alpha.
    """

    ab: Floats
    weight: Floats


@dataclass(frozen=True)
class HintPoint:
    """A point of colour; x and y in pixels of the keyframe, from its left upper corner."""

    x: float
    y: float
    color: Color


@dataclass(frozen=True)
class HintedColors:
    """Colours of a keyframe that follow its hints.

    Attributes:
        ab: CIE a and b, float32 (h, w, 2); on pixels of weight 1 exactly the hint's.
        influence: how far the hints rule each place: 1 on strokes, 0 where they change nothing;
            float32 (h, w).
    """

    ab: Floats
    influence: Floats


def ab_of(color: Color) -> tuple[float, float]:
    """Return CIE a and b of an sRGB colour; its lightness is not used: luma is the film's.

    Raises:
        UsageError: it is no colour.

    Example:
        >>> [round(value) for value in ab_of("#808080")]
        [0, 0]
        >>> [round(value) for value in ab_of((255, 0, 0))]
        [80, 67]
    """
    rgb = rgb_of(color)
    _, a, b = lab_from_rgb(np.array([[rgb]], np.uint8))[0, 0]
    return float(a), float(b)


def rgb_of(color: Color) -> tuple[int, ...]:
    """Return R, G and B, 0 to 255, of a colour; raises `UsageError` when it is none."""
    if isinstance(color, str):
        from PIL import ImageColor  # slow to import, and not needed by every film

        try:
            return ImageColor.getrgb(color)[:3]
        except ValueError:
            pass
    elif len(color) == 3 and all(0 <= value <= 255 for value in color):
        return tuple(int(value) for value in color)
    raise UsageError(
        f'{color!r} is no colour; say it as "#2e7d32", "green" or (46, 125, 50).',
        what="color",
        value=color,
    )


def hints_from_points(points: Iterable[HintPoint], L: Floats) -> Hints:
    """Return hints of points: small discs, 7 pixels wide in a picture of 854x480.

    A disc ends where the luma does, so that a point near an edge colours its own side.

    Args:
        points: in any order; where they overlap, colours are averaged.
        L: lightness of the keyframe, 0..100, float32 (h, w).

    Raises:
        UsageError: a point lies outside of the picture, or its colour is none.
    """
    height, width = L.shape
    radius = max(0.5, _DISC * np.sqrt(height * width) / 2)
    total = np.zeros((height, width, 2), np.float32)
    weights, largest = (np.zeros((height, width), np.float32) for _ in range(2))
    for point in sorted(points, key=lambda point: (point.y, point.x, str(point.color))):
        if not (0 <= point.x < width and 0 <= point.y < height):
            raise UsageError(
                f"A hint at x={point.x:g}, y={point.y:g} lies outside of a picture of "
                f"{width}x{height} pixels.",
                what="hints",
                value=(point.x, point.y),
            )
        x, y = int(point.x), int(point.y)
        reach = int(radius)
        part = np.s_[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        rows, columns = np.ogrid[:height, :width]
        inside = np.hypot(rows[part[0]] - y, columns[:, part[1]] - x) <= radius
        weight = inside * np.minimum(affinity(L[part] - L[y, x]), 1)
        total[part] += weight[..., None] * np.asarray(ab_of(point.color), np.float32)
        weights[part] += weight
        largest[part] = np.maximum(largest[part], weight)
    return Hints(np.asarray(total / np.maximum(weights, 1e-6)[..., None], np.float32), largest)


def apply_hints(
    L: Floats, ab: Floats, hints: Hints, features: Sequence[Floats] = (), *, cells: int = CELLS
) -> HintedColors:
    """Return the colours of a keyframe that follow its hints.

    Args:
        L: lightness of the keyframe, 0..100, float32 (h, w); half the film's size is enough.
        ab: the network's colours, float32 (h', w', 2), of any size.
        hints: of the size of L.
        features: the network's activations, each float32 (h_i, w_i, c_i), if there are some:
            hints then colour like things elsewhere too.
        cells: of the grid that is solved on, about: fewer take less time.

    Raises:
        UsageError: the hints have not the size of L.

    Example:
        >>> import numpy as np
        >>> L = np.full((48, 64), 50, np.float32)
        >>> hints = hints_from_points([HintPoint(20, 30, "#b03030")], L)
        >>> hinted = apply_hints(L, np.zeros((12, 16, 2), np.float32), hints)
        >>> bool(hinted.ab[30, 20, 0] > 40), bool(hinted.influence[30, 20] == 1)
        (True, True)
    """
    if hints.weight.shape != L.shape or hints.ab.shape != (*L.shape, 2):
        raise UsageError(f"Hints of {hints.weight.shape} do not fit a picture of {L.shape}.")
    network = resized(ab, L.shape)
    held = np.clip(hints.weight, 0, 1)
    if not held.any():
        return HintedColors(network, np.zeros(L.shape, np.float32))
    grid = _Cells(L, network, hints.ab, held, cells)
    prior = _of_like_places(grid, features) if features else np.zeros((*grid.L.shape, 3))
    change = upsampled(_solved(grid, prior), grid.L, L)
    colors = network + change[..., :2]
    on_strokes = colors + held[..., None] * (hints.ab - colors)
    colors = np.where(held[..., None] > 0, on_strokes, colors)  # there may be NaN elsewhere
    influence = np.maximum(np.clip(change[..., 2], 0, 1), held)
    return HintedColors(colors.astype(np.float32), influence.astype(np.float32))


class _Cells:
    """A keyframe and its hints on the grid that is solved on."""

    def __init__(self, L: Floats, network: Floats, ab: Floats, weight: Floats, most: int) -> None:
        scale = min(1.0, np.sqrt(most / L.size))
        size = tuple(max(1, round(side * scale)) for side in L.shape)
        self.L = resized(L, size)
        self.network = resized(network, size)
        rows, columns = np.nonzero(weight)
        cell = (rows * size[0] // L.shape[0]) * size[1] + columns * size[1] // L.shape[1]
        given, count = weight[rows, columns], size[0] * size[1]

        def mean(values: NDArray[np.float32]) -> Floats:
            total = np.bincount(cell, given * values, minlength=count)
            return np.asarray(total / np.maximum(weights, 1e-9), np.float32).reshape(size)

        weights = np.bincount(cell, given, minlength=count)
        self.colors = np.dstack([mean(ab[rows, columns, k]) for k in range(2)])
        self.change = self.colors - np.dstack([mean(network[rows, columns, k]) for k in range(2)])
        held = np.zeros(count, np.float32)
        np.maximum.at(held, cell, given)  # a hint of one pixel counts as a wide one
        self.held = held.reshape(size)
        # A cell on an edge belongs to the side that the hint lies on.
        self.L = np.where(self.held > 0, mean(L[rows, columns]), self.L)


def _solved(cells: _Cells, prior: NDArray[np.floating]) -> Floats:
    """Return the change of a and b, and the influence; float32, shape (h, w, 3)."""
    from scipy.sparse import csc_array, diags_array
    from scipy.sparse.linalg import splu

    height, width = cells.L.shape
    count = height * width
    held = _HOLD * cells.held.ravel().astype(np.float64)
    number = np.arange(count).reshape(height, width)
    one, other, weight = [], [], []
    for first, second in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
    ):
        like = affinity(cells.L[first] - cells.L[second])
        colors = (cells.network[first] - cells.network[second]) / _EDGE_OF_AB
        one.append(number[first].ravel())
        other.append(number[second].ravel())
        weight.append((like * np.exp(-(colors**2).sum(-1)) + LEAK).ravel().astype(np.float64))
    i, j, w = np.concatenate(one), np.concatenate(other), np.concatenate(weight)
    sums = np.bincount(i, w, minlength=count) + np.bincount(j, w, minlength=count)
    matrix = diags_array(sums + held + _PULL / max(count, CELLS)) - csc_array(
        (np.concatenate([w, w]), (np.concatenate([i, j]), np.concatenate([j, i]))),
        shape=(count, count),
    )
    known = np.dstack([cells.change - prior[..., :2], cells.colors, np.ones_like(cells.L)])
    # Symmetric and diagonally dominant: no pivoting is needed, which keeps the factors sparse.
    factors = splu(
        matrix.tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    spread = factors.solve(held[:, None] * known.reshape(count, 5)).reshape(height, width, 5)
    influence = np.clip(spread[..., 4:], 0, 1)
    left, colors = (spread[..., part] / np.maximum(influence, 1e-9) for part in np.s_[0:2, 2:4])
    to_one_color = colors - cells.network - prior[..., :2]
    change = (1 - _ONE_COLOR) * left + _ONE_COLOR * to_one_color
    influence = _contrasted(influence)
    change = prior[..., :2] + influence * change
    ruled = np.maximum(influence, prior[..., 2:])
    return np.concatenate([change, ruled], axis=2).astype(np.float32)


def _of_like_places(cells: _Cells, features: Sequence[Floats]) -> Floats:
    """Return the change that hints make where the network sees the like, and how sure it is.

    A kernel regression of the hints' change over likeness, nearness and lightness; shape of the
    cells and 3: a, b, influence.
    """
    grid = FeatureScale.of([features]).vectors(features)
    size = grid.shape[:2]
    vectors = grid.reshape(size[0] * size[1], -1)
    rows, columns = np.nonzero(cells.held)
    place = (rows * size[0] // cells.L.shape[0]) * size[1] + columns * size[1] // cells.L.shape[1]
    count = size[0] * size[1]
    given = cells.held[rows, columns]
    weights = np.bincount(place, given, minlength=count)
    own = np.flatnonzero(weights)

    def mean(values: Floats) -> Floats:
        total = np.bincount(place, given * values[rows, columns], minlength=count)
        return np.asarray(total[own] / weights[own], np.float32)

    y, x = (axis.ravel() / size[0] for axis in np.mgrid[: size[0], : size[1]])
    L = resized(cells.L, size)
    alike = (vectors @ vectors[own].T - 1) / _LIKE
    alike -= ((y[:, None] - y[own]) ** 2 + (x[:, None] - x[own]) ** 2) / _NEAR
    alike -= (L.reshape(-1, 1) - mean(cells.L)) ** 2 / (2 * _SAME_L**2)
    kernel = np.exp(alike)
    total = np.maximum(kernel.sum(1), 1e-9)
    influence = _contrasted(total / (total + _DOUBT))
    changes = [influence * (kernel @ mean(cells.change[..., k])) / total for k in range(2)]
    prior = np.stack([*changes, influence], axis=-1).reshape(*size, 3).astype(np.float32)
    return upsampled(prior, L, cells.L)


def _contrasted(influence: NDArray[np.floating]) -> NDArray[np.floating]:
    high, low = influence**_CONTRAST, (1 - influence) ** _CONTRAST
    return np.asarray(high / (high + low))
