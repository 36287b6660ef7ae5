"""Colours a film of every kind that FFmpeg can make, and checks what was kept of each.

    python -m benchmarks.films [--count 150] [--seed 0] [--markdown FILE] [--keep FOLDER]
    python -m benchmarks.films --only 17,23
    python -m benchmarks.films --sound [--workers 2]

The kinds are container x codec x pixel format (bit depth) x frame rate (constant, variable) x
scan (progressive, interlaced) x rotation x sample aspect ratio x size (even, odd) x sound tracks
x subtitles x chapters x container of the result. There are at least `--count` films, and every
pair of properties that can go together occurs. Each film goes through `filmcolor.colorize` with a
tiny network; `benchmarks.fidelity` then compares it with the result: frames, times, duration, luma,
sound, subtitles, chapters, tags, shape and rotation. What the result's container cannot hold may
be converted or left out, if the summary says so. The exit code is 0 when nothing was lost.

With `--sound`, films of two seconds with every kind of sound that FFmpeg writes are coloured
instead, whole and in part, into each container: all have to be put together, and heard when they
were.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import count as numbers_from
from pathlib import Path
from typing import Any

import av
import av.logging
import numpy as np

from benchmarks.fidelity.check import Report, compare
from benchmarks.films.kinds import FilmKind, pairwise
from benchmarks.films.making import make_film
from benchmarks.films.sound_kinds import SoundKind, sound_kinds, what_is_wrong
from benchmarks.machine import machine
from benchmarks.networks.tiny import write_network

MEAN_LUMA, WORST_LUMA = 1.5, 3.0
"""Most mean absolute difference of luma, in 8-bit codes, over all frames and of the worst one."""

LATEST_SOUND = 0.01
"""Seconds by which a track that had to be encoded anew may be heard earlier or later."""

LONGEST_DIFFERENCE = 0.1
"""Seconds by which the duration may differ."""


@dataclass(frozen=True)
class Row:
    """What became of one film."""

    number: int
    kind: FilmKind
    verdict: str
    """kept, lost, failed (an error), or not made (FFmpeg makes no such film)."""
    frames: str = ""
    times: str = ""
    luma: str = ""
    streams: str = ""
    remark: str = ""


@cache
def _network() -> Any:
    from filmcolor.networks import load_network

    with tempfile.TemporaryDirectory() as folder:
        path = write_network(Path(folder) / "tiny.onnx")
        return load_network(path, engine="onnxruntime", threads=1)


def try_kind(numbered: tuple[int, FilmKind], folder: Path) -> Row:
    """Make a film of this kind, colour it and compare."""
    import filmcolor

    number, kind = numbered
    av.logging.set_level(None)
    own = folder / str(number)
    own.mkdir(parents=True)
    source = own / f"film.{kind.container}"
    if problem := make_film(kind, source):
        return Row(number, kind, "not made", remark=problem)
    try:
        summary = filmcolor.colorize(
            source,
            own / f"result{kind.result}" if kind.result else None,
            network=_network(),
            preset="0" if kind.container == "webm" and not kind.result else "ultrafast",
            crf=10,
        )
    except Exception as error:
        return Row(number, kind, "failed", remark=f"{type(error).__name__}: {error}")
    report = compare(source, summary.output, allow_reencoded_audio=_told(summary, "converted"))
    problems = [text for text in report.problems if not _is_told(text, summary.warnings)]
    problems = [t for t in problems if not _is_in_time(t, source, summary.output, report)]
    problems += _further_problems(kind, report)
    luma = report.luma
    tracks: list[str] = [match.status for match in (*report.audio, *report.subtitles)]
    tracks += ["chapters"] * report.result_chapters
    return Row(
        number,
        kind,
        "lost" if problems else "kept",
        f"{report.source_frames}/{report.result_frames}",
        report.frame_times.grade,
        "" if luma is None else f"{luma.mean:.2f}",
        ", ".join(f"{n} {status}" for status, n in Counter(tracks).items()),
        "; ".join(problems),
    )


def _told(summary: Any, word: str) -> bool:
    return any(f"is {word}" in warning for warning in summary.warnings)


def _is_told(problem: str, warnings: Sequence[str]) -> bool:
    """Whether a track is missing of which the summary says that it is left out."""
    found = re.match(r"(audio|subtitle) \d+: .* track is missing", problem)
    return found is not None and any(
        warning.startswith(f"{found[1]} stream") and "is left out" in warning
        for warning in warnings
    )


def _is_in_time(problem: str, source: Path, result: Path, report: Report) -> bool:
    """Whether a track that was encoded anew sounds when it did, although its packets are moved.

    Encoders put some silence before the beginning, which players throw away, and the first
    packets of some codecs give no sound.
    """
    found = re.match(r"audio (\d+) is moved by", problem)
    if found is None or report.audio[int(found[1])].status != "re-encoded":
        return False
    track = int(found[1])
    return abs(_sound_begins(source, track) - _sound_begins(result, track)) <= LATEST_SOUND


def _sound_begins(path: Path, track: int) -> float:
    """When a sound track becomes audible, in seconds."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", 44100)
        for frame in container.decode(audio=track):
            loud = np.abs(resampler.resample(frame)[0].to_ndarray()[0].astype(int)) > 800
            if loud.any() and frame.time is not None:
                return float(frame.time) + int(loud.argmax()) / 44100
    return math.inf


