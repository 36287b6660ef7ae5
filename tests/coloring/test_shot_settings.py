"""What a plan says of single shots: grey, other methods, other colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from filmcolor.coloring.film import ColoredFrame
from tests.coloring.films import (
    Told,
    by_lightness,
    colored,
    film_of,
    frame_pts,
    mean_ab,
    plan_of,
    shot_of,
    texture,
)

FIRST, OTHER = slice(0, 9), slice(9, 18)
METHODS = ("propagate", "smooth", "frame")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots of 9 frames with the same pictures, which move."""
    wide = texture((48, 100), 5)
    pictures = [wide[:, 2 * n : 2 * n + 64] for n in range(9)] * 2
    return film_of(tmp_path_factory.mktemp("clips") / "film.mkv", pictures)


def two_shots(film: Path, run: dict[str, Any] | None = None, **other: Any) -> list[ColoredFrame]:
    """Coloured with the settings `run`, the second shot with `other`."""
    pts = frame_pts(film)
    shots = [shot_of(pts, 0, 9, [0, 6]), shot_of(pts, 9, 18, [9, 15], **other)]
    return colored(film, by_lightness(), plan_of(film, shots), **(run or {}))


@pytest.fixture(scope="module")
def plain(film: Path) -> dict[str, list[ColoredFrame]]:
    """The film as each method colours it."""
    return {method: two_shots(film, {"method": method}) for method in METHODS}


def assert_same_planes(one: list[ColoredFrame], other: list[ColoredFrame]) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.u, b.u)
        np.testing.assert_array_equal(a.v, b.v)


def test_the_same_shot_twice_is_colored_the_same(film: Path) -> None:
    frames = two_shots(film)
    assert_same_planes(frames[FIRST], frames[OTHER])
    assert max(np.ptp(item.u) for item in frames) > 5


def test_a_skipped_shot_is_exactly_neutral(film: Path) -> None:
    frames = two_shots(film, skip=True)
    assert_same_planes(frames[FIRST], two_shots(film)[FIRST])
    for item in frames[OTHER]:
        assert item.u.shape == item.v.shape == frames[0].u.shape
        assert (item.u == 128).all()
        assert (item.v == 128).all()


def test_no_pass_of_the_network_is_spent_on_a_skipped_shot(film: Path) -> None:
    pts = frame_pts(film)
    network = Told([(10.0, 10.0)])  # it fails when it is asked twice
    plan = plan_of(film, [shot_of(pts, 0, 9, [4]), shot_of(pts, 9, 18, [12], skip=True)])
    colored(film, network, plan)
    assert network.passes == 1


def test_a_shot_may_be_skipped_with_any_method(film: Path) -> None:
    for method in METHODS:
        frames = two_shots(film, {"method": method}, skip=True)
        assert all((item.u == 128).all() and (item.v == 128).all() for item in frames[OTHER])
        assert any((item.u != 128).any() for item in frames[FIRST])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "changed",
    [
        {"saturation": 0.0},
        {"saturation": 1.5},
        {"tint": 12.0},
        {"warmth": -12.0},
        {"strength": 0.4},
        {"saturation": 0.5, "tint": -5.0, "warmth": 7.0},
        {"method": "frame"},
        {"method": "smooth"},
        {"method": "propagate"},
    ],
    ids=str,
)
def test_a_shot_is_colored_as_a_run_with_its_settings(
    film: Path, plain: dict[str, list[ColoredFrame]], method: str, changed: dict[str, Any]
) -> None:
    run = {"method": method}
    frames = two_shots(film, run, **changed)
    assert_same_planes(frames[FIRST], plain[method][FIRST])
    assert_same_planes(frames[OTHER], two_shots(film, run | changed)[OTHER])


def test_no_saturation_gives_exactly_neutral_planes(film: Path) -> None:
    for item in two_shots(film, saturation=0.0)[OTHER]:
        assert (item.u == 128).all()
        assert (item.v == 128).all()


def test_tint_and_warmth_shift_the_colors_of_their_shot(film: Path) -> None:
    plain = mean_ab(two_shots(film), film)
    found = mean_ab(two_shots(film, tint=10.0, warmth=-8.0), film)
    np.testing.assert_allclose(found[FIRST], plain[FIRST])
    np.testing.assert_allclose(found[OTHER] - plain[OTHER], [(10.0, -8.0)] * 9, atol=2)


def test_a_shot_may_have_a_network_of_its_own(film: Path) -> None:
    """`lite` is the network that comes with the package."""
    lite = two_shots(film, network="lite")
    plain = two_shots(film)
    assert_same_planes(lite[FIRST], plain[FIRST])
    assert any((a.u != b.u).any() for a, b in zip(lite[OTHER], plain[OTHER], strict=True))


def test_methods_differ(plain: dict[str, list[ColoredFrame]]) -> None:
    """The shots above could not be told apart otherwise."""
    results = list(plain.values())
    for one, other in ((0, 1), (0, 2), (1, 2)):
        pairs = zip(results[one], results[other], strict=True)
        assert any((a.u != b.u).any() or (a.v != b.v).any() for a, b in pairs)
