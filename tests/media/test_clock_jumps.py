"""Films whose clock starts again: joined recordings, cells of DVDs, clocks of 33 bits that wrap."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

import filmcolor
from filmcolor.jobs.inspect import inspect
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.encode.containers import MATROSKA, WEBM
from filmcolor.media.encode.encoders import find_encoder
from filmcolor.media.encode.mux_trial import MuxPlanner
from filmcolor.media.encode.video_format import video_format
from filmcolor.media.source import WHOLE_FILM, FrameRange
from filmcolor.networks import Network
from filmcolor.settings import Settings
from tests.clips import ffmpeg, read_frames
from tests.streams import list_streams, sound_begins

FRAME = Fraction(1, 25)


def make_part(path: Path, *options: object, audio: str = "mp2", tone_from: float = 0.5) -> Path:
    """A second of film with sound that is silent until `tone_from`."""
    tone = f"aevalsrc='0.4*sin(4000*t)*gte(t,{tone_from})':s=48000:d=1"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1,format=gray"),
        *("-f", "lavfi", "-i", tone, "-c:v", "mpeg2video", "-g", 10, "-bf", 2, "-q:v", 3),
        *("-pix_fmt", "yuv420p", "-c:a", audio, *options, path),
    )
    return path


def join(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


@pytest.fixture(params=["ts", "vob", "mpg", "lpcm.vob"])
def joined(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Two seconds, of which the second has the clock of the first; the tone comes at 1.5 s."""
    suffix = request.param.split(".")[-1]
    audio = "pcm_dvd" if "lpcm" in request.param else "mp2"
    first = make_part(tmp_path / f"first.{suffix}", audio=audio, tone_from=2)
    second = make_part(tmp_path / f"second.{suffix}", audio=audio)
    return join(tmp_path / f"film.{suffix}", first, second)


def test_what_follows_goes_on_one_frame_later(joined: Path, network: Network) -> None:
    summary = filmcolor.colorize(joined, joined.with_name("r.mkv"), network=network, crf=1)
    frames = read_frames(summary.output)
    assert summary.frames == len(frames) == 50
    steps = [b.time - a.time for a, b in pairwise(frames)]
    assert all(abs(step - FRAME) <= Fraction(2, 1000) for step in steps)
    for frame, source in zip(frames, read_frames(joined), strict=True):
        assert np.abs(frame.y.astype(int) - source.y).mean() < 1
    assert sound_begins(summary.output) - frames[0].time == pytest.approx(1.5, abs=0.06)
    assert any("clock starts again or jumps at 00:00:0" in note for note in summary.warnings)
    facts = inspect(joined, Settings())
    assert facts["timing"]["frames"] == 50
    assert facts["duration"] == pytest.approx(2, abs=0.1)
    assert any("clock starts again" in note for note in facts["colorize"]["notes"])


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_part_from_behind_the_jump(joined: Path, network: Network, suffix: str) -> None:
    summary = filmcolor.colorize(
        *(joined, joined.with_name(f"r{suffix}")),
        start="30f",
        end="45f",
        network=network,
        crf=1,
    )
    frames = read_frames(summary.output)
    wanted = read_frames(joined)[30:45]
    assert len(frames) == 15
    for frame, source in zip(frames, wanted, strict=True):
        assert np.abs(frame.y.astype(int) - source.y).mean() < 1
    assert sound_begins(summary.output) == pytest.approx(0.3, abs=0.06)
    assert [stream.kind for stream in list_streams(summary.output)] == ["video", "audio"]
    with av.open(str(summary.output)) as container:
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(0.6, abs=0.07)


def test_a_clock_of_33_bits_that_wraps(tmp_path: Path) -> None:
    source = tmp_path / "film.ts"
    until_wrap = 70
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=74,format=gray"),
        *("-f", "lavfi", "-i", "sine=d=74", "-c:v", "mpeg2video", "-c:a", "mp2", "-b:a", "32k"),
        *("-output_ts_offset", Fraction(1 << 33, 90_000).__float__() - until_wrap, source),
    )
    info = probe(source)
    times = [frame.time for frame in FilmReader(info).frames()]
    assert len(times) == 74 * 25
    assert {b - a for a, b in pairwise(times)} == {FRAME}
    assert info.duration is not None
    assert float(info.duration) == pytest.approx(74, abs=0.2)


