"""Compares times and tracks of two films: what was copied, converted, changed or lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from benchmarks.fidelity.streams import TrackInfo
from benchmarks.fidelity.subtitle_text import TEXT_CODECS, Cue

Times = Sequence[Fraction | None]
MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True)
class TimeMatch:
    """How the times of a result follow those of its source, in seconds."""

    grade: Literal["exact", "rounded", "shifted", "different", "unknown"]
    max_error: float | None = None
    shift: float = 0.0
    max_error_after_shift: float | None = None


@dataclass(frozen=True)
class TrackMatch:
    """What became of one audio, subtitle or other track."""

    index: int
    status: Literal["copied", "converted", "re-encoded", "damaged", "empty", "missing"]
    source_codec: str
    result_codec: str
    language: str
    source_packets: int
    result_packets: int
    times: TimeMatch
    remark: str = ""


def tolerance(source_tick: Fraction, result_tick: Fraction) -> Fraction:
    """Half a tick of the result, or half a millisecond for sources with millisecond ticks.

    A source tick above 1 ms, such as AVI's tick of one frame, is no rounding of the times.
    """
    return max(result_tick, min(source_tick, MILLISECOND)) / 2


def in_order(times: Times) -> Times:
    """Return the times of decoded frames in ascending order.

    Decoders give frames in the order in which they are shown. Times that are not in that order
    are a fault of the file (decoding times stored as presentation times).
    """
    known = [time for time in times if time is not None]
    return sorted(known) if len(known) == len(times) else times


def match_times(source: Times, result: Times, allowed: Fraction) -> TimeMatch:
    """Grade the result's times: equal, equal after rounding, or equal but for one shift."""
    differences = [
        after - before
        for before, after in zip(source, result, strict=False)
        if before is not None and after is not None
    ]
    if not differences:
        return TimeMatch("unknown")
    largest = max(abs(difference) for difference in differences)
    if largest <= allowed:
        grade: Literal["exact", "rounded"] = "rounded" if largest else "exact"
        return TimeMatch(grade, float(largest), 0.0, float(largest))
    middle = (max(differences) + min(differences)) / 2
    spread = (max(differences) - min(differences)) / 2
    return TimeMatch(
        "shifted" if spread <= allowed else "different",
        float(largest),
        float(middle),
        float(spread),
    )


def pair_tracks(
    sources: Sequence[TrackInfo],
    results: Sequence[TrackInfo],
    same: Callable[[TrackInfo, TrackInfo], bool],
) -> list[tuple[TrackInfo, int | None]]:
    """Give every source track its result track: first by content and language, then by order."""
    tests: tuple[Callable[[TrackInfo, TrackInfo], bool], ...] = (
        lambda a, b: a.language == b.language and same(a, b),
        same,
        lambda a, b: not a.hashes and not b.hashes and a.language == b.language,
        lambda a, b: bool(a.hashes) and bool(b.hashes),
    )
    partners: dict[int, int] = {}
    for test in tests:
        for i, source in enumerate(sources):
            for j, result in enumerate(results):
                if i not in partners and j not in partners.values() and test(source, result):
                    partners[i] = j
    return [(source, partners.get(i)) for i, source in enumerate(sources)]


def same_packets(source: TrackInfo, result: TrackInfo) -> bool:
    """Whether both tracks hold the same payload, however it is cut into packets."""
    if not source.hashes or not result.hashes:
        return False
    return source.stream_hash == result.stream_hash or _usable(source) == _usable(result)


def _usable(track: TrackInfo) -> list[str]:
    return [digest for digest, good in zip(track.hashes, track.usable, strict=True) if good]


def _usable_times(track: TrackInfo) -> list[Fraction | None]:
    return [time for time, good in zip(track.times, track.usable, strict=True) if good]


