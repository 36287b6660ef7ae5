"""Timecodes as cameras and tape machines count them: hours, minutes, seconds and frames."""

from __future__ import annotations

import re
from fractions import Fraction

_TAPE = re.compile(r"^(\d{2}):([0-5]\d):([0-5]\d)([:;.])(\d{2,3})$")

_DROPPED = {30: 2, 60: 4}
"""Numbers that drop-frame timecode leaves out at the beginning of a minute, by counting rate."""


def timecode_later(timecode: str, frame_rate: Fraction, seconds: Fraction) -> str:
    """Return the timecode of the frame that comes `seconds` after the one with `timecode`.

    It counts at `frame_rate`, rounded to whole frames a second; with a semicolon before the frames
    it leaves numbers out, to keep up with the clock at 29.97 and 59.94 frames a second (SMPTE
    12M). Behind 24 hours it begins again. What is no such timecode comes back as it is.

    >>> timecode_later("10:00:59;29", Fraction(30000, 1001), Fraction(1001, 30000))
    '10:01:00;02'
    """
    found = _TAPE.match(timecode)
    per_second = round(frame_rate)
    if found is None or per_second < 1 or int(found[5]) >= per_second:
        return timecode
    hours, minutes, whole_seconds, frames = (int(found[group]) for group in (1, 2, 3, 5))
    dropped = _DROPPED.get(per_second, 0) if found[4] in ";." else 0
    per_minute = 60 * per_second - dropped
    per_ten_minutes = 10 * per_minute + dropped
    total_minutes = 60 * hours + minutes
    count = (total_minutes * 60 + whole_seconds) * per_second + frames
    count -= dropped * (total_minutes - total_minutes // 10)
    count = (count + round(seconds * frame_rate)) % (144 * per_ten_minutes)
    tens, rest = divmod(count, per_ten_minutes)
    if dropped and rest >= dropped:
        more = (rest - dropped) // per_minute
        count += dropped * (9 * tens + more)
    else:
        count += dropped * 9 * tens
    count, frames = divmod(count, per_second)
    count, whole_seconds = divmod(count, 60)
    hours, minutes = divmod(count, 60)
    digits = len(found[5])
    return f"{hours:02}:{minutes:02}:{whole_seconds:02}{found[4]}{frames:0{digits}}"
