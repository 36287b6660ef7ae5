"""Checks that a coloured film kept everything of its source.

    python -m benchmarks.fidelity SOURCE RESULT [--json]

Compares the two files with PyAV, independently of the filmcolor package: frames and their times,
sound, subtitles, chapters, tags, attachments, cover art, shape and rotation. The exit code is 0
when nothing was lost, else 1.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path

import av.error
import av.logging

from benchmarks.fidelity.picture_matching import LumaDifference, luma_difference, picture_problems
from benchmarks.fidelity.stream_matching import (
    TimeMatch,
    TrackMatch,
    in_order,
    match_audio,
    match_subtitles,
    match_times,
    pair_tracks,
    same_packets,
    same_subtitles,
    tolerance,
)
from benchmarks.fidelity.streams import KEPT_FRAMES, FilmInfo, TrackInfo, VideoInfo, read_film
from benchmarks.fidelity.tags import REQUIRED_TAGS, film_tags, same_language

OPTIONAL_DISPOSITIONS = frozenset({"default", "metadata", "dependent", "still_image"})
"""Dispositions that muxers set by rules of their own."""


@dataclass
class Report:
    """What became of a film's content."""

    source: str
    result: str
    ok: bool = False
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    source_frames: int = 0
    result_frames: int = 0
    frame_times: TimeMatch = field(default_factory=lambda: TimeMatch("unknown"))
    audio: list[TrackMatch] = field(default_factory=list)
    audio_video_difference: float | None = None
    """The largest difference, in seconds, between the shift of a track's sound and the video's."""
    subtitles: list[TrackMatch] = field(default_factory=list)
    source_chapters: int = 0
    result_chapters: int = 0
    attachments: int = 0
    covers: int = 0
    duration_difference: float | None = None
    luma: LumaDifference | None = None

    @property
    def max_time_error(self) -> float | None:
        """The largest difference between a frame's times, in seconds, any shift included."""
        return self.frame_times.max_error


def compare(
    source: Path,
    result: Path,
    *,
    allow_shift: bool = True,
    allow_reencoded_audio: bool = False,
    luma_frames: int = KEPT_FRAMES,
) -> Report:
    """Compare a film with its coloured copy; see Report for what comes back."""
    report = Report(str(source), str(result))
    before = _read(report, source, luma_frames)
    after = _read(report, result, luma_frames)
    if before is not None and after is not None:
        _compare_video(report, before.video, after.video, allow_shift)
        _compare_audio(report, before, after, allow_reencoded_audio)
        _compare_subtitles(report, before, after)
        _compare_others(report, before, after)
        _compare_chapters(report, before, after)
        _compare_tags(report, before, after)
        _compare_files(report, before, after)
        if before.duration is not None and after.duration is not None:
            report.duration_difference = float(after.duration - before.duration)
            if abs(report.duration_difference) > 0.1:
                report.notes.append(f"duration differs by {report.duration_difference:+.3f} s")
    report.ok = not report.problems
    return report


def _read(report: Report, path: Path, luma_frames: int) -> FilmInfo | None:
    try:
        return read_film(path, luma_frames)
    except (av.error.FFmpegError, OSError) as error:
        report.problems.append(f"cannot read {path.name}: {error}")
        return None


def _compare_video(
    report: Report, source: VideoInfo | None, result: VideoInfo | None, allow_shift: bool
) -> None:
    report.source_frames = 0 if source is None else len(source.times)
    report.result_frames = 0 if result is None else len(result.times)
    if source is None or not source.times:
        report.problems.append("no video frames in the source")
    if result is None or not result.times:
        report.problems.append("no video frames in the result")
    if source is None or result is None or not source.times or not result.times:
        return
    if len(source.times) != len(result.times):
        report.problems.append(f"{len(source.times)} frames became {len(result.times)}")
    for name, video in (("source", source), ("result", result)):
        if video.decode_errors:
            report.notes.append(f"{video.decode_errors} packets of the {name} do not decode")
    if result.decode_errors > source.decode_errors:
        report.problems.append("the result's video is damaged")
    allowed = tolerance(source.tick, result.tick)
    ordered = in_order(source.times)
    if ordered != source.times:
        report.notes.append("the source's frame times are not in order; they are compared sorted")
    times = report.frame_times = match_times(ordered, result.times, allowed)
    if times.grade == "different":
        report.problems.append(
            f"frame times differ by up to {times.max_error:.6f} s"
            f" ({times.max_error_after_shift:.6f} s after a shift of {times.shift:+.6f} s)"
        )
    elif times.grade == "shifted":
        words = f"all frames are shifted by {times.shift:+.6f} s"
        (report.notes if allow_shift else report.problems).append(words)
    elif times.grade == "unknown":
        report.notes.append("no frame times can be compared")
    problems, notes = picture_problems(source, result)
    report.problems += problems
    report.notes += notes
    if not same_language(source.language, result.language):
        report.notes.append(f"video language {source.language!r} became {result.language!r}")
    report.luma = luma_difference(source, result)


