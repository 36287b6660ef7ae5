"""What a container holds is tried before a film is coloured: none is coloured and then lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

import filmcolor
from benchmarks.films import sound_kinds
from filmcolor.errors import OutputError
from filmcolor.jobs.inspect import inspect
from filmcolor.media.decode.first_packets import FirstPackets, first_packets
from filmcolor.media.decode.packets import any_packets_of
from filmcolor.media.decode.probe import probe
from filmcolor.media.encode.containers import MATROSKA, MP4
from filmcolor.media.encode.encoders import find_encoder
from filmcolor.media.encode.mux_trial import MuxPlanner
from filmcolor.media.encode.video_format import video_format
from filmcolor.media.film import StreamInfo
from filmcolor.media.source import WHOLE_FILM, FrameRange
from filmcolor.networks import Network
from filmcolor.settings import Settings
from tests.clips import ffmpeg, make_clip
from tests.streams import list_streams, sound_begins

SOUND = [
    ("pcm_dvd", "vob", "", "aac"),
    ("pcm_dvd", "vob", ".mkv", "pcm_s32le"),
    ("pcm_dvd", "vob", ".mov", "pcm_s32le"),
    ("pcm_bluray", "m2ts", ".mkv", "pcm_s32le"),
    ("pcm_bluray", "m2ts", ".mov", "pcm_s32le"),
    ("pcm_s8", "nut", ".mkv", "pcm_s16le"),
    ("pcm_u16le", "nut", ".mov", "pcm_s16le"),
    ("pcm_u24be", "nut", ".mkv", "pcm_s24le"),
    ("pcm_s16be_planar", "nut", ".mov", "pcm_s16le"),
    ("pcm_f64be", "mov", ".mkv", "pcm_f64le"),
    ("wavpack", "mkv", ".mov", "aac"),
    ("libvorbis", "mkv", ".mov", "aac"),
    ("flac", "mkv", ".ts", "aac"),
    ("wmav2", "wmv", ".webm", "opus"),
]


@pytest.mark.parametrize(("encoder", "container", "result", "codec"), SOUND)
@pytest.mark.parametrize("part", [False, True])
def test_sound_that_a_container_does_not_hold(
    tmp_path: Path,
    network: Network,
    encoder: str,
    container: str,
    result: str,
    codec: str,
    part: bool,
) -> None:
    """It is converted, and heard when it was."""
    if not sound_kinds.make_sound_film(encoder, container, tmp_path):
        pytest.skip("this FFmpeg makes no such film")
    source = sound_kinds.film_of(encoder, container, tmp_path)
    plain = inspect(source, Settings())["colorize"]
    kind = sound_kinds.SoundKind(encoder, container, result, part)
    assert sound_kinds.what_is_wrong(kind, tmp_path, network) == ""
    found = next(path for path in tmp_path.rglob("*") if path.name in _results(kind, plain))
    assert [s.codec for s in list_streams(found) if s.kind == "audio"] == [codec]


def _results(kind: Any, plain: Any) -> set[str]:
    name = f"{kind.encoder}-{kind.container}-{'part' if kind.part else 'whole'}{kind.result}"
    return {name} if kind.result else {Path(plain["output"]).name}


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".mp4"])
def test_a_stream_with_nothing_in_it(tmp_path: Path, network: Network, suffix: str) -> None:
    """It is left out, which is known before anything is done."""
    source = tmp_path / "film.ts"
    with av.open(str(source), "w") as out:
        video: Any = out.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        out.add_stream("mp2", rate=44100).layout = "mono"
        for index in range(20):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    assert [stream.kind for stream in list_streams(source)] == ["video", "audio"]
    assert inspect(source, Settings())["colorize"]["left_out_streams"] == [1]
    summary = filmcolor.colorize(source, tmp_path / f"r{suffix}", network=network, method="frame")
    assert [stream.kind for stream in list_streams(summary.output)] == ["video"]
    assert any(
        "stream 1 is left out, because there is nothing in it" in w for w in summary.warnings
    )


def test_no_more_than_the_part_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream of which nothing comes is not waited for until the film ends."""
    source = tmp_path / "film.mkv"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=32x32:r=5:d=60", "-itsoffset", 55),
        *("-f", "lavfi", "-i", "sine=d=2", "-c:v", "mpeg4", "-c:a", "aac", source),
    )
    read = []

    def counted(*arguments: Any) -> Iterator[Any]:
        for packet in any_packets_of(*arguments):
            read.append(packet.stream_index)
            yield packet

    monkeypatch.setattr("filmcolor.media.decode.first_packets.any_packets_of", counted)
    assert first_packets(probe(source), FrameRange(end=Fraction(2)), [1]) == {}
    assert len(read) < 100
    (late,) = first_packets(probe(source), FrameRange(end=Fraction(57)), [1]).values()
    assert float(late.time) == pytest.approx(55, abs=0.1)


def test_sound_that_begins_long_after_the_pictures(tmp_path: Path, network: Network) -> None:
    """FFmpeg's look at the beginning does not tell what it is."""
    source = tmp_path / "film.ts"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=14,format=gray"),
        *("-itsoffset", 12, "-f", "lavfi", "-i", "sine=d=2"),
        *("-c:v", "mpeg2video", "-c:a", "mp2", source),
    )
    with av.open(str(source)) as container:
        assert container.streams.audio[0].rate == 0
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network, method="frame")
    assert [stream.codec for stream in list_streams(summary.output)] == ["h264", "mp2"]
    assert sound_begins(summary.output) == pytest.approx(12, abs=0.1)


