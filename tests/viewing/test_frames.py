"""What is seen is what the film becomes, bit for bit, whatever was looked at before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import filmcolor
from filmcolor import FilmView, InputError, Network, Trial, UsageError
from tests.viewing.conftest import (
    LENGTHS,
    assert_as_in_film,
    open_view,
    returning_film,
    whole_film,
)

FRAMES = sum(LENGTHS)


def test_all_frames(lite_view: FilmView, packaged_network: Network) -> None:
    """With a network that knows places again, so that shots of a room get their colours alike."""
    view = lite_view
    view.make_plan()
    made = whole_film(view, packaged_network)
    assert len(made) == FRAMES
    assert len({shot.room for shot in view.make_plan().shots}) < len(LENGTHS)
    for number in (*range(0, FRAMES, 13), FRAMES - 1):
        assert_as_in_film(view.frame(number), made)
    view.write_script()
    for number in range(0, FRAMES, 10):
        frame = view.frame(number)
        assert frame.number == number
        assert_as_in_film(frame, made)


CHANGES: list[dict[str, Any]] = [
    {"saturation": 1.6},
    {"warmth": 12.0, "strength": 0.7},
    {"method": "frame"},
    {"method": "smooth"},
    {"skip": True},
    {"kind": "title"},
    {"room": "own"},
    {"room": 1},
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, network: Network) -> FilmView:
    film = returning_film(tmp_path_factory.mktemp("opened") / "film.mkv")
    view = open_view(film, network)
    view.make_plan()
    return view


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(
            st.integers(1, len(LENGTHS)),
            st.sampled_from(CHANGES),
            st.sampled_from(["shot", "room", "film"]),
        ),
        max_size=3,
    ),
    numbers=st.lists(st.integers(0, FRAMES - 1), min_size=3, max_size=6),
)
def test_any_frame_of_any_plan(
    opened: FilmView, network: Network, changes: list[Any], numbers: list[int]
) -> None:
    for shot, change, scope in changes:
        opened.change(shot, change, scope=scope)
    seen = [opened.frame(number) for number in numbers]
    film = whole_film(opened, network)
    for frame in seen:
        assert_as_in_film(frame, film)
    while opened.undo():
        pass


def test_moments(view: FilmView) -> None:
    by_number = view.frame(25)
    assert (by_number.number, by_number.shot, by_number.time) == (25, 2, 1)
    for same in ("25f", 1.0, "00:00:01.010"):
        assert view.frame(same).number == 25
    assert view.frame(10_000.0).number == FRAMES - 1
    with pytest.raises(InputError, match="no frame 500"):
        view.frame(500)
    with pytest.raises(UsageError):
        view.frame("soon")


def test_pictures(view: FilmView) -> None:
    frame = view.frame(5, width=64)
    assert frame.color.shape == frame.grey.shape == (42, 64, 3)
    assert frame.color.dtype == np.uint8
    assert (frame.grey[..., 0] == frame.grey[..., 2]).all()
    assert np.ptp(frame.color.astype(int), axis=2).max() > 5
    assert view.thumbnail(5, width=48).shape == (32, 48, 3)
    assert view.histogram(5).sum() == pytest.approx(1)


def test_a_trial_changes_nothing(view: FilmView) -> None:
    before = view.frame(5)
    tried = view.frame(5, trial=Trial(1, {"saturation": 0.0}))
    assert (tried.u == 128).all()
    assert view.revision == before.revision
    assert np.array_equal(view.frame(5).u, before.u)


def test_what_was_found_is_found_again(film: Path, network: Network) -> None:
    with open_view(film, network) as view:
        view.make_plan()
        view.write_script()
        frame = view.frame(17)
    asked: list[object] = []
    with open_view(film, network) as view:
        view.write_script(listeners=[asked.append])
        assert np.array_equal(view.frame(17).u, frame.u)
    assert asked == []


def test_the_film_is_gone(view: FilmView) -> None:
    view.frame(3)
    view.info.path.rename(view.info.path.with_name("elsewhere.mkv"))
    with pytest.raises(InputError, match="is gone"):
        view.frame(4)
    with pytest.raises(InputError, match="is gone"):
        view.thumbnail(4)


@pytest.mark.parametrize(
    "options",
    [
        {"pix_fmt": "yuv420p10le", "codec": "ffv1"},
        {"rotation": 90},
        {"pts": [0, 1, 3, 4, 8, 9, 10, 14, 15, 16, 17, 21, *range(22, 84)]},
        {"codec": "mpeg2video", "interlaced": True},
    ],
    ids=["10 bits", "turned", "uneven", "interlaced"],
)
def test_kinds_of_films(tmp_path: Path, network: Network, options: dict[str, Any]) -> None:
    if options.get("pix_fmt"):
        from tests.clips import make_clip

        film = make_clip(tmp_path / "film.mkv", frames=30, size=(96, 64), **options)
    else:
        suffix = ".mp4" if "rotation" in options else ".mkv"
        film = returning_film(tmp_path / f"film{suffix}", **options)
    with open_view(film, network) as view:
        view.make_plan()
        made = whole_film(view, network)
        for number in (0, 11, 29):
            assert_as_in_film(view.frame(number), made)
        turned = "rotation" in options
        assert view.frame(3).color.shape[:2] == view.size
        assert (view.size[0] > view.size[1]) == turned


def test_a_picture_has_no_frames(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a picture"):
        filmcolor.open_film(tmp_path / "x.png")
