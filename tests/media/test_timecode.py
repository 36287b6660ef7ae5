"""Points in a film, as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filmcolor.errors import UsageError
from filmcolor.media.timecode import Position, format_timecode, parse_position


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", Fraction(0)),
        ("12", Fraction(12)),
        ("12.5", Fraction(25, 2)),
        ("12.", Fraction(12)),
        (".5", Fraction(1, 2)),
        ("0.1", Fraction(1, 10)),
        ("100000", Fraction(100_000)),
        (" 7 ", Fraction(7)),
        ("1:02", Fraction(62)),
        ("1:2", Fraction(62)),
        ("01:02.5", Fraction(125, 2)),
        ("59:59", Fraction(3599)),
        ("0:00:00", Fraction(0)),
        ("00:01:02.500", Fraction(125, 2)),
        ("1:00:00", Fraction(3600)),
        ("123:00:00", Fraction(442_800)),
        ("00:00:01.001", Fraction(1001, 1000)),
        (3, Fraction(3)),
        (0.1, Fraction(1, 10)),
        (12.5, Fraction(25, 2)),
        (Fraction(1001, 30_000), Fraction(1001, 30_000)),
        (1e-7, Fraction(1, 10_000_000)),
    ],
)
def test_times(text: str | float | Fraction, seconds: Fraction) -> None:
    assert parse_position(text) == Position(seconds=seconds)


@pytest.mark.parametrize(("text", "frame"), [("0f", 0), ("120f", 120), (" 007f ", 7)])
def test_frames(text: str, frame: int) -> None:
    assert parse_position(text) == Position(frame=frame)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "abc",
        "f",
        "-1",
        "-1f",
        "+5",
        "1.5f",
        "12s",
        "1e3",
        "nan",
        "inf",
        "1,5",
        "1:60",
        "60:00",
        "1:00:60",
        "1:60:00",
        "1:2:3:4",
        ":30",
        "1:",
        "1::2",
        "00:01:02:12",
        "1 2",
        "1:-2",
        "5\n6",
    ],
)
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_position(text)
    assert repr(text.strip()) in str(caught.value)
    assert "120f" in str(caught.value)


@pytest.mark.parametrize(
    "value", [-1, -0.5, Fraction(-1, 3), float("nan"), float("inf"), float("-inf")]
)
def test_other_numbers_are_refused(value: float | Fraction) -> None:
    with pytest.raises(UsageError):
        parse_position(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00.000"),
        (Fraction(1, 3), "00:00:00.333"),
        (Fraction(2, 3), "00:00:00.666"),
        (59.9996, "00:00:59.999"),
        (Fraction(3661), "01:01:01.000"),
        (Fraction(360_000), "100:00:00.000"),
        (0.5, "00:00:00.500"),
    ],
)
def test_format(seconds: float | Fraction, text: str) -> None:
    assert format_timecode(seconds) == text


@given(milliseconds=st.integers(0, 10**9))
def test_what_is_written_is_read_again(milliseconds: int) -> None:
    seconds = Fraction(milliseconds, 1000)
    assert parse_position(format_timecode(seconds)).seconds == seconds


@given(seconds=st.fractions(0, 10**6))
def test_written_times_are_rounded_down_to_the_millisecond(seconds: Fraction) -> None:
    read = parse_position(format_timecode(seconds)).seconds
    assert read is not None
    assert 0 <= seconds - read < Fraction(1, 1000)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        position = parse_position(text)
    except UsageError:
        return
    assert (position.frame is None) != (position.seconds is None)
