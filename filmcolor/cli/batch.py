"""`filmcolor batch`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import ProgressDisplay, one_line, put, say, show_notes
from filmcolor.cli.hints import hint_at_richer_network
from filmcolor.events import Event, FilmDone
from filmcolor.settings import RunSettings, Settings
from filmcolor.system.interruption import Interrupted
from filmcolor.wording.words import command

if TYPE_CHECKING:
    from filmcolor.jobs.batch_report import BatchResult


@o.takes_settings()
def batch(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Films, pictures, folders, or patterns (*.mp4)."),
    ],
    output_dir: Annotated[Path, typer.Option("--output-dir", "-o", help="Folder for the results.")],
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Also what lies in folders of the folders.")
    ] = False,
    glob: Annotated[
        str | None,
        typer.Option(help='Only files with such names, for example "*.avi".', show_default=False),
    ] = None,
    skip_colored: Annotated[
        bool,
        typer.Option(
            "--skip-coloured", "--skip-colored", help="Pass over what is in colour already."
        ),
    ] = False,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
    *,
    settings: Settings,
    running: RunSettings,
) -> None:
    """Colour whole folders.

    Sub-folders are mirrored in the output folder. What has a result there is skipped, so the same
    command carries on after a break, in the middle of a film too. What is no film is passed over.
    A film that fails does not stop the others; report.json in the output folder tells what became
    of each. The exit code is 1 if any failed.

    **Examples**

    `filmcolor batch reels/ --output-dir colour/`

    `filmcolor batch archive/ --recursive --glob "*.avi" --output-dir colour/ --codec x265`

    `filmcolor batch one.mp4 two.mkv photos/ --output-dir colour/`

    `filmcolor batch reels/ --output-dir colour/ --farm tcp://10.0.0.5:8786 --farm-storage
    s3://bucket/farm`, on computers that share no folder
    """
    from filmcolor.api import batch as run
    from filmcolor.jobs.batch_report import REPORT_NAME

    try:
        with ProgressDisplay("" if running.farm is None else "all films", quiet) as display:
            results = run(
                inputs,
                output_dir,
                recursive=recursive,
                glob=glob,
                skip_colored=skip_colored,
                overwrite=overwrite,
                listeners=[display] if quiet else [display, _say_result],
                **o.given(settings),
                **o.given(running),
            )
    except Interrupted as error:
        raise KeyboardInterrupt(
            f"interrupted; {error.kept}, {command('resume', output_dir)} finishes this film, and "
            "the same batch command finishes it and goes on with the others."
        ) from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "interrupted; what is finished stays, and the same command goes on behind it."
        ) from None
    failed = [result for result in results if result.status == "failed"]
    if as_json:
        put(json.dumps([result.as_json() for result in results], ensure_ascii=False))
    elif not quiet:
        _print_table(results)
        say(f"report: {output_dir / REPORT_NAME}")
        hint_at_richer_network(settings)
    if failed:
        if quiet:
            for result in failed:
                say(f"filmcolor: {one_line(result.message)}")
        raise typer.Exit(1)


def _say_result(event: Event) -> None:
    if not isinstance(event, FilmDone):
        return
    if event.status == "failed":
        say(f"failed: {one_line(event.message)}")
    elif event.status == "skipped":
        say(f"skipped: {event.film} {event.message}")
    else:
        say(f"done: {event.output}")
        show_notes(event.warnings)


def _print_table(results: list[BatchResult]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("file", "status", "frames", "seconds", "frames/s")
    for result in results:
        speed = result.frames / result.seconds if result.seconds else 0.0
        done = result.status == "done"
        table.add_row(
            str(result.input),
            result.status,
            str(result.frames) if done else "",
            f"{result.seconds:.1f}" if done else "",
            f"{speed:.1f}" if done else "",
        )
    Console(stderr=True).print(table)
