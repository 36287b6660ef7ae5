"""How far the colours of things drift, in films with and without true colours.

    python -m benchmarks.drift FILM... [--method frame propagate] [--json FILE]

Points are followed once through each film, by its luma; then the film is coloured by each method,
and the colours of each point are compared at both ends of 30 and of 90 frames. `own` are the
colours that the file has: the truth, or those of a result of `filmcolor colorize`; --method none
measures these alone. `beyond` is what a method drifts more than the truth, had it as much chroma.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from benchmarks.machine import machine
from filmcolor.errors import InputError
from filmcolor.evaluation.drift import ColorDrift
from filmcolor.evaluation.film_drift import follow_film, measure, new_colors, own_colors
from filmcolor.evaluation.followed_points import SPANS
from filmcolor.evaluation.truth import ColorReader
from filmcolor.media.decode.probe import probe
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.settings import make_settings

OWN = "own"
LEAST_CHROMA = 2.0
"""Mean chroma of a film's own colours below which it counts as black and white."""

Row = dict[str, float | None]


def drift_rows(path: Path, methods: list[str], model: str) -> Iterator[tuple[str, Row]]:
    """Yield what was measured of a film: its own colours, if it has any, then each method's."""
    reader = ColorReader(probe(path))
    points = follow_film(reader)
    truth: ColorDrift | None = None
    with suppress(InputError):  # stored without colour
        truth = measure(points, own_colors(reader))
    if truth is None or (truth.chroma or 0) < LEAST_CHROMA:
        truth = None
    else:
        yield OWN, _row(truth, truth)
    for method in methods:
        settings = make_settings(method=method, model=model)
        network = load_chosen_network(settings)
        colors = new_colors(reader, settings, network, points.plan if method != "frame" else None)
        yield method, _row(measure(points, colors), truth)


def _row(drift: ColorDrift, truth: ColorDrift | None) -> Row:
    row: Row = {"chroma": drift.chroma}
    for frames in SPANS:
        row[f"drift {frames}"] = drift.mean(frames)
        row[f"by chroma {frames}"] = drift.relative(frames)
        row[f"beyond {frames}"] = None if truth is None else _beyond(drift, truth, frames)
        row[f"points {frames}"] = drift.points(frames)
    return row


def _beyond(drift: ColorDrift, truth: ColorDrift, frames: int) -> float | None:
    relative, true_relative = drift.relative(frames), truth.relative(frames)
    if relative is None or true_relative is None or truth.chroma is None:
        return None
    return (relative - true_relative) * truth.chroma


COLUMNS: Mapping[str, str] = {
    "drift 30": ".2f",
    "drift 90": ".2f",
    "chroma": ".1f",
    "by chroma 30": ".3f",
    "by chroma 90": ".3f",
    "beyond 30": "+.2f",
    "beyond 90": "+.2f",
    "points 30": ".0f",
    "points 90": ".0f",
}


def line(film: str, colors: str, row: Row) -> str:
    """Return one line of the table."""
    cells = (
        "-" if (value := row[name]) is None else format(value, form)
        for name, form in COLUMNS.items()
    )
    return f"| {film} | {colors} | {' | '.join(cells)} |"


def mean_rows(rows: Mapping[str, Mapping[str, Row]]) -> Iterator[tuple[str, Row]]:
    """Yield the mean over films of each version of their colours, where a film has the figure."""
    versions = dict.fromkeys(version for film in rows.values() for version in film)
    for version in versions:
        mean: Row = {}
        for name in COLUMNS:
            found = (film[version][name] for film in rows.values() if version in film)
            values = [value for value in found if value is not None]
            mean[name] = sum(values) / len(values) if values else None
        yield version, mean


def main() -> None:
    """Print a table, a line for each film and version of its colours."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.drift",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("films", nargs="+", type=Path)
    parser.add_argument("--method", nargs="+", default=["frame", "propagate"])
    parser.add_argument("--model", default="lite")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    methods = [method for method in arguments.method if method != "none"]
    print(f"{machine()}\n", flush=True)
    print(f"| film | colours | {' | '.join(COLUMNS)} |")
    print(f"| --- | --- | {' | '.join('---:' for _ in COLUMNS)} |", flush=True)
    rows: dict[str, dict[str, Row]] = {}
    for path in arguments.films:
        for version, row in drift_rows(path, methods, arguments.model):
            rows.setdefault(path.name, {})[version] = row
            print(line(path.name, version, row), flush=True)
    if len(rows) > 1:
        for version, row in mean_rows(rows):
            print(line("mean of films", version, row))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