def _compare_audio(
    report: Report, source: FilmInfo, result: FilmInfo, allow_reencoded: bool
) -> None:
    pairs = _pairs(report, "audio", source.audio, result.audio, same_packets)
    for index, (before, after) in enumerate(pairs):
        match = match_audio(index, before, after)
        report.audio.append(match)
        name = f"audio {index}"
        _status(report, name, match, allow_reencoded)
        if after is None or match.times.grade == "unknown" or not report.result_frames:
            continue
        if match.times.grade == "different":
            report.problems.append(
                f"{name}: times differ by up to {match.times.max_error_after_shift:.6f} s"
            )
        apart = match.times.shift - report.frame_times.shift
        if abs(apart) > abs(report.audio_video_difference or 0.0):
            report.audio_video_difference = apart
        report.audio_video_difference = report.audio_video_difference or 0.0
        ticks = [before.tick, after.tick]
        ticks += [video.tick for video in (result.video,) if video is not None]
        if abs(apart) > max(0.001, float(max(min(tick, Fraction(1, 50)) for tick in ticks))):
            report.problems.append(
                f"{name} is moved by {match.times.shift:+.6f} s but the video by"
                f" {report.frame_times.shift:+.6f} s"
            )


def _compare_subtitles(report: Report, source: FilmInfo, result: FilmInfo) -> None:
    shift = report.frame_times.shift
    pairs = _pairs(report, "subtitle", source.subtitles, result.subtitles, same_subtitles)
    for index, (before, after) in enumerate(pairs):
        match = match_subtitles(index, before, after, shift)
        report.subtitles.append(match)
        name = f"subtitle {index}"
        _status(report, name, match, allow_reencoded=False)
        if match.times.grade == "different":
            report.problems.append(f"{name}: times of lines differ")
        elif match.times.grade != "unknown" and abs(match.times.shift - shift) > 0.003:
            report.problems.append(
                f"{name} is moved by {match.times.shift:+.3f} s but the video by {shift:+.3f} s"
            )
        if "end at another time" in match.remark:
            report.problems.append(f"{name}: {match.remark}")


def _pairs(
    report: Report,
    kind: str,
    sources: Sequence[TrackInfo],
    results: Sequence[TrackInfo],
    same: Callable[[TrackInfo, TrackInfo], bool],
) -> list[tuple[TrackInfo, TrackInfo | None]]:
    """Pair the tracks; check their order, language, title and dispositions."""
    pairs = pair_tracks(sources, results, same)
    order = [partner for _, partner in pairs if partner is not None]
    if order != sorted(order):
        report.problems.append(f"{kind} tracks are in another order")
    if len(results) > len(order):
        report.notes.append(
            f"tracks of kind {kind} that the source lacks: {len(results) - len(order)}"
        )
    for index, (before, partner) in enumerate(pairs):
        if partner is None:
            continue
        after = results[partner]
        if not same_language(before.language, after.language):
            report.problems.append(
                f"{kind} {index}: language {before.language!r} became {after.language!r}"
            )
        if before.title and before.title != after.title:
            report.notes.append(f"{kind} {index}: title {before.title!r} became {after.title!r}")
        for flag in sorted(set(before.disposition) ^ set(after.disposition)):
            words = f"{kind} {index}: disposition {flag!r} was " + (
                "lost" if flag in before.disposition else "added"
            )
            optional = flag in OPTIONAL_DISPOSITIONS or flag in after.disposition
            (report.notes if optional else report.problems).append(words)
    return [(before, None if at is None else results[at]) for before, at in pairs]


