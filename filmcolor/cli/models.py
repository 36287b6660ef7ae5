"""`filmcolor models`: the networks on this computer, and getting more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from filmcolor.cli.console import printing, put

app = typer.Typer(help="List, fetch, import and verify the colour networks.", no_args_is_help=True)


@app.command("list")
def list_networks(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List the networks that filmcolor knows and those that you imported."""
    from filmcolor.networks.weights.library import list_rows

    rows = list_rows()
    if as_json:
        put(json.dumps(rows, indent=2))
        return
    _print_table(rows)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="The network's name, see `filmcolor models list`.")],
    mirror: Annotated[
        list[str] | None,
        typer.Option(
            "--mirror",
            help="Try only this address (may be repeated; one that ends in / is a folder).",
        ),
    ] = None,
) -> None:
    """Download the weights of a network."""
    from filmcolor.networks.weights.catalog import catalog_entry
    from filmcolor.networks.weights.download import fetch as fetch_weights

    put(fetch_weights(catalog_entry(name), mirrors=mirror or None))


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A .caffemodel or .onnx file.")],
    name: Annotated[
        str | None, typer.Option("--name", help="The name to give it (default: the file's stem).")
    ] = None,
) -> None:
    """Copy a weights file that you have into the folder of weights."""
    from filmcolor.networks.weights.importing import import_network

    network = import_network(file, name=name)
    put(f"{network.name}: {network.path}")


@app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Networks to verify (default: all installed).")
    ] = None,
) -> None:
    """Compare the checksums of installed weights; exit code 1 if one is wrong."""
    from filmcolor.networks.weights.library import select_installed, verify_network

    bad = False
    for network in select_installed(names or []):
        problem = verify_network(network).problem
        bad = bad or problem is not None
        put(f"{network.name}: {'good' if problem is None else f'BAD: {problem}'}")
    if bad:
        raise typer.Exit(1)


@app.command()
def where() -> None:
    """Print the folder that holds downloaded and imported weights."""
    from filmcolor.networks.weights.folders import weights_folder

    put(weights_folder())


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    for title in ("name", "installed", "year", "size", "licence", "source"):
        table.add_column(title, justify="right" if title == "size" else "left")
    for row in rows:
        table.add_row(
            row["name"],
            "yes" if row["installed"] else "no",
            str(row["year"] or ""),
            f"{row['bytes'] / 1e6:.1f} MB",
            row["licence"],
            row["source"],
        )
    with printing():
        Console().print(table)
