from __future__ import annotations

import numpy as np
import pytest

from filmcolor.networks.bins import ab_bins


def test_there_are_313_bins_on_a_grid_of_ten_in_order() -> None:
    bins = ab_bins()
    assert bins.shape == (313, 2)
    assert bins.dtype == np.float32
    assert not (bins % 10).any()
    assert [tuple(row) for row in bins] == sorted({tuple(row) for row in bins})


def test_the_bins_cover_the_colours_of_srgb() -> None:
    color = pytest.importorskip("skimage.color")
    values = np.linspace(0, 1, 12)
    rgb = np.stack(np.meshgrid(values, values, values), axis=-1).reshape(-1, 1, 3)
    ab = color.rgb2lab(rgb)[:, 0, 1:]
    nearest = np.abs(ab[:, None] - ab_bins()[None]).max(axis=-1).min(axis=1)
    assert np.quantile(nearest, 0.99) <= 5.5


def test_the_shared_array_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        ab_bins()[0, 0] = 1