def _further_problems(kind: FilmKind, report: Report) -> Iterator[str]:
    """What the comparison only notes, but what is a fault here."""
    apart = report.duration_difference
    # How long the last frame lasts is for the reader to guess where frames come at any time.
    # MPEG program streams do not tell their duration at all: FFmpeg estimates it.
    uncertain = kind.rate == "variable" or kind.container == "mpg"
    allowed = (3 if uncertain else 1) * LONGEST_DIFFERENCE
    if apart is not None and abs(apart) > allowed and not kind.subtitles:
        yield f"duration differs by {apart:+.3f} s"
    luma = report.luma
    deinterlaced = kind.scan != "progressive"
    if luma is None:
        yield "luma cannot be compared"
    elif not deinterlaced and (luma.mean > MEAN_LUMA or luma.worst_frame > WORST_LUMA):
        yield f"luma differs by {luma.mean:.2f}, in one frame by {luma.worst_frame:.2f}"


def run(
    kinds: Sequence[FilmKind], folder: Path, *, only: Sequence[int] = (), workers: int = 1
) -> Iterator[Row]:
    """Yield what became of each film, in order."""
    numbered = [pair for pair in zip(numbers_from(), kinds) if not only or pair[0] in only]
    if workers == 1:
        yield from (try_kind(pair, folder) for pair in numbered)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(partial(try_kind, folder=folder), numbered)


def run_sound(folder: Path, workers: int) -> Iterator[tuple[SoundKind, str]]:
    """Yield each film with another kind of sound, and what is wrong with its results."""
    kinds = list(sound_kinds(folder))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from zip(kinds, pool.map(partial(_try_sound, folder=folder), kinds), strict=True)


def _try_sound(kind: SoundKind, folder: Path) -> str:
    av.logging.set_level(None)
    return what_is_wrong(kind, folder, _network())


def markdown(rows: Sequence[Row], command: str) -> str:
    """Return the page with the table."""
    made = [row for row in rows if row.verdict != "not made"]
    counts = ", ".join(f"{n} {word}" for word, n in Counter(row.verdict for row in made).items())
    head = ("film", "result", "verdict", "frames", "times", "luma", "other streams", "remark")
    lines = [
        "# Films of every kind",
        "",
        f"Made by `{command}` on {time.strftime('%Y-%m-%d')}; {machine()}.",
        "",
        f"{len(made)} films: {counts}. Every pair of properties that can go together occurs. "
        "`frames` are those of the film and of its colour version; `times` says whether each is "
        "shown when it was (`rounded`: within half a tick of the coarser clock); `luma` is the "
        "mean absolute difference in 8-bit codes (interlaced films are made whole frames, so "
        "theirs differs). What a container cannot hold is converted, which the program says. "
        "Times are `shifted` where all streams moved together. Sound that is encoded again may "
        "move by 10 ms; durations may differ by 0.3 s with variable rates and in mpg, and are not "
        "compared where there are subtitles. Films less than 64 pixels wide are not among these.",
        "",
        f"| {' | '.join(head)} |",
        f"|{' --- |' * len(head)}",
    ]
    for row in made:
        cells = [row.kind.name, row.kind.result or "chosen", row.verdict, row.frames, row.times]
        cells += [row.luma, row.streams, row.remark]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make, colour and compare all films."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.films", description="Colour a film of every kind."
    )
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="numbers of single films, with commas")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep all films there")
    parser.add_argument("--sound", action="store_true", help="try all kinds of sound instead")
    options = parser.parse_args(arguments)
    if options.sound:
        return _main_of_sound(options.keep, options.workers)
    only = [int(number) for number in options.only.split(",") if number]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="film-matrix-") as scratch:
        kinds = list(pairwise(options.count, options.seed))
        folder = options.keep or Path(scratch)
        for row in run(kinds, folder, only=only, workers=options.workers):
            rows.append(row)
            if row.verdict != "kept" or only:
                print(f"{row.number} {row.kind.name} -> {row.kind.result or 'chosen'}")
                print(f"    {row.verdict} {row.frames} {row.times} {row.luma}: {row.remark}")
                sys.stdout.flush()
    counts = Counter(row.verdict for row in rows)
    print(", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items())))
    if options.markdown:
        command = f"python -m benchmarks.films --count {options.count} --seed {options.seed}"
        options.markdown.write_text(markdown(rows, command), encoding="utf-8", newline="\n")
    return 0 if counts.keys() <= {"kept", "not made"} else 1


def _main_of_sound(keep: Path | None, workers: int) -> int:
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="film-matrix-") as scratch:
        folder = keep or Path(scratch)
        (folder / "results").mkdir(parents=True, exist_ok=True)
        for kind, problem in run_sound(folder, workers):
            counts["wrong" if problem else "kept"] += 1
            if problem:
                print(f"{kind.name}: {problem}", flush=True)
    print(", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items())))
    return 1 if counts["wrong"] else 0
