"""Real clips beside the project: odd files of other people come through whole."""

from __future__ import annotations

from pathlib import Path

import pytest

import filmcolor
from benchmarks.fidelity.check import compare
from filmcolor.networks import Network

CLIPS = Path(__file__).resolve().parents[2] / "shared" / "clips" / "odd"
NAMES = (
    "rot_video_270.mov",
    "avi_packed_bframes.avi",
    "vp9_odd_161x121.webm",
    "prores_gray_sar_truncated.mov",
    "neg_first_pts_discard.mp4",
    "mkv_10subs_2audio_cut.mkv",
)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost(tmp_path: Path, network: Network, name: str) -> None:
    source = CLIPS / name
    if not source.exists():
        pytest.skip(f"the real clip {name} is not there (shared/clips/odd beside the project)")
    film = tmp_path / name
    film.write_bytes(source.read_bytes())
    summary = filmcolor.colorize(film, network=network, preset="ultrafast")
    report = compare(film, summary.output)
    assert report.problems == []
    assert report.ok
    assert report.result_frames == report.source_frames == summary.frames > 0