def test_what_is_joined_behind_a_later_clock(tmp_path: Path, network: Network) -> None:
    """FFmpeg takes a clock that goes back by more than a minute for one that wraps."""
    first = make_part(tmp_path / "a.ts", "-output_ts_offset", 900, tone_from=2)
    source = join(tmp_path / "film.ts", first, make_part(tmp_path / "b.ts"))
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network, method="frame")
    times = [frame.time for frame in read_frames(summary.output)]
    assert len(times) == 50
    assert times[-1] - times[0] == pytest.approx(49 * FRAME, abs=0.002)
    assert sound_begins(summary.output) - times[0] == pytest.approx(1.5, abs=0.06)


def test_a_jump_ahead_is_bridged_only_if_sound_jumps_too(tmp_path: Path) -> None:
    """Where only pictures are missing, the sound goes on."""
    first = make_part(tmp_path / "a.ts")
    later = make_part(tmp_path / "b.ts", "-output_ts_offset", 60)
    joined = probe(join(tmp_path / "film.ts", first, later))
    times = [frame.time for frame in FilmReader(joined).frames()]
    assert {b - a for a, b in pairwise(times)} == {FRAME}
    paused = tmp_path / "paused.ts"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=20,format=gray"),
        *("-f", "lavfi", "-i", "sine=d=20", "-c:v", "mpeg2video", "-c:a", "mp2"),
        *("-vf", "select='lt(t,1)+gt(t,18)'", "-fps_mode", "vfr", paused),
    )
    info = probe(paused)
    assert info.jumps == ()
    times = [frame.time for frame in FilmReader(info).frames()]
    assert max(b - a for a, b in pairwise(times)) > 16


def paused_clock(path: Path, seconds: float, *sound: object) -> Path:
    """Four seconds with reordered frames whose clock jumps ahead by `seconds` after two."""
    plain = path.with_name(f"plain-{path.name}")
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=4,format=gray", *sound),
        *("-vf", f"setpts=PTS+gte(T\\,2)*{seconds}/TB", "-fps_mode", "passthrough"),
        *("-c:v", "libx264", "-bf", 3, "-g", 15, "-x264-params", "b-adapt=0:scenecut=0"),
        *("-enc_time_base:v", "1/90000", "-pix_fmt", "yuv420p", "-c:a", "mp2", plain),
    )
    if not sound:
        return plain
    moved = rf"setts=ts=TS+gte(TS*TB\,3.4)*{seconds}/TB"  # the muxer delays all by 1.4 s
    ffmpeg("-copyts", "-i", plain, "-c", "copy", "-bsf:a", moved, "-mpegts_copyts", 1, path)
    return path


@pytest.mark.parametrize("seconds", [15, 700])
def test_a_jump_ahead_among_reordered_frames(
    tmp_path: Path, network: Network, seconds: float
) -> None:
    """Frames that are decoded before the jump and shown behind it belong behind it."""
    sound = ("-f", "lavfi", "-i", "sine=d=4") if seconds < 600 else ()
    source = paused_clock(tmp_path / "film.ts", seconds, *sound)
    info = probe(source)
    reader = FilmReader(info)
    whole = list(reader.frames())
    assert len(whole) == 100
    assert {b.time - a.time for a, b in pairwise(whole)} == {FRAME}
    for start in (10, 48, 49, 50, 51, 80):
        found = list(reader.frames(FrameRange(whole[start].time)))
        assert [frame.pts for frame in found] == [frame.pts for frame in whole[start:]]
    angles = tmp_path / "angles.ts"
    ffmpeg(
        *("-copyts", "-i", source, "-map", "0:v", "-map", "0:v", "-map", "0:a?", "-c", "copy"),
        *("-mpegts_copyts", 1, angles),
    )
    result = filmcolor.colorize(angles, tmp_path / "r.mkv", network=network, method="frame").output
    for stream in (0, 1):
        times = [frame.time for frame in FilmReader(probe(result, stream)).frames()]
        assert len(times) == 100
        assert all(abs(b - a - FRAME) <= Fraction(2, 1000) for a, b in pairwise(times))


