"""Whatever the plan says: every frame comes out once, in order, with its own luma and time."""

from __future__ import annotations

import threading
from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import filmcolor.coloring.film
from filmcolor.coloring.film import ColoredFrame
from filmcolor.errors import NetworkError
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.source import FrameRange
from filmcolor.networks import Network
from tests.clips import moving_pattern
from tests.coloring.films import (
    Seeing,
    by_lightness,
    colored,
    coloring,
    cut_at,
    film_of,
    frame_pts,
    plan_of,
    shot_of,
    source_frames,
    texture,
)

FRAMES = 30


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 small frames: three pictures one after the other, all of them moving."""
    wide = [texture((32, 100), seed, level) for seed, level in ((1, 60), (2, 190), (3, 110))]
    pictures = [wide[n // 10][:, 3 * (n % 10) : 3 * (n % 10) + 48] for n in range(FRAMES)]
    return film_of(tmp_path_factory.mktemp("clips") / "film.mkv", pictures)


def check_frames(found: list[ColoredFrame], path: Path, first: int, end: int) -> None:
    """The frames are those of the film, from `first` until before `end`."""
    expected = source_frames(path)[first:end]
    info = probe(path)
    assert [item.frame.pts for item in found] == [frame.pts for frame in expected]
    assert [item.frame.duration for item in found] == [frame.duration for frame in expected]
    for item, frame in zip(found, expected, strict=True):
        np.testing.assert_array_equal(item.luma, frame.luma)
        for plane in (item.u, item.v):
            assert plane.dtype == frame.luma.dtype
            assert plane.shape == ((info.height + 1) // 2, (info.width + 1) // 2)


transitions = st.tuples(st.sampled_from(["cut", "fade", "dissolve"]), st.integers(0, 8))
shot_settings: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {}, {"skip": True}, {"method": "frame"}, {"method": "smooth"}, {"saturation": 0.5}]
)


@st.composite
def plans(draw: st.DrawFn, keyframes_from: int = 0) -> list[dict[str, Any]]:
    """Shots over all frames of the film; their transitions need not be sensible."""
    cuts = draw(st.sets(st.integers(1, FRAMES - 1), max_size=5))
    bounds = [0, *sorted(cuts), FRAMES]
    return [
        {
            "first": first,
            "end": end,
            "keyframes": sorted(
                draw(st.sets(st.integers(first, end - 1), min_size=keyframes_from, max_size=4))
            ),
            "opens": draw(transitions),
            "closes": draw(transitions),
            **draw(shot_settings),
        }
        for first, end in pairwise(bounds)
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shots=plans(), begin=st.integers(0, FRAMES - 1), lasts=st.integers(1, FRAMES))
def test_every_frame_comes_out_once(
    film: Path, shots: list[dict[str, Any]], begin: int, lasts: int
) -> None:
    pts = frame_pts(film)
    plan = plan_of(film, [shot_of(pts, **shot) for shot in shots])
    end = min(FRAMES, begin + lasts)
    source = FilmReader(probe(film))
    part = FrameRange(*(pts[number] * source.info.time_base for number in (begin, end)))

    network = by_lightness()
    found = list(coloring(source, network, plan.within(part), part))

    check_frames(found, film, begin, end)
    for item in found:
        shot = next(shot for shot in shots if item.frame.pts < pts[shot["end"]])
        grey = shot.get("skip", False)
        assert ((item.u == 128).all() and (item.v == 128).all()) == grey


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shots=plans(), cores=st.sampled_from([1, 2, 7]))
def test_the_same_plan_gives_the_same_film(
    film: Path, shots: list[dict[str, Any]], cores: int
) -> None:
    """Also with another number of cores, and so of threads."""
    pts = frame_pts(film)
    plan = plan_of(film, [shot_of(pts, **shot) for shot in shots])
    one = colored(film, by_lightness(), plan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filmcolor.coloring.film, "available_cores", lambda: cores)
        other = colored(film, by_lightness(), plan)
    assert_same(one, other)


def assert_same(one: list[ColoredFrame], other: list[ColoredFrame]) -> None:
    for a, b in zip(one, other, strict=True):
        for name in ("luma", "u", "v"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize("cores", [1, 5])
def test_the_real_network_gives_the_same_film(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    size = (96, 72)
    pictures = [moving_pattern(size)(number) for number in range(24)]
    source = film_of(tmp_path / "film.mkv", pictures)
    one = colored(source, network)
    monkeypatch.setattr(filmcolor.coloring.film, "available_cores", lambda: cores)
    assert_same(one, colored(source, network))


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("planned", [False, True])
def test_very_short_films(tmp_path: Path, count: int, planned: bool) -> None:
    short = film_of(tmp_path / "short.mkv", [texture((32, 48))] * count)
    plan = cut_at(short) if planned else None
    check_frames(colored(short, by_lightness(), plan), short, 0, count)


@pytest.mark.parametrize(
    ("size", "pix_fmt"),
    [
        ((16, 16), "yuv420p"),
        ((2, 2), "yuv420p"),
        ((1, 1), "gray"),
        ((13, 17), "gray"),
        ((17, 13), "gray"),
        ((2, 130), "yuv420p"),
        ((60, 4), "yuv420p"),
    ],
)
def test_tiny_and_odd_sizes(tmp_path: Path, size: tuple[int, int], pix_fmt: str) -> None:
    wide = texture((size[0], size[1] + 12), 3)
    pictures = [np.ascontiguousarray(wide[:, n : n + size[1]]) for n in range(12)]
    tiny = film_of(tmp_path / "tiny.mkv", pictures, pix_fmt=pix_fmt)
    network = by_lightness()
    check_frames(colored(tiny, network), tiny, 0, 12)
    check_frames(colored(tiny, network, cut_at(tiny, 5, every=6)), tiny, 0, 12)


@pytest.mark.parametrize("depth", [10, 12])
def test_deep_films_are_colored_as_others(tmp_path: Path, depth: int) -> None:
    wide = texture((48, 96), 3)
    pictures = [np.ascontiguousarray(wide[:, 2 * n : 2 * n + 64]) for n in range(12)]
    deep = film_of(
        tmp_path / "deep.mkv",
        [picture.astype(np.uint16) << (depth - 8) for picture in pictures],
        pix_fmt=f"yuv420p{depth}le",
    )
    plain = film_of(tmp_path / "plain.mkv", pictures)

    found = colored(deep, by_lightness(), cut_at(deep, every=6))

    check_frames(found, deep, 0, 12)
    expected = colored(plain, by_lightness(), cut_at(plain, every=6))
    assert max(np.ptp(item.u) for item in expected) > 5
    for item, other in zip(found, expected, strict=True):
        for plane, eight in ((item.u, other.u), (item.v, other.v)):
            difference = plane.astype(float) / (1 << (depth - 8)) - eight
            assert np.abs(difference).mean() < 1
            assert np.abs(difference).max() < 4


@pytest.mark.parametrize("shape", [(48, 64), (48, 32), (24, 32)])
def test_chroma_of_any_subsampling(tmp_path: Path, shape: tuple[int, int]) -> None:
    still = film_of(tmp_path / "film.mkv", [texture((48, 64))] * 5)
    source = FilmReader(probe(still))
    frames = list(coloring(source, by_lightness(), cut_at(still), chroma_size=shape))
    assert {plane.shape for item in frames for plane in (item.u, item.v)} == {shape}


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    times = [0, 40, 41, 200, 280, 281, 282, 1000, 1040, 3000]
    pictures = [texture((32, 48), number) for number in range(10)]
    uneven = film_of(tmp_path / "film.mkv", pictures, pts=times, time_base=Fraction(1, 1000))
    found = colored(uneven, by_lightness())
    assert [item.frame.pts for item in found] == times
    check_frames(found, uneven, 0, 10)


def test_a_plan_is_cut_to_size_at_uneven_times(tmp_path: Path) -> None:
    """By time: the frame numbers of such a piece are only reckoned, and nothing fades there."""
    times = [100 * n for n in range(10)] + [1000 + 20 * n for n in range(20)]
    light = [1.0] * 20 + [1 - 0.03 * n for n in range(10)]
    pictures = [np.rint(16 + (texture((32, 48)) - 16.0) * part) for part in light]
    uneven = film_of(
        tmp_path / "film.mkv",
        [picture.astype(np.uint8) for picture in pictures],
        pts=times,
        time_base=Fraction(1, 1000),
    )
    pts = frame_pts(uneven)
    part = FrameRange(Fraction(1), None)
    whole = plan_of(uneven, [shot_of(pts, 0, 30, [15])])
    exact = plan_of(uneven, [shot_of(pts, 10, 30, [15])])
    found, expected = (
        list(coloring(FilmReader(probe(uneven)), by_lightness(), plan, part))
        for plan in (whole.within(part), exact)
    )
    assert len(found) == 20
    assert_same(found, expected)


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.is_alive()}


def test_a_run_that_is_broken_off_leaves_nothing_behind(film: Path) -> None:
    before, opencv_threads = _threads(), cv2.getNumThreads()
    with closing(
        coloring(FilmReader(probe(film)), by_lightness(), cut_at(film, 10, every=4))
    ) as frames:
        next(frames)
        assert _threads() > before
    assert _threads() == before
    assert cv2.getNumThreads() == opencv_threads


@pytest.mark.parametrize("fails_at", [1, 3])
@pytest.mark.parametrize("every", [None, 5])
def test_a_failure_of_the_network_ends_the_run(
    film: Path, fails_at: int, every: int | None
) -> None:
    def colors(L: np.ndarray) -> np.ndarray:
        if network.passes == fails_at:
            raise NetworkError("the network is out of order")
        return np.zeros((*L.shape, 2), np.float32)

    network = Seeing(colors)
    before = _threads()
    with (
        closing(
            coloring(FilmReader(probe(film)), network, cut_at(film, 10, 20, every=every))
        ) as frames,
        pytest.raises(NetworkError, match="out of order"),
    ):
        list(frames)
    assert _threads() == before
