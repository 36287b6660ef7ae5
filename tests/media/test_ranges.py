"""Parts of films: exactly the frames that were asked for, and the sound that belongs to them."""

from __future__ import annotations

from fractions import Fraction
from hashlib import md5
from pathlib import Path

import av
import numpy as np
import pytest

import filmcolor
from filmcolor.errors import InputError, UsageError
from filmcolor.networks import Network
from tests.clips import ffmpeg, frame_times, make_clip, read_luma
from tests.streams import add_streams, sound_begins

TICKS = [0, 30, 75, 200, 210, 390, 500, 530, 700, 910, 1000, 1040]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 frames at 25 a second, with a keyframe every 6."""
    folder = tmp_path_factory.mktemp("range")
    return make_clip(folder / "film.mp4", frames=25, options={"g": "6", "bf": "2"}, audio="aac")


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 frames at uneven times."""
    folder = tmp_path_factory.mktemp("range")
    return make_clip(folder / "film.mkv", codec="ffv1", pts=TICKS, time_base=Fraction(1, 1000))


def assert_frames(source: Path, result: Path, first: int, end: int) -> None:
    """The result has the luma of the frames `first` to `end` (excluded), from time 0 on."""
    wanted, found = read_luma(source)[first:end], read_luma(result)
    assert len(found) == end - first
    for (old_time, old), (time, new) in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(old, new)
        assert abs(time - (old_time - wanted[0][0])) <= Fraction(1, 1000)


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        ("5f", "12f", (5, 12)),
        ("0f", "1f", (0, 1)),
        (None, "3f", (0, 3)),
        ("20f", None, (20, 25)),
        ("24f", "25f", (24, 25)),
        (0.2, 0.48, (5, 12)),
        ("0.2", Fraction(12, 25), (5, 12)),
        ("00:00:00.200", "0:00.480", (5, 12)),
        (0.21, 0.481, (6, 13)),
        (0, 1, (0, 25)),
        (0.4, 99, (10, 25)),
    ],
)
def test_exact_frames(
    tmp_path: Path, network: Network, film: Path, start: str, end: str, frames: tuple[int, int]
) -> None:
    result = tmp_path / "r.mkv"
    summary = filmcolor.colorize(
        film, result, start=start, end=end, network=network, codec="ffv1", method="frame"
    )
    assert summary.frames == frames[1] - frames[0]
    wanted, found = read_luma(film)[slice(*frames)], read_luma(result)
    for (_, old), (_, new) in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(old, new)
    gaps = [time - found[0][0] for time, _ in found]
    assert gaps == [Fraction(index, 25) for index in range(len(found))]


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [("3f", "7f", (3, 7)), (0.2, 0.5, (3, 6)), ("0.201", "0.501", (4, 7)), ("11f", None, (11, 12))],
)
def test_exact_frames_at_uneven_times(
    tmp_path: Path, network: Network, uneven: Path, start: str, end: str, frames: tuple[int, int]
) -> None:
    assert [int(time * 1000) for time in frame_times(uneven)] == TICKS
    result = tmp_path / "r.mkv"
    filmcolor.colorize(uneven, result, start=start, end=end, network=network, codec="ffv1")
    if start in ("3f", 0.2, "11f"):
        assert_frames(uneven, result, *frames)
    for (_, old), (_, new) in zip(
        read_luma(uneven)[slice(*frames)], read_luma(result), strict=True
    ):
        np.testing.assert_array_equal(old, new)


def test_a_range_of_a_film_that_starts_late(tmp_path: Path, network: Network) -> None:
    """Frame numbers count frames; times count from the film's beginning, also in streams whose
    clock begins elsewhere."""
    source = make_clip(
        tmp_path / "film.ts", frames=20, codec="mpeg2video", pts=range(900, 920), options={"g": "4"}
    )
    assert frame_times(source)[0] > 30
    for name, start, end in (("a", "6f", "9f"), ("b", 0.24, 0.36)):
        result = tmp_path / f"{name}.mkv"
        filmcolor.colorize(source, result, start=start, end=end, network=network, codec="ffv1")
        assert_frames(source, result, 6, 9)


def _packets(path: Path) -> list[tuple[Fraction, str]]:
    """Time and digest of each sound packet."""
    with av.open(str(path)) as container:
        return [
            (packet.pts * packet.time_base, md5(bytes(packet)).hexdigest())
            for packet in container.demux(audio=0)
            if packet.pts is not None and packet.size
        ]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize(("start", "end"), [(0.2, 0.68), (0, 0.48), (0.4, None)])
def test_sound_is_cut_to_match(
    tmp_path: Path, network: Network, film: Path, suffix: str, start: float, end: float | None
) -> None:
    result = tmp_path / f"r{suffix}"
    filmcolor.colorize(film, result, start=start, end=end, network=network, preset="ultrafast")
    source, found = _packets(film), _packets(result)
    packet = Fraction(1024, 44100) + Fraction(1, 1000)
    times = {digest: time for time, digest in source}
    assert len(times) == len(source)
    video_starts = frame_times(result)[0]
    heard = [(time, times[digest]) for time, digest in found]
    for time, old in heard:
        assert abs((time - video_starts) - (old - Fraction(str(start)))) <= Fraction(1, 500)
    ends = Fraction(str(end)) if end else Fraction(1)
    assert abs(heard[0][1] - Fraction(str(start))) <= packet
    assert abs(heard[-1][1] + Fraction(1024, 44100) - ends) <= packet


