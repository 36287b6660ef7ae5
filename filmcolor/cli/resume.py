"""`filmcolor resume`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import ProgressDisplay, one_line, put, say, show_notes
from filmcolor.settings import RunSettings


@o.takes_settings("workers", "farm", "farm_tls", "path_map", "farm_storage", "priority")
def resume(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER_OR_FILE]...",
            help="Films, or folders, which are searched with the folders in them. Default: the "
            "current folder.",
            show_default=False,
        ),
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Only say what is unfinished.")] = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
    *,
    running: RunSettings,
) -> None:
    """Finish films that were interrupted.

    What a crash, a power cut or Ctrl-C has left unfinished is found, listed and finished, with
    the settings that it was begun with. A film that fails does not stop the others; the exit code
    is 1 if any failed.

    **Examples**

    `filmcolor resume` finishes all that is unfinished in this folder

    `filmcolor resume --list ~/films`

    `filmcolor resume old.color.mp4`
    """
    from filmcolor.errors import FilmcolorError
    from filmcolor.jobs.resume import finish
    from filmcolor.jobs.unfinished import find_unfinished

    found = find_unfinished(places or [Path()])
    if not quiet:
        for unfinished in found:
            say(unfinished.words)
        if not found:
            say("nothing is unfinished.")
    if only_list:
        if as_json:
            put(json.dumps([item.as_json() for item in found], ensure_ascii=False))
        return
    results = []
    failed = False
    for unfinished in found:
        try:
            with ProgressDisplay(unfinished.output.name, quiet) as display:
                summary = finish(
                    unfinished, workers=running.workers, on=running, listeners=[display]
                )
        except FilmcolorError as error:
            failed = True
            say(f"filmcolor: {one_line(error)}")
            continue
        results.append(summary.as_json())
        if not quiet:
            show_notes(summary.warnings)
            say(f"done: {summary.output}")
    if as_json:
        put(json.dumps(results, ensure_ascii=False))
    if failed:
        raise typer.Exit(1)