def _status(report: Report, name: str, match: TrackMatch, allow_reencoded: bool) -> None:
    codecs = f"{match.source_codec} to {match.result_codec}"
    extra = f" ({match.remark})" if match.remark else ""
    if match.status == "missing":
        report.problems.append(f"{name}: {match.source_codec} track is missing")
    elif match.status == "damaged":
        report.problems.append(f"{name}: {match.source_codec} track was changed{extra}")
    elif match.status == "re-encoded":
        words = f"{name}: re-encoded, {codecs}{extra}"
        (report.notes if allow_reencoded else report.problems).append(words)
    elif match.status == "converted":
        report.notes.append(f"{name}: converted, {codecs}")
    elif match.status == "empty":
        report.notes.append(f"{name}: no packets in the source")
    elif match.remark:
        report.notes.append(f"{name}: copied, {match.remark}")


def _compare_others(report: Report, source: FilmInfo, result: FilmInfo) -> None:
    """Further video streams must be kept; data tracks are only noted."""
    for before, partner in pair_tracks(source.other_video, result.other_video, same_packets):
        if before.hashes and (
            partner is None or not same_packets(before, result.other_video[partner])
        ):
            report.problems.append(f"further {before.codec} video stream is missing or changed")
    for before, partner in pair_tracks(source.data, result.data, same_packets):
        if before.hashes and (partner is None or not same_packets(before, result.data[partner])):
            report.notes.append(f"data track of {len(before.hashes)} packets is missing or changed")


def _compare_chapters(report: Report, source: FilmInfo, result: FilmInfo) -> None:
    report.source_chapters, report.result_chapters = len(source.chapters), len(result.chapters)
    if len(source.chapters) != len(result.chapters):
        report.problems.append(f"{len(source.chapters)} chapters became {len(result.chapters)}")
        return
    shift = Fraction(report.frame_times.shift)
    for number, (before, after) in enumerate(
        zip(source.chapters, result.chapters, strict=True), start=1
    ):
        if before.title != after.title:
            report.problems.append(
                f"chapter {number}: title {before.title!r} became {after.title!r}"
            )
        for edge, old, new in (
            ("start", before.start, after.start),
            ("end", before.end, after.end),
        ):
            apart = min(abs(new - old), abs(new - old - shift))
            if apart > Fraction(2, 1000):
                words = f"chapter {number}: {edge} {float(old):.3f} s became {float(new):.3f} s"
                last_end = edge == "end" and number == len(source.chapters)
                (report.notes if last_end else report.problems).append(words)


def _compare_tags(report: Report, source: FilmInfo, result: FilmInfo) -> None:
    old, new = film_tags(source.tags), film_tags(result.tags)
    for name, value in sorted(old.items()):
        if new.get(name) == value:
            continue
        became = f"became {new[name]!r}" if name in new else "is missing"
        required = name in REQUIRED_TAGS
        (report.problems if required else report.notes).append(f"tag {name} {value!r} {became}")


def _compare_files(report: Report, source: FilmInfo, result: FilmInfo) -> None:
    report.attachments, report.covers = len(result.attachments), len(result.covers)
    left = list(result.attachments)
    for attachment in source.attachments:
        if attachment in left:
            left.remove(attachment)
        else:
            report.problems.append(f"attachment {attachment.name!r} is missing or changed")
    for digest in source.covers:
        if digest not in result.covers:
            report.problems.append("cover art is missing or changed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare two files and print what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fidelity", description="Check that a film kept everything."
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    parser.add_argument("--no-shift", action="store_true", help="a shift of all times is a problem")
    parser.add_argument("--allow-reencoded-audio", action="store_true")
    options = parser.parse_args(arguments)
    av.logging.set_level(None)
    report = compare(
        options.source,
        options.result,
        allow_shift=not options.no_shift,
        allow_reencoded_audio=options.allow_reencoded_audio,
    )
    if options.json:
        print(json.dumps(asdict(report), indent=2))
    else:
        times = report.frame_times.grade
        print(f"frames: {report.source_frames} -> {report.result_frames}, times: {times}")
        for problem in report.problems:
            print(f"problem: {problem}")
        for note in report.notes:
            print(f"note: {note}")
        print("ok" if report.ok else "not ok")
    return 0 if report.ok else 1