def test_chapters_move_with_the_range(tmp_path: Path, network: Network) -> None:
    plain = make_clip(tmp_path / "plain.mkv", frames=12)
    source = add_streams(plain, tmp_path / "film.mkv", chapters=True)
    result = tmp_path / "r.mkv"
    filmcolor.colorize(source, result, start=0.12, end=0.4, network=network, preset="ultrafast")
    with av.open(str(result)) as container:
        chapters = [
            (
                chapter["metadata"]["title"],
                float(chapter["start"] * chapter["time_base"]),
                float(chapter["end"] * chapter["time_base"]),
            )
            for chapter in container.chapters()
        ]
    assert [title for title, _, _ in chapters] == ["First", "Second"]
    assert [start for _, start, _ in chapters] == pytest.approx([0, 0.12], abs=0.002)
    assert chapters[0][2] == pytest.approx(0.12, abs=0.002)
    assert chapters[1][2] == pytest.approx(0.28, abs=0.002)


def test_subtitles_move_with_the_range(tmp_path: Path, network: Network) -> None:
    plain = make_clip(tmp_path / "plain.mkv", frames=12)
    source = add_streams(plain, tmp_path / "film.mkv", subtitles="subrip")
    result = tmp_path / "r.mkv"
    filmcolor.colorize(source, result, start=0.12, network=network, preset="ultrafast")
    with av.open(str(result)) as container:
        cues = [
            (float(packet.pts * packet.time_base), bytes(packet).decode())
            for packet in container.demux(subtitles=0)
            if packet.pts is not None and packet.size
        ]
    assert cues[-1][0] == pytest.approx(0.12, abs=0.002)
    assert "Two lines" in cues[-1][1]


LINES = """1
00:00:00,100 --> 00:00:00,900
over when the part begins

2
00:00:01,000 --> 00:00:02,000
shown when it begins

3
00:00:02,200 --> 00:00:02,700
later
"""


@pytest.mark.parametrize("result", [".mp4", ".mkv", ".webm"])
@pytest.mark.parametrize("source_suffix", [".mkv", ".mp4"])
def test_lines_of_a_part(tmp_path: Path, network: Network, source_suffix: str, result: str) -> None:
    """Lines that are over go, those shown when it begins are cut, all others move."""
    lines = tmp_path / "lines.srt"
    lines.write_text(LINES, encoding="utf-8")
    plain = make_clip(tmp_path / "plain.mkv", frames=30, rate=10)
    source = tmp_path / f"film{source_suffix}"
    codec = "mov_text" if source_suffix == ".mp4" else "subrip"
    ffmpeg("-i", plain, "-i", lines, "-map", 0, "-map", 1, "-c:v", "copy", "-c:s", codec, source)
    output = tmp_path / f"r{result}"
    filmcolor.colorize(source, output, start=1.5, network=network, method="frame")
    with av.open(str(output)) as container:
        cues = [
            (float(packet.pts * packet.time_base), float(packet.duration * packet.time_base))
            for packet in container.demux(subtitles=0)
            if packet.pts is not None and packet.size > 2 and packet.duration
        ]
    assert cues == [pytest.approx((0, 0.5), abs=0.011), pytest.approx((0.7, 0.5), abs=0.011)]


@pytest.mark.parametrize("container", ["avi", "mov", "mkv", "mxf", "wmv"])
@pytest.mark.parametrize("result", [".mp4", ".webm"])
def test_sound_of_a_part_that_is_converted(
    tmp_path: Path, network: Network, container: str, result: str
) -> None:
    source = tmp_path / f"film.{container}"
    pictures = {"mxf": "mpeg2video", "wmv": "wmv2"}.get(container, "mpeg4")
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3,format=gray", "-f", "lavfi"),
        *("-i", "aevalsrc='0.4*sin(4000*t)*between(t,1.5,2.5)':s=48000:d=3"),
        *("-c:v", pictures, "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", source),
    )
    output = tmp_path / f"r{result}"
    summary = filmcolor.colorize(
        source, output, start=1.2, end=2.2, network=network, method="frame"
    )
    assert any("audio stream 1 is converted" in note for note in summary.warnings)
    assert sound_begins(output) == pytest.approx(0.3, abs=0.03)
    with av.open(str(output)) as film:
        assert film.duration is not None
        assert film.duration / av.time_base == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (0.5, 0.2, "empty"),
        ("9f", "9f", "empty"),
        (0.41, 0.42, "no frames"),
        (5, None, "after the end"),
        ("25f", None, "no frame|after the end|no frames"),
        ("200f", None, r"no frame 200; the film has 25 frames"),
        (None, "200f", r"no frame 200; the film has 25 frames"),
        (None, 0, "empty|no frames"),
    ],
)
def test_ranges_outside_the_film(
    tmp_path: Path, network: Network, film: Path, start: str, end: str, words: str
) -> None:
    with pytest.raises(InputError, match=words) as failure:
        filmcolor.colorize(film, tmp_path / "r.mp4", start=start, end=end, network=network)
    assert str(film) in str(failure.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("position", ["-1", "1:99", "five", "5 f", "", "1:2:3:4", -0.5])
def test_positions_that_are_none(network: Network, film: Path, position: str) -> None:
    with pytest.raises(UsageError):
        filmcolor.colorize(film, film.with_name("never.mp4"), start=position, network=network)
