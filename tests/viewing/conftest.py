"""A film whose shots return, and a view of it that keeps nothing in the user's cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import filmcolor
from filmcolor import FilmView, Network, ViewedFrame
from tests.clips import DecodedFrame, make_clip, read_frames

LENGTHS = (18, 14, 30, 12)
SIZE = (96, 64)


@pytest.fixture(scope="session")
def network(quick_network: Network) -> Network:
    """Most of what is tested here does not depend on the colours; the rest names another."""
    return quick_network


def returning_film(path: Path, lengths: Sequence[int] = LENGTHS, **options: Any) -> Path:
    """A film that goes to and fro between two places, with things that move."""
    starts = np.cumsum([0, *lengths])
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width].astype(float)
    rng = np.random.default_rng(3)
    places = [np.cumsum(np.cumsum(rng.normal(0, 1, (height, width)), 0), 1) for _ in range(2)]
    places = [70 + 110 * (p - p.min()) / np.ptp(p) for p in places]

    def picture(index: int) -> np.ndarray:
        shot = int(np.searchsorted(starts, index, side="right")) - 1
        inside = index - starts[shot]
        base = np.roll(places[shot % 2], inside // 2, axis=1).copy()
        if shot % 2:
            base = 40 + 50 * (np.sin(y / 3) + 1) + base / 5
        away = np.hypot(x - 30 - 2 * inside % 60, y - 40 - 5 * shot)
        base[away < 14] = 225
        return np.clip(base + (shot - 1) * 6, 16, 235).astype(np.uint8)

    return make_clip(path, frames=sum(lengths), picture=picture, size=SIZE, **options)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return returning_film(tmp_path / "film.mkv", audio="aac")


@pytest.fixture
def view(film: Path, tmp_path: Path, network: Network) -> Iterator[FilmView]:
    with open_view(film, network) as opened:
        yield opened


@pytest.fixture
def lite_view(film: Path, packaged_network: Network) -> Iterator[FilmView]:
    """The same with the network of the package, whose colours follow things."""
    with open_view(film, packaged_network) as opened:
        yield opened


def open_view(film: Path, network: Network, **options: Any) -> FilmView:
    return filmcolor.open_film(
        film, network=network, cache=film.parent / "cache", codec="ffv1", **options
    )


def whole_film(view: FilmView, network: Network, **options: Any) -> list[DecodedFrame]:
    """The film's frames as `colorize` makes them of what the view has written."""
    keyframes = view.keyframes_path if view.keyframes_path.is_dir() else None
    output = view.plan_path.with_name("whole.mkv")
    filmcolor.colorize(
        view.info.path,
        output,
        plan=view.plan_path,
        keyframes=keyframes,
        network=network,
        overwrite=True,
        codec="ffv1",
        **options,
    )
    return read_frames(output)


def assert_as_in_film(frame: ViewedFrame, film: list[DecodedFrame]) -> None:
    """The frame has the very planes of the film."""
    made = film[frame.number]
    assert made.u is not None
    assert made.v is not None
    for own, other in ((frame.luma, made.y), (frame.u, made.u), (frame.v, made.v)):
        assert np.array_equal(own, other)
