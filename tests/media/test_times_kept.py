"""Every frame is shown when it was shown in the source."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import filmcolor
from filmcolor.networks import Network
from tests.clips import ffmpeg, frame_times, make_clip

SMALL = (32, 32)
TIME_BASES = [
    Fraction(1, 1000),
    Fraction(1, 12800),
    Fraction(1001, 24000),
    Fraction(1, 90000),
    Fraction(1, 10_000_000),
]


@st.composite
def frame_clocks(draw: st.DrawFn, shortest: Fraction) -> tuple[Fraction, list[int]]:
    """A time base, and strictly increasing ticks in it; the first need not be 0."""
    time_base = draw(st.sampled_from(TIME_BASES))
    least = max(1, -(-shortest // time_base))
    most = max(least, int(Fraction(1, 2) / time_base))
    gaps = draw(st.lists(st.integers(int(least), most), min_size=1, max_size=4))
    first = draw(st.sampled_from([0, 0, 1]) | st.integers(0, most))
    return time_base, list(accumulate([first, *gaps]))


PROPERTY = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@PROPERTY
@given(clock=frame_clocks(Fraction(0)), suffix=st.sampled_from([".mp4", ".mov"]))
def test_times_are_exact_in_mp4_and_mov(
    tmp_path_factory: pytest.TempPathFactory,
    network: Network,
    clock: tuple[Fraction, list[int]],
    suffix: str,
) -> None:
    time_base, ticks = clock
    folder = tmp_path_factory.mktemp("clock")
    source = make_clip(folder / "film.mov", size=SMALL, pts=ticks, time_base=time_base)
    wanted = [tick * time_base for tick in ticks]
    assert frame_times(source) == wanted
    filmcolor.colorize(source, folder / f"r{suffix}", network=network, preset="ultrafast")
    assert frame_times(folder / f"r{suffix}") == wanted


@PROPERTY
@given(clock=frame_clocks(Fraction(1, 1000)))
def test_times_are_within_half_a_tick_in_matroska(
    tmp_path_factory: pytest.TempPathFactory, network: Network, clock: tuple[Fraction, list[int]]
) -> None:
    time_base, ticks = clock
    folder = tmp_path_factory.mktemp("clock")
    source = make_clip(folder / "film.mov", size=SMALL, pts=ticks, time_base=time_base)
    filmcolor.colorize(source, folder / "r.mkv", network=network, preset="ultrafast")
    times = frame_times(folder / "r.mkv")
    assert len(times) == len(ticks)
    for tick, time in zip(ticks, times, strict=True):
        assert abs(tick * time_base - time) <= Fraction(1, 2000)


@PROPERTY
@given(
    gaps=st.lists(st.integers(1, 700), min_size=1, max_size=4),
    first=st.integers(0, 500),
    reordered=st.booleans(),
)
def test_times_are_exact_from_matroska_to_matroska(
    tmp_path_factory: pytest.TempPathFactory,
    network: Network,
    gaps: list[int],
    first: int,
    reordered: bool,
) -> None:
    folder = tmp_path_factory.mktemp("clock")
    options = {"preset": "ultrafast", "bf": "2" if reordered else "0"}
    source = make_clip(
        folder / "film.mkv",
        size=SMALL,
        pts=list(accumulate([first, *gaps])),
        time_base=Fraction(1, 1000),
        options=options,
    )
    wanted = frame_times(source)
    assert len(wanted) == len(gaps) + 1
    filmcolor.colorize(source, folder / "r.mkv", network=network, preset="veryfast")
    assert frame_times(folder / "r.mkv") == wanted


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(16), Fraction(1)])
def test_a_constant_rate_keeps_times_and_length(
    tmp_path: Path, network: Network, suffix: str, rate: Fraction
) -> None:
    source = make_clip(tmp_path / f"film{suffix}", frames=5, size=SMALL, rate=rate)
    result = tmp_path / f"r{suffix}"
    summary = filmcolor.colorize(source, result, network=network, preset="veryfast")
    assert frame_times(result) == frame_times(source)
    assert summary.duration == pytest.approx(float(5 / rate), abs=0.001)
    assert _length(result) == pytest.approx(_length(source), abs=0.0011)


def _length(path: Path) -> float:
    with av.open(str(path)) as container:
        assert container.duration is not None
        return container.duration / av.time_base


def test_the_last_frame_lasts_as_long_as_in_the_source(tmp_path: Path, network: Network) -> None:
    """40 ms, 40 ms, then one picture for 2 seconds."""
    short = make_clip(tmp_path / "short.mp4", frames=3, size=SMALL)
    source = tmp_path / "film.mov"
    with av.open(str(short)) as before, av.open(str(source), "w") as out:
        stream = out.add_stream_from_template(before.streams.video[0])
        for packet in before.demux(video=0):
            if packet.pts is None:
                continue
            if packet.pts * packet.time_base == Fraction(2, 25):
                packet.duration = int(2 / packet.time_base)
            packet.stream = stream
            out.mux(packet)
    assert _length(source) == pytest.approx(2.08, abs=0.01)
    filmcolor.colorize(source, tmp_path / "r.mov", network=network)
    assert _length(tmp_path / "r.mov") == pytest.approx(2.08, abs=0.01)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_a_film_of_one_frame(tmp_path: Path, network: Network, suffix: str) -> None:
    source = make_clip(tmp_path / "film.mp4", frames=1)
    summary = filmcolor.colorize(source, tmp_path / f"r{suffix}", network=network)
    assert summary.frames == 1
    assert frame_times(tmp_path / f"r{suffix}") == [0]
    assert summary.duration == pytest.approx(0.04, abs=0.001)


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_files_without_presentation_times(tmp_path: Path, network: Network, codec: str) -> None:
    """AVI stores decoding times; with B-frames they are not those of the pictures."""
    options = {"bf": "2"} | ({"preset": "veryfast"} if codec == "libx264" else {})
    source = make_clip(tmp_path / "film.avi", frames=14, codec=codec, options=options)
    with av.open(str(source)) as container:
        kinds = {
            av.video.frame.PictureType(frame.pict_type).name for frame in container.decode(video=0)
        }
    assert "B" in kinds
    result = tmp_path / "r.mkv"
    filmcolor.colorize(source, result, network=network, preset="ultrafast")
    times = frame_times(result)
    assert len(times) == 14
    gaps = [after - before for before, after in pairwise(times)]
    assert max(gaps) <= Fraction(42, 1000)
    assert min(gaps) >= Fraction(38, 1000)


def test_two_frames_with_the_same_time(tmp_path: Path, network: Network) -> None:
    """Both are kept; the second is shown one tick later."""
    source = make_clip(
        tmp_path / "film.mkv",
        codec="ffv1",
        pts=[0, 400, 403, 800, 1200],
        time_base=Fraction(1, 10_000),
    )
    milliseconds = [time * 1000 for time in frame_times(source)]
    assert milliseconds == [0, 40, 40, 80, 120]
    filmcolor.colorize(source, tmp_path / "r.mkv", network=network)
    assert [time * 1000 for time in frame_times(tmp_path / "r.mkv")] == [0, 40, 41, 80, 120]


def test_a_stream_without_a_container(tmp_path: Path, network: Network) -> None:
    """A bare H.264 stream has no times at all."""
    source = tmp_path / "film.h264"
    ffmpeg("-i", make_clip(tmp_path / "film.mp4", frames=6), "-c", "copy", "-f", "h264", source)
    summary = filmcolor.colorize(source, network=network)
    times = frame_times(summary.output)
    assert [time - times[0] for time in times] == [Fraction(n, 25) for n in range(6)]


def test_an_edit_list_that_hides_frames(tmp_path: Path, network: Network) -> None:
    """A cut without re-encoding begins inside a group of pictures: what was hidden stays so."""
    whole = make_clip(tmp_path / "whole.mp4", frames=20, options={"g": "20"})
    source = tmp_path / "film.mp4"
    ffmpeg("-ss", "0.32", "-i", whole, "-c", "copy", source)
    shown = frame_times(source)
    filmcolor.colorize(source, tmp_path / "r.mp4", network=network)
    assert frame_times(tmp_path / "r.mp4") == shown
