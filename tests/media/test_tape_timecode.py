"""Timecodes of tapes and cameras: what they are later, and in parts of films."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

import filmcolor
from filmcolor.media.decode.tape_timecode import timecode_later
from filmcolor.networks import Network
from tests.clips import ffmpeg

NTSC = Fraction(30_000, 1001)


@pytest.mark.parametrize(
    ("timecode", "rate", "seconds", "later"),
    [
        ("10:00:00:00", 25, 2, "10:00:02:00"),
        ("10:00:00:00", 25, Fraction(51, 25), "10:00:02:01"),
        ("23:59:59:24", 25, Fraction(1, 25), "00:00:00:00"),
        ("01:00:00:00", Fraction(24_000, 1001), Fraction(1001, 1000), "01:00:01:00"),
        ("00:00:59:29", NTSC, 1 / NTSC, "00:01:00:00"),
        ("00:00:59;29", NTSC, 1 / NTSC, "00:01:00;02"),
        ("00:09:59;29", NTSC, 1 / NTSC, "00:10:00;00"),
        ("00:00:00;00", NTSC, 17982 / NTSC, "00:10:00;00"),
        ("23:59:59;29", NTSC, 1 / NTSC, "00:00:00;00"),
        ("00:00:59;59", 2 * NTSC, 1 / (2 * NTSC), "00:01:00;04"),
        ("00:00:00:30", 25, 1, "00:00:00:30"),
        ("a title", 25, 1, "a title"),
    ],
)
def test_later(timecode: str, rate: Fraction, seconds: Fraction, later: str) -> None:
    assert timecode_later(timecode, Fraction(rate), Fraction(seconds)) == later


@given(st.integers(0, 2_000_000), st.integers(0, 2_000_000), st.sampled_from(":;"))
def test_steps_add_up(first: int, second: int, mark: str) -> None:
    """Going on by a number of frames and then by another is going on by both."""
    begin = f"00:00:00{mark}00"
    by_two = timecode_later(timecode_later(begin, NTSC, first / NTSC), NTSC, second / NTSC)
    assert by_two == timecode_later(begin, NTSC, (first + second) / NTSC)


@pytest.mark.parametrize(
    ("container", "result"), [("mov", ".mov"), ("mov", ".mp4"), ("mxf", ".mov")]
)
def test_a_part_has_the_timecode_of_its_first_frame(
    tmp_path: Path, network: Network, container: str, result: str
) -> None:
    source = tmp_path / f"film.{container}"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3,format=gray", "-pix_fmt", "yuv420p"),
        *("-c:v", "mpeg2video", "-timecode", "10:00:00:00", source),
    )
    for start, timecode in ((None, "10:00:00:00"), (2, "10:00:02:00"), ("7f", "10:00:00:07")):
        output = tmp_path / f"r{start}{result}"
        filmcolor.colorize(source, output, start=start, network=network, method="frame")
        with av.open(str(output)) as film:
            found = {stream.metadata.get("timecode") for stream in film.streams}
            found.add(film.metadata.get("timecode"))
        assert found - {None} == {timecode}
