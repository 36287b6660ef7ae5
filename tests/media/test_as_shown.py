"""What players show: cropped pictures, counted frames, the order of fields, and what changes."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

import filmcolor
from filmcolor.errors import InputError
from filmcolor.jobs.inspect import inspect
from filmcolor.media.decode.deinterlace import Deinterlacer
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.faults.encrypted import is_encrypted
from filmcolor.networks import Network
from filmcolor.settings import Settings
from tests.clips import ffmpeg, make_clip, read_frames, read_luma
from tests.streams import add_streams, list_streams

GREY = "testsrc2=s=64x48:r=25:d=1,format=gray"


def said_of_frames(path: Path) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", path, "-vf", "showinfo", "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stderr


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize(
    ("codec", "name"), [("libx264", "film.mkv"), ("libx264", "film.mov"), ("mpeg2video", "film.ts")]
)
def test_the_order_of_fields(
    tmp_path: Path, network: Network, codec: str, name: str, order: str
) -> None:
    source = tmp_path / name
    x264 = ("-x264-params", f"{order}=1") if codec == "libx264" else ()
    ffmpeg(
        *("-f", "lavfi", "-i", GREY, "-vf", f"setfield={order}", "-flags", "+ildct+ilme"),
        *("-c:v", codec, *x264, "-pix_fmt", "yuv420p", source),
    )
    first = "top" if order == "tff" else "bottom"
    assert inspect(source, Settings())["video"]["field_order"] == first
    output = tmp_path / "r.mkv"
    filmcolor.colorize(source, output, network=network, deinterlace="off", method="frame")
    found = re.findall(r" i:([TBP]) ", said_of_frames(output))
    assert found == [first[0].upper()] * 25


def test_dv_is_bottom_field_first(tmp_path: Path) -> None:
    source = tmp_path / "film.avi"
    picture = "testsrc2=s=720x576:r=25:d=0.2"
    ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "dvvideo", "-pix_fmt", "yuv420p", source)
    assert not probe(source).top_field_first


@pytest.mark.parametrize("mode", ["auto", "on", "off"])
@pytest.mark.parametrize("size", [(64, 2), (64, 4)])
def test_pictures_that_are_too_small_for_the_filter(
    tmp_path: Path, network: Network, size: tuple[int, int], mode: str
) -> None:
    source = tmp_path / "film.mkv"
    picture = f"testsrc2=s={size[0]}x{size[1]}:r=25:d=0.2,format=gray,setfield=tff"
    ffmpeg("-f", "lavfi", "-i", picture, "-flags", "+ildct", "-c:v", "ffv1", source)
    output = tmp_path / "r.mkv"
    summary = filmcolor.colorize(source, output, network=network, codec="ffv1", deinterlace=mode)
    assert summary.frames == len(read_luma(output)) == 5


def test_frames_that_do_not_tell_their_time_base(tmp_path: Path) -> None:
    """As the last ones that a decoder gives where the end of a film is damaged."""
    source = make_clip(tmp_path / "film.ts", codec="mpeg2video", interlaced=True)
    info = probe(source)
    with av.open(str(source)) as container:
        frames = list(container.decode(video=0))
    wanted = [frame.pts for frame in frames]
    for frame in frames[-3:]:
        frame.time_base = Fraction(0)
    found = list(Deinterlacer(info, "on").filter(frames))
    assert [frame.pts for frame in found] == wanted
    assert {frame.time_base for frame in found} == {info.time_base}


def cropped_film(path: Path) -> Path:
    """A Matroska film of which four rows above and eight below are not shown."""
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.4,format=gray,setsar=2"),
        *("-c:v", "mpeg4", "-pix_fmt", "yuv420p", "-write_crc32", 0, path),
    )
    data = path.read_bytes()
    elements = {  # shape and unit become: rows cut off above and below, and no unit
        b"\x54\xb0\x81\x08": b"\x54\xbb\x81\x04",
        b"\x54\xba\x81\x03": b"\x54\xaa\x81\x08",
        b"\x54\xb2\x81\x03": b"\x54\xb2\x81\x00",
    }
    for shape, crop in elements.items():
        assert data.count(shape) == 1
        data = data.replace(shape, crop)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("suffix", [".mkv", ".mov", ".mp4"])
def test_rows_that_a_container_cuts_off(tmp_path: Path, network: Network, suffix: str) -> None:
    source = tmp_path / f"film{suffix}"
    ffmpeg("-i", cropped_film(tmp_path / "plain.mkv"), "-c", "copy", source)
    if "Frame Cropping" not in said_of_frames(source):
        pytest.skip("this FFmpeg does not know of it")
    info = probe(source)
    assert (info.height, info.width) == (36, 64)
    output = tmp_path / "r.mkv"
    summary = filmcolor.colorize(source, output, network=network, codec="ffv1")
    assert summary.warnings == []
    for (_, whole), (_, shown) in zip(read_luma(source), read_luma(output), strict=True):
        np.testing.assert_array_equal(whole[4:-8], shown)


def test_frames_that_never_decode_are_not_counted(tmp_path: Path, network: Network) -> None:
    """A recording that begins amid a group of pictures."""
    whole = make_clip(tmp_path / "whole.ts", codec="mpeg2video", frames=40, options={"g": "15"})
    with av.open(str(whole)) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.pos]
    source = tmp_path / "film.ts"
    packet = 188
    data = whole.read_bytes()
    source.write_bytes(data[: 3 * packet] + data[places[5] // packet * packet :])
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network, method="frame")
    assert summary.frames < 35
    assert inspect(source, Settings())["timing"]["frames"] == summary.frames
    part = filmcolor.colorize(source, tmp_path / "p.mkv", end="7f", network=network)
    assert part.frames == 7


def test_closed_captions_inside_the_video_are_told(tmp_path: Path, network: Network) -> None:
    source = tmp_path / "film.m2v"
    ffmpeg("-f", "lavfi", "-i", GREY, "-c:v", "mpeg2video", "-pix_fmt", "yuv420p", source)
    data = source.read_bytes()
    for word, told in ((b"\x94\x20", True), (b"\x80\x80", False)):
        captions = b"\0\0\1\xb2GA94\x03\x41\xff\xfc" + word + b"\xff"
        slices = re.compile(rb"\x00\x00\x01\x01(?=.)", re.S)
        film = tmp_path / f"film-{told}.m2v"
        film.write_bytes(slices.sub(lambda found, c=captions: c + found[0], data))
        with av.open(str(film)) as container:
            frame = next(container.decode(video=0))
            assert frame.side_data.get("A53_CC") is not None
        output = tmp_path / f"r-{told}.mkv"
        summary = filmcolor.colorize(film, output, network=network, method="frame")
        assert any("closed captions inside" in note for note in summary.warnings) == told


def test_closed_captions_of_a_single_picture_are_told(tmp_path: Path, network: Network) -> None:
    source = tmp_path / "film.m2v"
    ffmpeg("-f", "lavfi", "-i", GREY, "-c:v", "mpeg2video", "-pix_fmt", "yuv420p", source)
    captions = b"\0\0\1\xb2GA94\x03\x41\xff\xfc\x94\x20\xff"
    data = source.read_bytes()
    slices = [found.start() for found in re.finditer(rb"\x00\x00\x01\x01(?=.)", data, re.S)]
    assert len(slices) == 25
    source.write_bytes(data[: slices[18]] + captions + data[slices[18] :])
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network, method="frame")
    assert any("closed captions inside" in note for note in summary.warnings)


def test_pixels_that_change_their_shape(tmp_path: Path, network: Network) -> None:
    parts = []
    for number, shape in enumerate(("16/15", "64/45")):
        path = tmp_path / f"{number}.ts"
        ffmpeg(
            *("-f", "lavfi", "-i", f"{GREY},setsar={shape}", "-c:v", "mpeg2video"),
            *("-pix_fmt", "yuv420p", "-output_ts_offset", number, path),
        )
        parts.append(path.read_bytes())
    source = tmp_path / "film.ts"
    source.write_bytes(b"".join(parts))
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network, method="frame")
    note = next(note for note in summary.warnings if "shape of pixels changes" in note)
    assert "at 00:00:0" in note
    assert "throughout" in note


@pytest.fixture
def two_streams(tmp_path: Path) -> Path:
    """A broadcast whose video goes on under another PID."""
    parts = []
    for number in (0, 1):
        path = tmp_path / f"{number}.ts"
        ffmpeg(
            *("-f", "lavfi", "-i", GREY, "-c:v", "mpeg2video", "-pix_fmt", "yuv420p"),
            *("-output_ts_offset", number, "-mpegts_start_pid", 256 * (number + 1), path),
        )
        parts.append(path.read_bytes())
    source = tmp_path / "film.ts"
    source.write_bytes(b"".join(parts))
    assert [stream.kind for stream in list_streams(source)] == ["video", "video"]
    return source


def test_video_that_goes_on_in_another_stream(two_streams: Path, network: Network) -> None:
    first = filmcolor.colorize(two_streams, two_streams.with_name("a.mkv"), network=network)
    assert any("stream 1 begins: the film seems to go on" in note for note in first.warnings)
    second = filmcolor.colorize(
        two_streams, two_streams.with_name("b.mkv"), network=network, video_stream=1
    )
    assert second.frames == 25
    assert not any("seems to go on" in note for note in second.warnings)
    assert abs(read_frames(second.output)[0].time - 1) < Fraction(1, 10)
    with pytest.raises(InputError, match="stream 7 is no video; those that are: 0, 1"):
        filmcolor.colorize(two_streams, two_streams.with_name("c.mkv"), video_stream=7)


def test_two_angles_do_not_go_on(tmp_path: Path) -> None:
    source = tmp_path / "film.ts"
    ffmpeg(
        *("-f", "lavfi", "-i", GREY, "-f", "lavfi", "-i", GREY, "-map", 0, "-map", 1),
        *("-c:v", "mpeg2video", "-pix_fmt", "yuv420p", source),
    )
    assert probe(source).goes_on is None


def test_encrypted_films_are_called_so(tmp_path: Path) -> None:
    key = ("-encryption_key", "0" * 31 + "1", "-encryption_kid", "0" * 31 + "2")
    source = tmp_path / "film.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", GREY, "-c:v", "libx264", "-pix_fmt", "yuv420p"),
        *("-encryption_scheme", "cenc-aes-ctr", *key, source),
    )
    with pytest.raises(InputError, match="encrypted"):
        probe(source)
    plain = tmp_path / "plain.mp4"
    ffmpeg("-f", "lavfi", "-i", GREY, "-c:v", "libx264", "-pix_fmt", "yuv420p", plain)
    with av.open(str(source)) as encrypted, av.open(str(plain)) as clear:
        place = next(encrypted.demux(video=0)).pos
        first = bytes(next(clear.demux(video=0)))
    data = bytearray(source.read_bytes())
    data[place : place + len(first)] = first  # a picture that decodes, as noise may by chance
    source.write_bytes(data)
    with pytest.raises(InputError, match="encrypted"):
        probe(source)
    scrambled = tmp_path / "film.ts"
    plain = make_clip(tmp_path / "plain.ts", codec="mpeg2video")
    data = bytearray(plain.read_bytes())
    for place in range(0, len(data), 188):
        pid = (data[place + 1] & 0x1F) << 8 | data[place + 2]
        if pid >= 256:
            data[place + 3] |= 0x80
            data[place + 20 : place + 188] = bytes((7 * n + place) % 256 for n in range(168))
    scrambled.write_bytes(data)
    with pytest.raises(InputError, match=r"encrypted|no video"):
        probe(scrambled)


@pytest.mark.parametrize("suffix", ["mkv", "mpg"])
def test_damaged_films_are_not_called_encrypted(tmp_path: Path, suffix: str) -> None:
    """Any two bytes are somewhere in damaged pictures."""
    source = make_clip(tmp_path / f"film.{suffix}", codec="mpeg2video", frames=25)
    data = bytearray(source.read_bytes())
    if suffix == "mkv":
        begin = data.index(b"\x1f\x43\xb6\x75") + 40
        data[begin:] = (b"\x50\x35\x6d\x80\x62\x40\x50\x35" * len(data))[: len(data) - begin]
    else:
        first = data.index(b"\0\0\1\xe0")
        for place in range(first + 7, len(data)):
            if data[place - 4 : place] != b"\0\0\1\xe0" and place % 7:
                data[place] = 0x55
        data[first + 40 : first + 47] = b"\0\0\1\xe0\0\x40\xb1"
    source.write_bytes(data)
    assert not is_encrypted(source, "matroska" if suffix == "mkv" else "mpeg", [])


def test_encrypted_matroska_is_called_so(tmp_path: Path) -> None:
    """A track's ContentEncodings tell it."""
    source = make_clip(tmp_path / "film.mkv")
    data = source.read_bytes()

    def element(name: str, content: bytes) -> bytes:
        return bytes.fromhex(name) + (len(content) | 1 << 28).to_bytes(4, "big") + content

    encodings = element("6d80", element("6240", element("5035", bytes.fromhex("47e18105"))))
    tracks = element("1654ae6b", element("ae", element("d7", b"\1") + encodings))
    head = data[: data.index(bytes.fromhex("18538067"))]
    source.write_bytes(head + bytes.fromhex("1853806701ffffffffffffff") + tracks)
    assert is_encrypted(source, "matroska", [])


