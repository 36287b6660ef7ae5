"""Damage in a film: reported with timecodes, or a reason to stop."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

import filmcolor
from filmcolor.errors import InputError
from filmcolor.networks import Network
from tests.clips import ffmpeg, frame_times, make_clip
from tests.jobs.films import hidden


def damaged_film(folder: Path, frames: int, damaged: Iterable[int]) -> Path:
    """A film in which some frames are zeros."""
    film = folder / "film.avi"
    clip = make_clip(folder / "clip.avi", frames=frames, codec="mjpeg", pix_fmt="yuvj420p")
    ffmpeg("-i", clip, "-c", "copy", film)
    clip.unlink()
    data = bytearray(film.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 3] == b"\xff\xd8\xff"]
    assert len(starts) == frames
    for number in damaged:
        begin, end = starts[number], starts[number + 1] - 8
        data[begin:end] = bytes(end - begin)
    film.write_bytes(data)
    return film


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A film of 50 frames in which frames 10 and 40 are zeros."""
    return damaged_film(tmp_path, 50, (10, 40))


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


@pytest.mark.parametrize("name", ["look.mp4", "look.png"])
def test_previews_tell_of_holes(damaged: Path, network: Network, name: str) -> None:
    options = {"frames": 50} if name == "look.mp4" else {}
    summary = filmcolor.preview(damaged, damaged.with_name(name), network=network, **options)
    (note,) = [note for note in summary.warnings if "damaged" in note]
    assert note.startswith("2 damaged packets were skipped or patched up, at 00:00:00.400")


def test_many_holes_are_counted_once(tmp_path: Path, network: Network) -> None:
    """Although the film is read twice: once for its shots, once for its colours."""
    film = damaged_film(tmp_path, 180, range(1, 179, 2))
    summary = filmcolor.colorize(film, network=network, preset="ultrafast")
    assert summary.frames == 91
    assert any(note.startswith("89 damaged packets were") for note in summary.warnings)


def test_strict_stops(damaged: Path, network: Network) -> None:
    with pytest.raises(InputError, match=r"film\.avi: damaged at 00:00:00\.400; without `strict`"):
        filmcolor.colorize(damaged, network=network, strict=True)
    assert hidden(damaged.parent) == []


def test_strict_work_is_as_good_as_any(tmp_path: Path, network: Network) -> None:
    """The same command would stop again, so that is not said; what is said carries on."""
    film, output = damaged_film(tmp_path, 100, (80,)), tmp_path / "r.mkv"
    options = {"network": network, "method": "frame", "segment_seconds": 0.4}
    with pytest.raises(
        InputError,
        match=r"without `strict`, all .* is coloured; \d of \d+ segments are done, and are kept\.$",
    ):
        filmcolor.colorize(film, output, strict=True, **options)
    summary = filmcolor.colorize(film, output, **options)
    assert summary.frames == 99
    assert summary.frames_before > 0
    assert any("1 damaged packet" in note for note in summary.warnings)


def test_strict_does_not_mind_a_sound_film(network: Network, grey_clip: Path) -> None:
    assert filmcolor.colorize(grey_clip, network=network, strict=True).frames == 12
