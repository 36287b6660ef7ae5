"""Files that cannot be read are refused with one clear line; damage in the middle is skipped."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

import filmcolor
from filmcolor.errors import DamagedFilmError, InputError
from filmcolor.networks import Network
from tests.clips import ffmpeg, frame_times, make_clip, read_luma


def refused(source: Path, network: Network, words: str) -> None:
    """Colouring fails with one line that names the file, and leaves nothing behind."""
    before = sorted(source.parent.iterdir()) if source.parent.is_dir() else []
    with pytest.raises(InputError, match=words) as failure:
        filmcolor.colorize(source, network=network)
    message = str(failure.value)
    assert str(source) in message
    assert "\n" not in message
    assert (sorted(source.parent.iterdir()) if source.parent.is_dir() else []) == before


def test_a_missing_file(tmp_path: Path, network: Network) -> None:
    refused(tmp_path / "nowhere.mp4", network, "no such file")
    refused(tmp_path / "nowhere" / "film.mp4", network, "no such file")


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.avi"])
def test_an_empty_file(tmp_path: Path, network: Network, name: str) -> None:
    (tmp_path / name).touch()
    refused(tmp_path / name, network, "empty")


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts", "notes"])
def test_a_text_file(tmp_path: Path, network: Network, name: str) -> None:
    (tmp_path / name).write_text("This is no film.\n" * 50, encoding="utf-8")
    refused(tmp_path / name, network, "film")


def test_random_bytes(tmp_path: Path, network: Network) -> None:
    (tmp_path / "film.mp4").write_bytes(np.random.default_rng(3).bytes(20_000))
    refused(tmp_path / "film.mp4", network, "film")


@pytest.mark.parametrize("name", ["sound.m4a", "sound.mp3", "sound.wav", "sound.mkv"])
def test_sound_without_pictures(tmp_path: Path, network: Network, name: str) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.3", tmp_path / name)
    refused(tmp_path / name, network, "no video in this file, only audio")


def test_sound_with_a_cover(tmp_path: Path, network: Network) -> None:
    """The cover of a song is no film."""
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x32", "-frames:v", "1", tmp_path / "cover.png")
    ffmpeg(
        *("-f", "lavfi", "-i", "sine=d=0.3", "-i", tmp_path / "cover.png", "-map", "0", "-map"),
        *("1", "-c:v", "copy", "-disposition:v", "attached_pic", tmp_path / "song.m4a"),
    )
    refused(tmp_path / "song.m4a", network, "no video in this file, only a cover, audio")


def test_a_folder_without_pictures(tmp_path: Path, network: Network) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    refused(folder, network, "no pictures in this folder")
    (folder / "notes.txt").write_text("nothing", encoding="utf-8")
    refused(folder, network, "no pictures in this folder")


def test_an_mp4_whose_index_is_cut_off(tmp_path: Path, network: Network) -> None:
    whole = make_clip(tmp_path / "whole.mp4", frames=20)
    source = tmp_path / "film.mp4"
    source.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    refused(source, network, "not a film that can be read")


def test_a_matroska_file_that_breaks_off(tmp_path: Path, network: Network) -> None:
    """What is there becomes a film."""
    whole = make_clip(tmp_path / "whole.mkv", frames=20, codec="ffv1")
    source = tmp_path / "film.mkv"
    source.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    summary = filmcolor.colorize(source, network=network, codec="ffv1")
    before, after = read_luma(source), read_luma(summary.output)
    assert 5 < len(after) < 20
    assert len(before) == len(after)
    for (old_time, old), (new_time, new) in zip(before[:-1], after[:-1], strict=True):
        assert old_time == new_time
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("codec", "name"), [("mpeg4", "film.avi"), ("mpeg2video", "film.ts"), ("libx264", "film.mkv")]
)
def test_damage_in_the_middle(tmp_path: Path, network: Network, codec: str, name: str) -> None:
    whole = make_clip(tmp_path / f"whole-{name}", frames=25, codec=codec, options={"g": "5"})
    data = bytearray(whole.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = np.random.default_rng(5).bytes(600)
    source = tmp_path / name
    source.write_bytes(data)
    summary = filmcolor.colorize(source, network=network, preset="ultrafast")
    times = frame_times(summary.output)
    assert summary.frames == len(times) > 15
    assert times == sorted(set(times))


def test_packets_that_do_not_decode_are_reported(tmp_path: Path, network: Network) -> None:
    source = tmp_path / "film.avi"
    ffmpeg(
        "-i", make_clip(tmp_path / "f.avi", codec="mjpeg", pix_fmt="yuvj420p"), "-c", "copy", source
    )
    data = bytearray(source.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 3] == b"\xff\xd8\xff"]
    assert len(starts) == 12
    data[starts[5] : starts[6] - 8] = bytes(starts[6] - 8 - starts[5])
    source.write_bytes(data)
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network)
    assert summary.frames == len(frame_times(summary.output)) == 11
    assert any("1 damaged packet was skipped" in warning for warning in summary.warnings)


def test_a_last_picture_that_is_cut_off(tmp_path: Path, quick_network: Network) -> None:
    source = make_clip(tmp_path / "film.avi", codec="mjpeg", pix_fmt="yuvj420p", size=(160, 120))
    with av.open(str(source)) as container:
        last = [packet for packet in container.demux(video=0) if packet.size][-1]
    assert last.pos is not None
    source.write_bytes(source.read_bytes()[: last.pos + last.size // 2])
    notes = filmcolor.colorize(source, network=quick_network).warnings
    assert any("1 damaged packet was skipped or patched up, at 00:00:00.440" in n for n in notes)
    with pytest.raises(DamagedFilmError, match=r"damaged at 00:00:00\.440"):
        filmcolor.colorize(source, tmp_path / "b.mp4", network=quick_network, strict=True)


def test_a_joint_of_transport_streams_is_no_damage(tmp_path: Path, quick_network: Network) -> None:
    parts = [make_clip(tmp_path / f"{n}.ts", codec="mpeg2video") for n in range(2)]
    source = tmp_path / "film.ts"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    with av.open(str(source)) as container:
        assert any(packet.is_corrupt for packet in container.demux(video=0))
    notes = filmcolor.colorize(source, network=quick_network, strict=True).warnings
    assert not [note for note in notes if "damaged" in note]
