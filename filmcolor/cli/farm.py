"""`filmcolor farm`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import put, say
from filmcolor.settings import RunSettings, Settings

app = typer.Typer(no_args_is_help=True, help="Computers that colour films together.")


@app.callback()
def _farm() -> None:
    """Computers that colour films together."""


@app.command("check")
@o.takes_settings("model", "engine", "farm_tls", "path_map")
def check(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Of the scheduler, such as tcp://HOST:8786.")
    ],
    folder: Annotated[
        list[Path] | None,
        typer.Option(
            help="A folder of films or results, as it is called here; can be repeated.",
            show_default=False,
        ),
    ] = None,
    as_json: o.Json = False,
    *,
    settings: Settings,
    running: RunSettings,
) -> None:
    """Look whether all workers of a farm can do the work.

    A line for each: whether it sees the folders and may write there, how much room is left, whether
    it has the network, and the same versions of all that has a say in the pixels. The exit code is
    1 if one of them cannot, or there is none.

    **Examples**

    `filmcolor farm check tcp://10.0.0.5:8786 --folder /mnt/archive`
    """
    from filmcolor.jobs.farm.check import check_farm
    from filmcolor.jobs.farm.connection import FarmAddress
    from filmcolor.jobs.farm.path_map import PathMap

    tls = None if running.farm_tls is None else Path(running.farm_tls)
    found = check_farm(
        FarmAddress(address, tls), folder or [], PathMap.parse(running.path_map), settings
    )
    if as_json:
        put(json.dumps([worker.as_json() for worker in found], ensure_ascii=False))
    else:
        for worker in found:
            put(worker.words)
    if not found:
        say(f"filmcolor: {address}: the farm has no workers; start some.")
    if not found or any(worker.bad for worker in found):
        raise typer.Exit(1)
