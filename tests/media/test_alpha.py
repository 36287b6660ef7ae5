"""Films that say how transparent they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from filmcolor import colorize
from filmcolor.networks import Network
from tests.clips import ffmpeg


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("film.webm", ["-c:v", "libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0"], True),
        ("film.mov", ["-c:v", "png", "-pix_fmt", "rgba"], True),
        ("film.mkv", ["-c:v", "ffv1", "-pix_fmt", "gray"], False),
    ],
)
def test_that_it_is_lost_is_told(
    tmp_path: Path, quick_network: Network, name: str, options: list[str], told: bool
) -> None:
    film = tmp_path / name
    source = "testsrc=size=64x48:rate=10:duration=0.4,format=rgba,colorchannelmixer=aa=0.5"
    ffmpeg("-f", "lavfi", "-i", source, *options, film)
    summary = colorize(film, tmp_path / "r.mkv", network=quick_network)
    assert any("alpha channel" in note for note in summary.warnings) == told
