"""Damage in a film: reported with timecodes, or a reason to stop."""

from __future__ import annotations

from pathlib import Path

import pytest

import filmcolor
from filmcolor.errors import InputError
from filmcolor.networks import Network
from tests.clips import ffmpeg, frame_times, make_clip
from tests.segments.films import hidden


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A film of 50 frames in which frames 10 and 40 are zeros."""
    film = tmp_path / "film.avi"
    clip = make_clip(tmp_path / "clip.avi", frames=50, codec="mjpeg", pix_fmt="yuvj420p")
    ffmpeg("-i", clip, "-c", "copy", film)
    clip.unlink()
    data = bytearray(film.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 3] == b"\xff\xd8\xff"]
    assert len(starts) == 50
    for number in (10, 40):
        begin, end = starts[number], starts[number + 1] - 8
        data[begin:end] = bytes(end - begin)
    film.write_bytes(data)
    return film


@pytest.mark.parametrize("segment_seconds", [0.4, 30])
def test_holes_have_timecodes(damaged: Path, network: Network, segment_seconds: float) -> None:
    output = damaged.with_name("r.mkv")
    summary = filmcolor.colorize(damaged, output, network=network, segment_seconds=segment_seconds)
    assert summary.frames == len(frame_times(output)) == 48
    (note,) = [note for note in summary.warnings if "damaged" in note]
    assert note.startswith("2 damaged packets were skipped or patched up, at 00:00:00.400")
    assert "00:00:01.600" in note


def test_holes_are_remembered(damaged: Path, network: Network) -> None:
    """Also those that were found before an interruption."""
    output = damaged.with_name("r.mkv")

    def progress(state: filmcolor.Progress) -> None:
        if state.phase == "color" and state.done == 35:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(damaged, output, network=network, segment_seconds=0.4, progress=progress)
    summary = filmcolor.colorize(damaged, output, network=network, segment_seconds=0.4)
    assert summary.frames_before > 12
    assert any(note.startswith("2 damaged packets") for note in summary.warnings)


def test_strict_stops(damaged: Path, network: Network) -> None:
    with pytest.raises(InputError, match=r"film\.avi: damaged at 00:00:00\.400; without --strict"):
        filmcolor.colorize(damaged, network=network, strict=True)
    assert hidden(damaged.parent) == []


def test_strict_does_not_mind_a_sound_film(network: Network, grey_clip: Path) -> None:
    assert filmcolor.colorize(grey_clip, network=network, strict=True).frames == 12
