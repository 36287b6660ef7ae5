"""Parts of films in which nothing is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from filmcolor import InputError, colorize, preview
from filmcolor.networks import Network
from tests.clips import ffmpeg


def test_it_is_said_where_the_film_begins(tmp_path: Path, quick_network: Network) -> None:
    """Its sound begins a second before the picture."""
    film = tmp_path / "late.mkv"
    picture = ["-itsoffset", "1", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=0.5"]
    ffmpeg("-f", "lavfi", "-i", "sine=duration=2", *picture, "-map", "1", "-map", "0", film)
    for run, output in ((colorize, "r.mkv"), (preview, "r.png")):
        with pytest.raises(InputError, match=r"first one is shown at 00:00:01\.000"):
            run(film, tmp_path / output, end=0.5, network=quick_network)