def match_audio(index: int, source: TrackInfo, result: TrackInfo | None) -> TrackMatch:
    """Compare one audio track packet by packet."""
    if result is None:
        status: Literal["empty", "missing"] = "missing" if source.hashes else "empty"
        return _track_match(index, source, None, status)
    if not source.hashes:
        return _track_match(index, source, result, "empty")
    # Programs that copy sound smooth its times within a whole tick of the coarser stream.
    allowed = max(result.tick, min(source.tick, MILLISECOND))
    if source.hashes == result.hashes:
        times = match_times(source.times, result.times, allowed)
        return _track_match(index, source, result, "copied", times)
    if _usable(source) == _usable(result) and _usable(source):
        times = match_times(_usable_times(source), _usable_times(result), allowed)
        remark = "packets that no player plays differ"
        return _track_match(index, source, result, "copied", times, remark)
    times = match_times(source.times[:1], result.times[:1], allowed)
    if source.stream_hash == result.stream_hash:
        remark = "cut into other packets"
        return _track_match(index, source, result, "copied", times, remark)
    kept = len(set(source.hashes) & set(result.hashes))
    if source.codec == result.codec and 2 * kept >= len(set(source.hashes)):
        remark = f"{kept} of {len(set(source.hashes))} different payloads kept"
        return _track_match(index, source, result, "damaged", times, remark)
    remark = "another packing of AAC" if "aac_latm" in (source.codec, result.codec) else ""
    return _track_match(index, source, result, "re-encoded", times, remark)


def same_subtitles(source: TrackInfo, result: TrackInfo) -> bool:
    """Whether both tracks say the same, in words or in bitmaps."""
    if source.codec in TEXT_CODECS and result.codec in TEXT_CODECS:
        words = [cue.text for cue in source.cues if cue.text]
        return bool(words) and words == [cue.text for cue in result.cues if cue.text]
    # A transport stream's bitmaps come in parts that Matroska joins.
    return bool(source.hashes) and source.stream_hash == result.stream_hash


def match_subtitles(
    index: int, source: TrackInfo, result: TrackInfo | None, shift: float
) -> TrackMatch:
    """Compare one subtitle track: words or bitmaps, and their times, moved by the film's shift."""
    if result is None:
        status: Literal["empty", "missing"] = "missing" if source.hashes else "empty"
        return _track_match(index, source, None, status)
    if not source.hashes:
        return _track_match(index, source, result, "empty")
    allowed = MILLISECOND + max(result.tick, min(source.tick, MILLISECOND))
    if not same_subtitles(source, result):
        remark = "words differ" if source.codec in TEXT_CODECS else "bitmaps differ"
        return _track_match(index, source, result, "damaged", TimeMatch("unknown"), remark)
    if source.codec not in TEXT_CODECS:
        whole = source.hashes == result.hashes
        count = None if whole else 1
        times = match_times(source.times[:count], result.times[:count], allowed)
        remark = "" if whole else "cut into other packets"
        return _track_match(index, source, result, "copied", times, remark)
    before = [cue for cue in source.cues if cue.text]
    after = [cue for cue in result.cues if cue.text]
    times = match_times(_starts(before), _starts(after), allowed)
    late = _wrong_ends(before, after, shift, allowed)
    remark = f"{late} lines end at another time" if late else ""
    copied = source.codec == result.codec and source.hashes == result.hashes
    return _track_match(index, source, result, "copied" if copied else "converted", times, remark)


def _starts(cues: list[Cue]) -> list[Fraction]:
    return [Fraction(cue.start, 1000) for cue in cues]


def _wrong_ends(before: list[Cue], after: list[Cue], shift: float, allowed: Fraction) -> int:
    """Count lines with another end; an end cut at the next line's start is no fault."""
    wrong = 0
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        expected = [old.end]
        if number + 1 < len(before):
            expected.append(min(old.end, before[number + 1].start))
        moved = [end + moved_by for end in expected for moved_by in (0.0, shift * 1000)]
        wrong += all(abs(new.end - end) > float(allowed * 1000) for end in moved)
    return wrong


def _track_match(
    index: int,
    source: TrackInfo,
    result: TrackInfo | None,
    status: Literal["copied", "converted", "re-encoded", "damaged", "empty", "missing"],
    times: TimeMatch | None = None,
    remark: str = "",
) -> TrackMatch:
    return TrackMatch(
        index=index,
        status=status,
        source_codec=source.codec,
        result_codec="" if result is None else result.codec,
        language=source.language,
        source_packets=len(source.hashes),
        result_packets=0 if result is None else len(result.hashes),
        times=times or TimeMatch("unknown"),
        remark=remark,
    )