def test_a_silent_film_keeps_its_pauses(tmp_path: Path) -> None:
    info = probe(paused_clock(tmp_path / "film.ts", 15))
    assert info.jumps == ()
    times = [frame.time for frame in FilmReader(info).frames()]
    assert times[-1] - times[0] == 99 * FRAME + 15


def test_more_jumps_than_ffmpeg_nests_expressions(tmp_path: Path) -> None:
    part = tmp_path / "part.ts"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=0.2,format=gray"),
        *("-f", "lavfi", "-i", "sine=d=0.2", "-c:v", "mpeg2video", "-c:a", "mp2", part),
    )
    info = probe(join(tmp_path / "film.ts", *[part] * 105))
    assert len([jump for jump in info.jumps if jump.stream == 0]) == 104
    planner = MuxPlanner(info, WHOLE_FILM, video_format(info, Settings(), find_encoder("vp9")))
    assert [stream.codec for stream in planner.plan(MATROSKA, tmp_path / "r.mkv").copied] == ["mp2"]
    assert [kept.encoder for kept in planner.plan(WEBM, tmp_path / "r.webm").kept] == ["libopus"]


def test_one_wrong_timestamp_is_no_jump(tmp_path: Path) -> None:
    """Damage can put a single packet anywhere."""
    source = tmp_path / "film.ts"
    plain = make_part(tmp_path / "plain.ts")
    ffmpeg("-i", plain, "-c", "copy", "-bsf:v", "setts=ts=if(eq(N\\,12)\\,9000000\\,TS)", source)
    assert probe(source).jumps == ()


def test_parts_read_behind_several_jumps(tmp_path: Path) -> None:
    part = make_part(tmp_path / "part.ts")
    info = probe(join(tmp_path / "film.ts", *[part] * 4))
    reader = FilmReader(info)
    whole = list(reader.frames())
    assert len(whole) == 100
    for start in (10, 30, 55, 80, 99):
        found = list(reader.frames(FrameRange(whole[start].time)))
        assert [frame.pts for frame in found] == [frame.pts for frame in whole[start:]]
        for frame, wanted in zip(found, whole[start:], strict=True):
            np.testing.assert_array_equal(frame.luma, wanted.luma)


def test_soft_pulldown_without_timestamps(tmp_path: Path) -> None:
    """Each frame is shown for as long as it says: three fields and two in turn."""
    source = tmp_path / "film.m2v"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=30000/1001:d=1,format=gray"),
        *("-c:v", "mpeg2video", "-g", 12, "-bf", 0, "-pix_fmt", "yuv420p", source),
    )
    data = bytearray(source.read_bytes())
    extensions = [found.start() for found in re.finditer(rb"\x00\x00\x01\xb5[\x80-\x8f]", data)]
    assert len(extensions) == 30
    for place in extensions[::2]:
        data[place + 7] |= 0x82  # top_field_first, repeat_first_field
    for found in re.finditer(rb"\x00\x00\x01\xb5[\x10-\x1f]", data):
        data[found.start() + 5] &= ~0x08  # the sequence is not progressive: it counts fields
    for place in extensions:
        data[place + 8] |= 0x80  # progressive_frame
    source.write_bytes(data)
    frames = list(FilmReader(probe(source)).frames())
    unit = probe(source).time_base
    lasts = [float((b.pts - a.pts) * unit) for a, b in pairwise(frames)]
    assert len(frames) == 30
    assert lasts[:4] == pytest.approx([1.5 / 29.97, 1 / 29.97] * 2, abs=0.001)
