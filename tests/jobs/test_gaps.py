"""Frames that are missing in a film, with nothing damaged: the summary tells where."""

from pathlib import Path

import pytest

import filmcolor
from filmcolor.networks import Network
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
