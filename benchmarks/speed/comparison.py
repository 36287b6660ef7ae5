"""Measures how fast films are coloured, beside a plain transcode and the usual kind of script.

    python -m benchmarks.speed CLIP [--runs 5] [--frames N] [--only 'lite-*' ...] [--markdown]

All variants run in turn, round after round, each in a fresh process, so that start-up counts and
other work on the computer meets all alike; the table holds medians.

- `plain`: FFmpeg decodes and encodes with filmcolor's default settings (x264 medium, crf 18,
  yuv420p, no motion search in chroma), without any sound (-an). It always runs: the ratios refer
  to it.
- `plain-stock`: the same with x264's own motion search, as most people would type it.
- `lite-METHOD-ENGINE`, `zhang-METHOD-ENGINE`: `filmcolor colorize` with the network of the package,
  and with Zhang's at full size with random weights; the sound is copied.
- `classic-ENGINE`: `classic_script.py` with Zhang's network; MPEG-4, no sound.

Variants in which Zhang's network sees every frame run on the first `--slow-frames` frames, and on
one frame; the cost of the whole film is that of one frame and, for each further frame, the mean
cost of the further frames of the short run. Such rows are marked with ~.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.speed.process_cost import measure
from benchmarks.speed.variants import PLAIN, Files, Variant, all_variants, prepare_zhang
from filmcolor.system.cpu import available_cores


@dataclass(frozen=True)
class Run:
    """What one run took; `cpu_seconds` and `peak_mb` are None where they cannot be had."""

    seconds: float
    cpu_seconds: float | None
    peak_mb: float | None
    frames: int
    network_passes: int | None = None
    engine: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the table: medians over all runs of a variant."""

    variant: str
    seconds: float
    ratio: float
    """Seconds, divided by those of the plain transcode."""
    frames_per_second: float
    cpu_seconds: float | None
    peak_mb: float | None
    network_passes: int | None
    busy: float | None
    """Part of the cores' time that was used, 0..1."""
    scaled: bool
    """Whether a short run stands for the whole film."""
    engine: str
    runs: tuple[Run, ...]


def run_once(variant: Variant, frames: int | None, output: Path) -> Run:
    """Run a variant on the first `frames` frames, or the whole film. Raises `RuntimeError`."""
    cost, text = measure(variant.command(frames))
    if not output.is_file():
        raise RuntimeError("it wrote no film")
    output.unlink()
    cpu = cost.cpu_seconds
    if variant.is_plain:
        counted = re.findall(r"^frame=\s*(\d+)", text, re.MULTILINE)
        return Run(cost.seconds, cpu, cost.peak_mb, int(counted[-1]))
    told = json.loads(text)
    if cpu is None and told.get("profile"):
        cpu = told["profile"]["cpu_seconds"]  # without start-up and the last step, ffmpeg's
    return Run(
        cost.seconds, cpu, cost.peak_mb, told["frames"], told["network_passes"], told["engine"]
    )


def scaled_run(one: Run, short: Run, frames: int) -> Run:
    """Return what `frames` frames would take, from a run on one frame and one on a short range."""
    further = (frames - one.frames) / (short.frames - one.frames)
    passes, cpu = short.network_passes, short.cpu_seconds
    if passes is not None and one.network_passes is not None:
        passes = round(one.network_passes + further * (passes - one.network_passes))
    if cpu is not None and one.cpu_seconds is not None:
        cpu = one.cpu_seconds + further * (cpu - one.cpu_seconds)
    seconds = one.seconds + further * (short.seconds - one.seconds)
    return Run(seconds, cpu, short.peak_mb, frames, passes, short.engine)


def run_rounds(
    variants: Sequence[Variant], rounds: int, frames: int | None, slow_frames: int, output: Path
) -> list[Row]:
    """Run all variants in turn, `rounds` times; one that fails is reported and left out.

    The first variant is the plain transcode, which says how many frames there are.
    """
    runs: dict[str, list[Run]] = {variant.name: [] for variant in variants}
    scaled: set[str] = set()
    for number in range(1, rounds + 1):
        for variant in [v for v in variants if v.name in runs]:
            total = runs[PLAIN][0].frames if runs[PLAIN] else None
            try:
                if variant.slow and total is not None and total > slow_frames:
                    one, short = (run_once(variant, n, output) for n in (1, slow_frames))
                    run = scaled_run(one, short, total)
                    scaled.add(variant.name)
                else:
                    run = run_once(variant, frames, output)
            except RuntimeError as error:
                if variant.name == PLAIN:
                    raise SystemExit(f"the plain transcode failed: {error}") from error
                del runs[variant.name]
                say(f"{variant.name} is left out: {error}")
                continue
            runs[variant.name].append(run)
            say(f"round {number}, {variant.name}: {run.seconds:.2f} s")
    plain = statistics.median(run.seconds for run in runs[PLAIN])
    return [make_row(name, found, plain, name in scaled) for name, found in runs.items()]


