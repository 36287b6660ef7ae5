"""Every codec gives a film that plays, with the options that were asked for."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import filmcolor
from filmcolor.errors import OutputError, UsageError
from filmcolor.media.encode.encoders import ENCODERS, Encoder, find_encoder
from filmcolor.networks import Network
from tests.clips import make_clip, read_frames
from tests.streams import list_streams

FILMS = [
    ("x264", "r.mp4", "h264", {"preset": "ultrafast"}),
    ("x264", "r.mkv", "h264", {}),
    ("x264", "r.ts", "h264", {}),
    ("x265", "r.mp4", "hevc", {"preset": "ultrafast"}),
    ("x265", "r.mkv", "hevc", {"preset": "ultrafast"}),
    ("svt-av1", "r.mp4", "av1", {"preset": "12"}),
    ("svt-av1", "r.webm", "av1", {"preset": "12"}),
    ("vp9", "r.webm", "vp9", {"preset": "8"}),
    ("vp9", "r.mp4", "vp9", {"preset": "8"}),
    ("ffv1", "r.mkv", "ffv1", {}),
    ("prores", "r.mov", "prores", {}),
    ("prores", "r.mkv", "prores", {}),
]


@pytest.mark.parametrize(("codec", "name", "ffmpeg_name", "options"), FILMS)
def test_each_codec_gives_a_film(
    tmp_path: Path,
    network: Network,
    codec: str,
    name: str,
    ffmpeg_name: str,
    options: dict[str, str],
) -> None:
    source = make_clip(tmp_path / "film.mp4", frames=5, size=(64, 64))
    summary = filmcolor.colorize(source, tmp_path / name, network=network, codec=codec, **options)
    assert summary.codec == codec
    assert list_streams(tmp_path / name)[0].codec == ffmpeg_name
    before, after = read_frames(source), read_frames(tmp_path / name)
    assert len(after) == 5
    shift = after[0].time - before[0].time
    for old, new in zip(before, after, strict=True):
        assert abs(new.time - old.time - shift) <= Fraction(1, 1000)
        up = new.y >> 2 if codec == "prores" else new.y
        assert np.abs(up.astype(int) - old.y).mean() < 12


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="there is no such thing here")
@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=lambda encoder: encoder.name)
def test_encoders_leave_the_scheduling_alone(
    tmp_path: Path, network: Network, encoder: Encoder
) -> None:
    """Opened by root, SVT-AV1 made the whole process a real-time one."""
    if encoder.hardware:
        pytest.skip("there may be no such hardware here")
    before = os.sched_getscheduler(0)
    source = make_clip(tmp_path / "film.mp4", frames=2, size=(64, 64))
    filmcolor.colorize(source, tmp_path / "film.mkv", network=network, codec=encoder.name)
    assert os.sched_getscheduler(0) == before


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("codec", ["x264", "x265", "svt-av1", "vp9"])
def test_films_shorter_than_an_encoders_memory(
    tmp_path: Path, network: Network, codec: str, frames: int
) -> None:
    source = make_clip(tmp_path / "film.mp4", frames=frames, size=(64, 64))
    for name in ("r.mp4", "s.mp4", "t.mkv"):
        filmcolor.colorize(source, tmp_path / name, network=network, codec=codec)
        times = [frame.time for frame in read_frames(tmp_path / name)]
        assert times == [Fraction(index, 25) for index in range(frames)]


def test_prores_has_ten_bits_and_more_chroma(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "f.mkv", frames=2, pix_fmt="yuv420p10le", codec="ffv1")
    summary = filmcolor.colorize(source, tmp_path / "r.mov", network=network, codec="prores")
    assert summary.pix_fmt == "yuv422p10le"
    assert len(read_frames(tmp_path / "r.mov")) == 2


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "chosen"),
    [
        ("yuv420p", "x264", "yuv420p"),
        ("gray", "x264", "yuv420p"),
        ("yuv444p", "x264", "yuv420p"),
        ("yuv422p10le", "x264", "yuv420p10le"),
        ("yuv420p12le", "x265", "yuv420p12le"),
        ("gray10le", "svt-av1", "yuv420p10le"),
    ],
)
def test_bit_depth_follows_the_film(
    tmp_path: Path, network: Network, pix_fmt: str, codec: str, chosen: str
) -> None:
    source = make_clip(tmp_path / "f.mkv", frames=1, size=(64, 64), pix_fmt=pix_fmt, codec="ffv1")
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network)
    assert summary.codec == ("x265" if "12" in pix_fmt else "x264")
    summary = filmcolor.colorize(source, tmp_path / "s.mkv", network=network, codec=codec)
    assert summary.pix_fmt == chosen


def test_the_users_pixel_format(tmp_path: Path, network: Network, grey_clip: Path) -> None:
    summary = filmcolor.colorize(
        grey_clip, tmp_path / "r.mp4", network=network, end="2f", pix_fmt="yuv444p"
    )
    assert summary.pix_fmt == "yuv444p"
    frame = read_frames(tmp_path / "r.mp4")[0]
    assert frame.u is not None
    assert frame.u.shape == frame.y.shape
    with pytest.raises(UsageError, match=r"'yuv410p'.*yuv420p"):
        filmcolor.colorize(grey_clip, tmp_path / "s.mp4", network=network, pix_fmt="yuv410p")


def _x264_settings(path: Path) -> dict[str, str]:
    """The settings that x264 leaves in the film it writes."""
    text = path.read_bytes().partition(b"options: ")[2].partition(b"\0")[0].decode("latin-1")
    return dict(word.split("=", 1) for word in text.split() if "=" in word)


def test_options_reach_the_encoder(tmp_path: Path, network: Network, grey_clip: Path) -> None:
    result = tmp_path / "r.mp4"
    filmcolor.colorize(grey_clip, result, network=network, end="3f")
    usual = _x264_settings(result)
    assert (usual["crf"], usual["subme"], usual["bframes"]) == ("18.0", "7", "3")
    assert usual["chroma_me"] == "0"
    filmcolor.colorize(
        grey_clip,
        result,
        network=network,
        end="3f",
        overwrite=True,
        crf=31,
        preset="ultrafast",
        encoder_options={"x264-params": "bframes=5:chroma-me=1", "g": "7"},
    )
    chosen = _x264_settings(result)
    assert (chosen["crf"], chosen["subme"]) == ("31.0", "0")
    assert (chosen["bframes"], chosen["keyint"], chosen["chroma_me"]) == ("5", "7", "1")


def test_frames_are_not_cut_up_by_threads(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "film.mp4", frames=2, size=(64, 256))
    filmcolor.colorize(source, tmp_path / "r.mp4", network=network)
    assert _x264_settings(tmp_path / "r.mp4")["sliced_threads"] == "0"


@pytest.mark.parametrize("name", ["r.avi", "r.flv", "r.gif", "r"])
def test_suffixes_that_are_not_written(
    tmp_path: Path, network: Network, grey_clip: Path, name: str
) -> None:
    with pytest.raises(UsageError, match=r"\.mp4.*\.mkv.*\.webm"):
        filmcolor.colorize(grey_clip, tmp_path / name, network=network)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("codec", "name", "hint"),
    [
        ("x264", "r.webm", r"\.mp4 or \.mov or \.mkv"),
        ("prores", "r.mp4", r"\.mov or \.mkv"),
        ("ffv1", "r.mp4", r"\.mkv"),
        ("vp9", "r.mov", r"\.webm"),
    ],
)
def test_codecs_that_a_container_cannot_hold(
    tmp_path: Path, network: Network, grey_clip: Path, codec: str, name: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=hint):
        filmcolor.colorize(grey_clip, tmp_path / name, network=network, codec=codec)


def test_webm_gets_vp9(tmp_path: Path, network: Network, grey_clip: Path) -> None:
    summary = filmcolor.colorize(grey_clip, tmp_path / "r.webm", network=network, end="2f")
    assert summary.codec == "vp9"
    assert list_streams(tmp_path / "r.webm")[0].codec == "vp9"


def test_unknown_codec_and_options(tmp_path: Path, network: Network, grey_clip: Path) -> None:
    result = tmp_path / "r.mkv"
    with pytest.raises(UsageError, match=r"'divx' is not known.*x264.*ffv1"):
        filmcolor.colorize(grey_clip, result, network=network, codec="divx")
    with pytest.raises(UsageError, match="ffv1 has no `crf`"):
        filmcolor.colorize(grey_clip, result, network=network, codec="ffv1", crf=20)
    with pytest.raises(UsageError, match="prores has no `preset`"):
        filmcolor.colorize(grey_clip, result, network=network, codec="prores", preset="slow")
    with pytest.raises(UsageError, match="crf"):
        filmcolor.colorize(grey_clip, result, network=network, crf=-3)
    assert not result.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"codec": "x256"}, r"'x256' is not known \(did you mean 'x26[45]'"),
        ({"preset": "quick"}, r"x264 has none called 'quick'.*veryfast, faster"),
        ({"preset": "veryfst"}, r"did you mean 'veryfast'"),
        ({"codec": "x265", "preset": "12"}, r"x265 has none called '12'"),
        ({"codec": "svt-av1", "preset": "14"}, r"svt-av1 has none called '14'.*13, 12"),
        ({"codec": "vp9", "preset": "fast"}, r"vp9 has none called 'fast'"),
        ({"crf": 52}, "52 will not do for x264; take 0 to 51"),
        ({"codec": "x265", "crf": 60}, "60 will not do for x265; take 0 to 51"),
        ({"encoder_options": {"crf": "many"}}, "many will not do for x264"),
        ({"encoder_options": {"prset": "slow"}}, r"prset=slow.*no such option.*'preset'"),
        ({"encoder_options": {"rc_lookahead": "9"}}, r"no such option.*'rc-lookahead'"),
        ({"encoder_options": {"bf": "several"}}, "bf=several: x264 does not take this value"),
        ({"encoder_options": {"x264-params": "bframe=3:reff=2"}}, "parameter 'bframe'"),
        ({"codec": "x265", "encoder_options": {"x265-params": "reff=2"}}, "parameter 'reff'"),
        ({"codec": "svt-av1", "encoder_options": {"svtav1-params": "tone=2"}}, "'tone'"),
    ],
)
def test_what_an_encoder_does_not_take(
    tmp_path: Path, network: Network, grey_clip: Path, options: dict[str, Any], words: str
) -> None:
    """Refused before work begins, in our own words, with what would do."""
    with pytest.raises(UsageError, match=words) as found:
        filmcolor.colorize(grey_clip, tmp_path / "r.mkv", network=network, **options)
    assert not re.search("Errno|avcodec|Invalid|[Ee]rror", str(found.value))
    assert not (tmp_path / "r.mkv").exists()


def test_limits_themselves_are_taken(tmp_path: Path, network: Network, grey_clip: Path) -> None:
    for codec, crf, preset in (("x264", 51, "0"), ("vp9", 63, "8"), ("svt-av1", 63, "13")):
        output = tmp_path / f"{codec}.mkv"
        summary = filmcolor.colorize(
            grey_clip, output, network=network, end="2f", codec=codec, crf=crf, preset=preset
        )
        assert summary.frames == 2


def test_names_of_encoders() -> None:
    for name, meant in (("h264", "x264"), ("hevc", "x265"), ("H.265", "x265"), ("av1", "svt-av1")):
        assert find_encoder(name) is ENCODERS[meant]
    assert find_encoder("libx264") is find_encoder("X264") is ENCODERS["x264"]
    for name, encoder in ENCODERS.items():
        assert find_encoder(name) is encoder


def test_hardware_that_is_missing_is_named(
    tmp_path: Path, network: Network, grey_clip: Path
) -> None:
    """Wherever none of these encoders is at hand, the message says which one was asked for."""
    missing = "h264_videotoolbox" if "h264_videotoolbox" not in av.codecs_available else "h264_amf"
    if missing in av.codecs_available:
        pytest.skip(f"{missing} is there")
    with pytest.raises(OutputError, match=missing):
        filmcolor.colorize(grey_clip, tmp_path / "r.mp4", network=network, codec=missing)
