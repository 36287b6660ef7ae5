"""`filmcolor evaluate`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import ProgressDisplay, printing, put
from filmcolor.settings import ColorSettings, Settings

if TYPE_CHECKING:
    from filmcolor.evaluation.first_frame import FirstFrameEvaluation
    from filmcolor.evaluation.report import Evaluation, Figures


class Column(NamedTuple):
    """A column of a table: what it shows, and beside it in brackets."""

    title: str
    figure: str
    form: str
    beside: str = ""
    """`truth` or `grey`, for that figure of the true colours or of the picture without colour."""
    factor: float = 1.0


_PICTURES: Sequence[Column] = (
    Column("PSNR dB", "psnr", ".2f", "grey"),
    Column("SSIM", "ssim", ".4f"),
    Column("CIEDE\n2000", "ciede2000", ".2f", "grey"),
    Column("colour-\nfulness", "colorfulness", ".1f", "truth"),
    Column("absolute\nvariant", "colorfulness_abs", ".1f", "truth"),
    Column("chroma", "chroma", ".1f", "truth"),
)
_TIME: Sequence[Column] = (
    Column("warp error\nRGB x1000", "warp_error_rgb", ".3f", "truth", 1000),
    Column("warp dis-\ntance ab", "warp_distance_ab", ".2f", "truth"),
    Column("flicker\nab", "flicker_ab", ".3f", "truth"),
    Column("CDC\nx1000", "cdc", ".3f", "truth", 1000),
    Column("CDC gap\nx1000", "cdc_gap", ".3f", factor=1000),
)
_DRIFT: Sequence[Column] = (
    Column("30 frames\nab", "drift_30", ".2f", "truth"),
    Column("90 frames\nab", "drift_90", ".2f", "truth"),
    Column("30 frames\nby chroma", "drift_30_relative", ".3f", "truth"),
    Column("90 frames\nby chroma", "drift_90_relative", ".3f", "truth"),
)
_RETURNS: Sequence[Column] = (
    Column("ab", "return_ab", ".2f", "truth"),
    Column("pairs of\nshots", "returns", ".0f"),
    Column("rooms", "rooms", ".0f"),
)
_SPEED: Sequence[Column] = (
    Column("coloured\na second", "coloring_fps", ".1f"),
    Column("network\npasses", "network_passes", ".0f"),
)


@o.takes_settings(
    *ColorSettings.model_fields,
    "deinterlace",
)
def evaluate(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="COLOR_INPUT...",
            help="Colour films, photos, tar or zip files of photos, or folders of them.",
        ),
    ],
    start: o.Start = None,
    end: o.End = None,
    frames: Annotated[
        int | None,
        typer.Option(
            help="How many frames from --start on, instead of --end; of photos, how many.",
            show_default=False,
        ),
    ] = None,
    protocol: Annotated[
        Literal["automatic", "first-frame"],
        typer.Option(
            help="What is known beforehand: nothing, or the true colours of the first frame of "
            "each shot (films only; several ways to colour the rest are compared).",
        ),
    ] = "automatic",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes.")] = False,
    as_json: o.Json = False,
    *,
    settings: Settings,
) -> None:
    """Measure how near the colours come to true ones.

    Films and photos that have colours are coloured from their luma alone and compared with what
    they were. In brackets stand the figures of the true colours, or of the picture without
    colour. Warp error, distance and drift rest on OpenCV's DIS optical flow: they compare only
    with other runs of this command. --json explains each figure.

    **Examples**

    `filmcolor evaluate colour.mp4`

    `filmcolor evaluate clips/*.mp4 --frames 61 --method frame --json`

    `filmcolor evaluate photos/ more-photos.tar.gz --model zhang2016`

    `filmcolor evaluate clips/*.mp4 --protocol first-frame`
    """
    run, show = _by_protocol(protocol)
    with ProgressDisplay("", quiet) as display:
        evaluation = run(
            sources,
            start=start,
            end=end,
            frames=frames,
            listeners=[display],
            **o.given(settings),
        )
    if as_json:
        put(json.dumps(evaluation.as_json(), ensure_ascii=False))
    else:
        show(evaluation)


def _by_protocol(protocol: str) -> tuple[Callable[..., Any], Callable[[Any], None]]:
    """Return what evaluates, and what prints what it returns."""
    if protocol == "first-frame":
        from filmcolor.evaluation.first_frame import evaluate_first_frame

        return evaluate_first_frame, _print_first_frame
    from filmcolor.evaluation.evaluate import evaluate as evaluate_all

    return evaluate_all, _print_tables


_FIRST_FRAME: Sequence[Column] = (
    Column("PSNR dB", "psnr", ".2f"),
    Column("PSNR by ColorMNet's\nwrong formula", "psnr_wrapped", ".2f"),
    Column("CIEDE\n2000", "ciede2000", ".2f"),
    Column("CDC\nx1000", "cdc", ".3f", "truth", 1000),
)


def _print_first_frame(evaluation: FirstFrameEvaluation) -> None:
    films, mean = evaluation.films, evaluation.mean
    rows = [
        ((film.input.name, str(film.frames), way), figures | {"cdc_truth": film.cdc_truth})
        for film in films
        for way, figures in film.ways.items()
    ]
    means = [(("mean", "", way), figures | {"cdc_truth": None}) for way, figures in mean.items()]
    _print_rows(
        "The first frame of each shot is known, the rest is coloured: "
        f"network {evaluation.network} on {evaluation.engine}",
        ("frames", "by"),
        _FIRST_FRAME,
        rows,
        means if len(films) > 1 else [],
    )


def _print_tables(evaluation: Evaluation) -> None:
    run = f"network {evaluation.network} on {evaluation.engine}"
    films = [(film.input.name, film.frames, film.figures) for film in evaluation.films]
    photos = [(item.input.name, item.photos, item.figures) for item in evaluation.photos]
    if films:
        mean, run_of_films = evaluation.films_mean, f"{run}, method {evaluation.method}"
        _print_table(f"Films, frame by frame: {run_of_films}", "frames", _PICTURES, films, mean)
        _print_table("Films, over time", "frames", _TIME, films, mean)
        _print_table("Films, drift of colours within a shot", "frames", _DRIFT, films, mean)
        if any(film.returns.returns for film in evaluation.films):
            title = "Films, colours of a place apart in shots that show it again"
            _print_table(title, "frames", _RETURNS, films, mean)
        _print_table("Films, speed of the colouring", "frames", _SPEED, films, mean)
    if photos:
        mean = evaluation.photos_mean
        _print_table(f"Photos: {run}", "photos", _PICTURES, photos, mean)
        _print_table("Photos, speed of the colouring", "photos", _SPEED, photos, mean)


def _print_table(
    title: str,
    unit: str,
    columns: Sequence[Column],
    rows: Sequence[tuple[str, int, Figures]],
    mean: Figures,
) -> None:
    cells = [((name, str(count)), figures) for name, count, figures in rows]
    _print_rows(title, (unit,), columns, cells, [(("mean", ""), mean)] if len(rows) > 1 else [])


_Row = tuple[tuple[str, ...], "Figures"]
"""What stands left of the figures, and the figures."""


def _print_rows(
    title: str,
    headings: Sequence[str],
    columns: Sequence[Column],
    rows: Sequence[_Row],
    means: Sequence[_Row],
) -> None:
    """Print a table; `headings` are those behind the input."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("input", overflow="fold", min_width=12)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for column in columns:
        beside = f"\n({column.beside})" if column.beside else ""
        table.add_column(column.title + beside, justify="right", no_wrap=True)
    for row, style in [*((row, None) for row in rows), *((row, "bold") for row in means)]:
        labels, figures = row
        cells = [_cell(figures, column) for column in columns]
        table.add_row(*map(Text, labels), *cells, style=style)
    console = Console()
    with printing():
        console.print(title, highlight=False, markup=False)
        console.print(table)


def _cell(figures: Figures, column: Column) -> str:
    def text(name: str) -> str:
        value = figures[name]
        return "-" if value is None else f"{value * column.factor:{column.form}}"

    beside = f"\n({text(f'{column.figure}_{column.beside}')})" if column.beside else ""
    return text(column.figure) + beside