def make_row(name: str, runs: Sequence[Run], plain_seconds: float, scaled: bool) -> Row:
    """Return the medians over a variant's runs."""
    seconds = statistics.median(run.seconds for run in runs)
    cpu = _median(run.cpu_seconds for run in runs)
    passes = _median(run.network_passes for run in runs)
    return Row(
        variant=name,
        seconds=seconds,
        ratio=seconds / plain_seconds,
        frames_per_second=runs[0].frames / seconds,
        cpu_seconds=cpu,
        peak_mb=_median(run.peak_mb for run in runs),
        network_passes=None if passes is None else round(passes),
        busy=None if cpu is None else cpu / (seconds * available_cores()),
        scaled=scaled,
        engine=runs[0].engine,
        runs=tuple(runs),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


COLUMNS: dict[str, Callable[[Row], str]] = {
    "variant": lambda row: row.variant,
    "engine": lambda row: row.engine or "-",
    "seconds": lambda row: f"{'~' if row.scaled else ''}{row.seconds:.2f}",
    "x plain": lambda row: f"{row.ratio:.2f}",
    "frames/s": lambda row: f"{row.frames_per_second:.1f}",
    "CPU s": lambda row: _text(row.cpu_seconds, ".1f"),
    "peak MB": lambda row: _text(row.peak_mb, ".0f"),
    "passes": lambda row: _text(row.network_passes, "d"),
    "cores busy": lambda row: _text(row.busy, ".0%"),
}
_WORD_COLUMNS = 2


def _text(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def format_table(rows: Sequence[Row], markdown: bool) -> str:
    """Return a Markdown table, or columns padded with spaces."""
    lines = [list(COLUMNS), *([cell(row) for cell in COLUMNS.values()] for row in rows)]
    if markdown:
        numbers = len(COLUMNS) - _WORD_COLUMNS
        lines.insert(1, ["---"] * _WORD_COLUMNS + ["---:"] * numbers)
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < _WORD_COLUMNS else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def say(text: str) -> None:
    """Print a line about what is going on, to standard error."""
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument("--runs", type=int, default=5, help="rounds")
    parser.add_argument("--frames", type=int, help="only the first so many, for all variants")
    parser.add_argument("--slow-frames", type=int, default=60, help="for slow variants; at least 2")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these; * stands for any")
    parser.add_argument("--zhang", type=Path, help="a .caffemodel; made there if it is missing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args(arguments)
    if options.runs < 1 or options.slow_frames < 2 or (options.frames or 1) < 1:
        parser.error("--runs and --frames begin at 1, --slow-frames at 2.")
    about = machine()
    with tempfile.TemporaryDirectory(prefix="filmcolor-speed-") as name:
        folder = Path(name)
        zhang = options.zhang or folder / "zhang-random.caffemodel"
        files = Files(options.clip, folder / "film.mp4", zhang, folder / "classic.onnx")
        known = all_variants(files)
        wanted = [PLAIN, *(options.only or ["*"])]
        variants = [v for v in known if any(fnmatch.fnmatch(v.name, w) for w in wanted)]
        for pattern in wanted:
            if not fnmatch.filter([v.name for v in known], pattern):
                parser.error(f"there is no {pattern}; there are {', '.join(v.name for v in known)}")
        if any(variant.needs_zhang for variant in variants):
            prepare_zhang(files)
        rows = run_rounds(variants, options.runs, options.frames, options.slow_frames, files.output)
    frames = rows[0].runs[0].frames
    title = f"{options.clip.name}: {frames} frames, medians of {options.runs} runs"
    print(f"{about}\n{title}\n\n{format_table(rows, options.markdown)}")
    if any(row.scaled for row in rows):
        print(f"\n~ scaled from runs on 1 and on {options.slow_frames} frames")
    if options.json is not None:
        found = {"machine": about, "clip": options.clip.name, "frames": frames}
        found |= {"rows": [asdict(row) for row in rows]}
        options.json.write_text(json.dumps(found, indent=2), encoding="utf-8")
