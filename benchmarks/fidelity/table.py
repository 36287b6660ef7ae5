"""Colours every film of a folder and shows what was kept of each, as a table.

    python -m benchmarks.fidelity.table SOURCE_FOLDER... -o FOLDER [--markdown]

Each film is copied to a folder of its own below FOLDER and coloured there by the command line
program; then result and source are compared. A file that cannot be coloured must be refused with
exit code 1 and exactly one line on standard error; the table shows how many frames a refused file
has. The exit code is 0 when all files were kept or refused, 1 when not, and 2 when the command
line program does not start at all.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av.error
import av.logging

from benchmarks.fidelity.check import Report, compare
from benchmarks.fidelity.stream_matching import TrackMatch
from benchmarks.fidelity.streams import read_film

TIMEOUT = 300.0
TEXT_SUFFIXES = frozenset({".md", ".txt", ".json", ".csv"})
COLUMNS = (
    "file",
    "verdict",
    "exit",
    "seconds",
    "frames",
    "times",
    "audio",
    "subtitles",
    "chapters",
    "notes",
)


@dataclass(frozen=True)
class Run:
    """One call of the command line program."""

    exit_code: int | None
    """None after a timeout."""
    seconds: float
    output: Path | None
    errors: tuple[str, ...]
    """The lines on standard error."""

    @property
    def refused(self) -> bool:
        """Whether the file was refused as it should be: one line, no traceback."""
        return self.exit_code == 1 and len(self.errors) == 1


def place(source: Path, folder: Path) -> Path:
    """Copy the film into a new folder of its own; a link would let a fault reach the original."""
    own = folder / source.stem
    number = 2
    while own.exists():
        own = folder / f"{source.stem}-{number}"
        number += 1
    own.mkdir(parents=True)
    target = own / source.name
    shutil.copyfile(source, target)
    return target


def colorize(film: Path, timeout: float = TIMEOUT) -> Run:
    """Colour one film with the command line program."""
    command = [sys.executable, "-m", "filmcolor", "colorize", str(film), "--json", "--quiet"]
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Run(None, time.perf_counter() - start, None, ())
    seconds = time.perf_counter() - start
    errors = tuple(line for line in done.stderr.splitlines() if line.strip())
    return Run(done.returncode, seconds, _output(done.stdout, film), errors)


def program_starts() -> bool:
    """Whether the command line program runs at all, so that its absence is no refusal."""
    command = [sys.executable, "-m", "filmcolor", "colorize", "--help"]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def _output(text: str, film: Path) -> Path | None:
    """The result's path in the JSON summary, or None without one."""
    for part in (text, *reversed(text.splitlines())):
        try:
            summary = json.loads(part)
        except ValueError:
            continue
        if isinstance(summary, list) and summary:
            summary = summary[0]
        if isinstance(summary, dict) and isinstance(summary.get("output"), str):
            path = Path(summary["output"])
            return path if path.is_absolute() or path.exists() else film.parent / path
    return None


def table_row(source: Path, run: Run, report: Report | None) -> tuple[str, ...]:
    """The table's cells for one film."""
    exit_code = "timeout" if run.exit_code is None else str(run.exit_code)
    last_line = run.errors[-1] if run.errors else ""
    start = (source.name, verdict(run, report), exit_code, f"{run.seconds:.1f}")
    if report is None:
        return (*start, f"{_frame_count(source)}/-", "", "", "", "", last_line)
    return (
        *start,
        f"{report.source_frames}/{report.result_frames}",
        report.frame_times.grade,
        _statuses(report.audio),
        _statuses(report.subtitles),
        f"{report.source_chapters}/{report.result_chapters}",
        "; ".join([*report.problems, *report.notes, *([last_line] if last_line else [])]),
    )


def _frame_count(source: Path) -> int:
    """How many frames of the source decode."""
    try:
        film = read_film(source, kept_frames=0)
    except (av.error.FFmpegError, OSError):
        return 0
    return 0 if film.video is None else len(film.video.times)


def verdict(run: Run, report: Report | None) -> str:
    """Kept, lost, refused or failed."""
    if report is not None and run.exit_code == 0:
        return "kept" if report.ok else "lost"
    return "refused" if run.refused else "failed"


def _statuses(matches: Sequence[TrackMatch]) -> str:
    return ", ".join(match.status for match in matches) or "-"


def format_table(rows: Sequence[Sequence[str]], markdown: bool) -> str:
    """A Markdown table, or columns padded with spaces."""
    lines = [COLUMNS, *rows]
    if markdown:
        cells = [[cell.replace("|", "\\|") for cell in row] for row in lines]
        cells.insert(1, ["---"] * len(COLUMNS))
        return "\n".join(f"| {' | '.join(row)} |" for row in cells)
    widths = [max(len(row[column]) for row in lines) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines
    )


def films_in(folders: Sequence[Path]) -> list[Path]:
    """All files of the folders but texts; a file may stand for itself."""
    found: list[Path] = []
    for folder in folders:
        inside = sorted(folder.iterdir()) if folder.is_dir() else [folder]
        found += [p for p in inside if p.is_file() and p.suffix.lower() not in TEXT_SUFFIXES]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Colour and compare all films, then print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fidelity.table",
        description="Colour all films and check what was kept.",
    )
    parser.add_argument("sources", type=Path, nargs="+", metavar="SOURCE_FOLDER")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--timeout", type=float, default=TIMEOUT, help="seconds per film")
    options = parser.parse_args(arguments)
    av.logging.set_level(None)
    if not program_starts():
        print("the filmcolor command does not start", file=sys.stderr)
        return 2
    rows = []
    for source in films_in(options.sources):
        film = place(source, options.output)
        run = colorize(film, options.timeout)
        report = None
        if run.exit_code == 0 and run.output is not None:
            report = compare(source, run.output)
        rows.append(table_row(source, run, report))
        print(f"{source.name}: {rows[-1][1]} ({run.seconds:.1f} s)", file=sys.stderr, flush=True)
    print(format_table(rows, options.markdown))
    return 0 if all(row[1] in ("kept", "refused") for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
