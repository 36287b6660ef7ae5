"""`filmcolor farm`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import put, say
from filmcolor.settings import RunSettings, Settings

if TYPE_CHECKING:
    from filmcolor.jobs.farm.connection import FarmAddress

_Dask = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[-- OPTION...]", help="More options for Dask's own command.", show_default=False
    ),
]

app = typer.Typer(no_args_is_help=True, help="Computers that colour films together.")


@app.callback()
def _farm() -> None:
    """Computers that colour films together."""


@app.command("check")
@o.takes_settings("model", "engine", "farm_tls", "path_map", "farm_storage")
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
    it has the network, and the same versions of all that has a say in the pixels. With
    --farm-storage: whether it can write and read there. The exit code is
    1 if one of them cannot, or there is none.

    **Examples**

    `filmcolor farm check tcp://10.0.0.5:8786 --folder /mnt/archive`

    `filmcolor farm check tcp://10.0.0.5:8786 --farm-storage s3://bucket/farm`
    """
    from filmcolor.jobs.farm.check import check_farm
    from filmcolor.jobs.farm.path_map import PathMap

    found = check_farm(
        _address(address, running),
        folder or [],
        PathMap.parse(running.path_map),
        settings,
        running.farm_storage,
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


@app.command("scheduler")
@o.takes_settings("farm_tls")
def scheduler(
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS",
            help="Where to listen: an address of this computer that the others reach, such as "
            "tcp://10.0.0.5:8786.",
        ),
    ],
    more: _Dask = None,
    *,
    running: RunSettings,
) -> None:
    """Be the scheduler of a farm, until Ctrl-C: it tells workers what to do.

    This is `dask scheduler` with settings that suit long tasks.

    **Examples**

    `filmcolor farm scheduler tcp://10.0.0.5:8786`

    `filmcolor farm scheduler tls://10.0.0.5:8786 --farm-tls tls/ -- --no-dashboard`
    """
    from filmcolor.jobs.farm.serving import serve_scheduler

    serve_scheduler(_address(address, running), more or [])


@app.command("worker")
@o.takes_settings("farm_tls")
def worker(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Of the scheduler, such as tcp://HOST:8786.")
    ],
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many films, or pieces of one, are coloured here at a time. Default: one for "
            "every four cores.",
            show_default=False,
        ),
    ] = None,
    more: _Dask = None,
    *,
    running: RunSettings,
) -> None:
    """Have this computer colour films for a farm, until Ctrl-C.

    This is `dask worker` with settings that suit long tasks: Dask's own ones take 3 % of a core for
    each process, these 0.3 %.

    **Examples**

    `filmcolor farm worker tcp://10.0.0.5:8786`

    `filmcolor farm worker tcp://10.0.0.5:8786 --processes 2 -- --resources MEMORY=16e9`
    """
    from filmcolor.jobs.farm.serving import serve_workers

    serve_workers(_address(address, running), processes, more or [])


def _address(address: str, running: RunSettings) -> FarmAddress:
    from filmcolor.jobs.farm.connection import FarmAddress

    return FarmAddress(address, None if running.farm_tls is None else Path(running.farm_tls))