def test_telemetry_is_not_dropped_in_silence(tmp_path: Path, network: Network) -> None:
    """What a container cannot hold is told; chapters and timecodes are no data."""
    plain = make_clip(tmp_path / "plain.mp4")
    source = add_streams(plain, tmp_path / "film.mp4", chapters=True)
    assert [stream.kind for stream in list_streams(source)] == ["video", "data"]
    assert filmcolor.colorize(source, tmp_path / "r.mp4", network=network).warnings == []
    with_data = tmp_path / "film.ts"
    data = tmp_path / "data.bin"
    data.write_bytes(bytes(1000))
    ffmpeg(
        *("-i", plain, "-f", "data", "-i", data, "-map", 0, "-map", 1),
        *("-c", "copy", with_data),
    )
    assert "data" in [stream.kind for stream in list_streams(with_data)]
    summary = filmcolor.colorize(with_data, tmp_path / "d.mkv", network=network)
    assert any(note.startswith("data stream 1") for note in summary.warnings)


def test_frames_are_counted_as_they_are_shown(tmp_path: Path) -> None:
    for interlaced in (True, False):
        source = make_clip(tmp_path / f"{interlaced}.mkv", interlaced=interlaced, frames=30)
        info = probe(source)
        assert info.packets_are_frames
        assert inspect(source, Settings())["timing"]["frames"] == 30
        assert len(list(FilmReader(info).frames())) == 30