@pytest.mark.parametrize("of", ["metadata", "metadata:s:a"])
def test_tags_in_another_encoding(tmp_path: Path, network: Network, of: str) -> None:
    """They are copied as they are into what is tried, and are read back from there."""
    source = tmp_path / "film.mkv"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.4,format=gray"),
        *("-f", "lavfi", "-i", "sine=d=0.4", f"-{of}", "title=Gebrueder"),
        *("-c:v", "libx264", "-c:a", "aac", source),
    )
    source.write_bytes(source.read_bytes().replace(b"Gebrueder", b"Gebr\xfcder "))
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network, method="frame")
    assert [stream.codec for stream in probe(summary.output).streams] == ["h264", "aac"]


def test_video_that_cannot_be_put_together(tmp_path: Path) -> None:
    """What FFmpeg refuses in the end, it refuses in the trial."""
    info = probe(make_clip(tmp_path / "film.mkv"))
    video = video_format(info, Settings(), find_encoder("prores"))
    planner = MuxPlanner(info, WHOLE_FILM, video)
    assert planner.plan(MATROSKA, tmp_path / "r.mkv").kept == ()
    with pytest.raises(OutputError, match=r"r\.mp4: MP4 files cannot hold the film"):
        planner.plan(MP4, tmp_path / "r.mp4")


def test_what_is_not_done_in_time_does_not_count_as_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = probe(make_clip(tmp_path / "film.mkv", audio="aac"))
    planner = MuxPlanner(info, WHOLE_FILM, video_format(info, Settings(), find_encoder("x264")))
    monkeypatch.setattr("filmcolor.media.encode.mux_trial._LONGEST_TRIAL", 1e-4)
    with pytest.raises(OutputError, match=r"put together in a trial \(it was not done in"):
        planner.plan(MP4, tmp_path / "r.mp4")


def test_a_container_is_not_blamed_for_what_cannot_be_read(tmp_path: Path) -> None:
    """A stream that is not there fails in whatever container."""
    info = probe(make_clip(tmp_path / "film.mkv", audio="aac"))
    sound = replace(info.other_streams[0], index=7)
    info = replace(info, streams=(info.streams[0], sound))
    video = video_format(info, Settings(), find_encoder("x264"))
    planner = MuxPlanner(info, WHOLE_FILM, video)
    planner._first = {7: FirstPackets(Fraction(0), None, near=True)}
    (out,) = planner.plan(MP4, tmp_path / "r.mp4").left_out
    assert out.why.startswith("FFmpeg cannot c")
    assert "map" in out.why
    assert str(Path(tempfile.gettempdir())) not in out.why


FULL_FOLDER = """
import resource, sys
from pathlib import Path
from filmcolor.media.encode.containers import MATROSKA
from filmcolor.media.encode.encoders import find_encoder
from filmcolor.media.decode.first_packets import FirstPackets, first_packets
from filmcolor.media.encode.mux_trial import MuxPlanner
from filmcolor.media.decode.probe import probe
from filmcolor.media.source import WHOLE_FILM
from filmcolor.settings import Settings
from filmcolor.media.encode.video_format import video_format
info = probe(Path(sys.argv[1]))
planner = MuxPlanner(info, WHOLE_FILM, video_format(info, Settings(), find_encoder("ffv1")))
resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8))
try:
    planner.plan(MATROSKA, Path("r.mkv"))
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits for files")
def test_a_full_temporary_folder_is_called_so(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "film.mkv")
    said = subprocess.run(
        [sys.executable, "-c", FULL_FOLDER, str(source)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ).stdout
    assert said.startswith(f"OutputError {tmp_path}: no trial could be written")
    assert os.strerror(errno.EFBIG) in said
    assert "codec" not in said


def test_uncompressed_sound_loses_nothing() -> None:
    def encoders(codec: str, sample_format: str) -> tuple[str, ...]:
        return MATROSKA.encoders(StreamInfo(1, "audio", codec, sample_format=sample_format))

    assert encoders("pcm_s8", "u8")[0] == "pcm_s16le"
    assert encoders("pcm_s24le_planar", "s32p")[0] == "pcm_s24le"
    assert encoders("pcm_dvd", "s32")[0] == "pcm_s32le"
    assert encoders("pcm_f32be", "flt")[0] == "pcm_f32le"
    assert encoders("cook", "fltp") == ("aac",)


def test_sound_that_is_cut_off_is_copied(tmp_path: Path, quick_network: Network) -> None:
    options = {"movflags": "frag_keyframe+empty_moov", "frag_duration": "1000000"}
    source = make_clip(tmp_path / "a.mp4", audio="aac", muxer_options=options)
    with av.open(str(source)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        tenth = packets[9]
    assert tenth.pos is not None
    source.write_bytes(source.read_bytes()[: tenth.pos + tenth.size // 2])
    summary = filmcolor.colorize(source, network=quick_network)
    assert not [note for note in summary.warnings if "converted" in note]
    with av.open(str(source)) as before, av.open(str(summary.output)) as after:
        sound = [[bytes(p) for p in c.demux(audio=0) if p.size] for c in (before, after)]
    assert len(sound[0]) == 10 and sound[0][:9] == sound[1][:9]
