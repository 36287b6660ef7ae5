"""Frames that are missing in a film, with nothing damaged: the summary tells where."""

from fractions import Fraction
from pathlib import Path

import pytest

import filmcolor
from filmcolor.networks import Network
from tests.clips import frame_times, make_clip
from tests.media.test_missing_frames import with_gaps


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("segment_seconds", [2, 30])
def test_missing_frames_are_told(
    tmp_path: Path, network: Network, segment_seconds: float, workers: int
) -> None:
    film = with_gaps(tmp_path / "film.mkv", {20: 1, 60: 3, 90: 1})
    summary = filmcolor.colorize(
        film, network=network, segment_seconds=segment_seconds, workers=workers
    )
    (note,) = [note for note in summary.warnings if "missing" in note]
    assert note == (
        "5 frames seem to be missing in the film, at 00:00:00.800, 00:00:02.440, 00:00:03.760; "
        "the pictures before stay longer instead."
    )


@pytest.mark.parametrize("method", ["frame", "propagate"])
@pytest.mark.parametrize("hours", [3, 400])
def test_a_leap_of_the_clock_takes_no_segments(
    tmp_path: Path, network: Network, method: str, hours: int
) -> None:
    """Whatever time a film spends without pictures, there is nothing to write about it."""
    leap = hours * 3600 * 25
    pts = [*range(6), *range(leap, leap + 6)]
    film = make_clip(
        tmp_path / "film.mkv", pts=pts, frames=12, time_base=Fraction(1, 25), codec="ffv1"
    )
    summary = filmcolor.colorize(film, network=network, method=method)
    assert summary.frames == 12
    assert summary.segments <= 3
    assert frame_times(summary.output) == frame_times(film)
