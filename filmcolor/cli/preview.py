"""`filmcolor preview`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import ProgressDisplay, show_summary
from filmcolor.cli.hints import hint_at_richer_network
from filmcolor.cli.pipes import PIPE, ends_of, label_of
from filmcolor.errors import UsageError
from filmcolor.settings import Settings
from filmcolor.wording.words import counted


@o.takes_settings()
def preview(
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A film, or a folder or pattern of pictures.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="<path>",
            help=".png or .jpg: a sheet of before/after pictures. .mp4, .mkv, ...: a clip with "
            "before on the left and after on the right. Default: NAME.preview.png.",
            show_default=False,
        ),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(help="How many frames from --start on, instead of --end.", show_default=False),
    ] = None,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
    *,
    part: o.PaintedPart,
    settings: Settings,
) -> None:
    """See what the film will be like, before a long run: the very pixels of the colour film.

    **Examples**

    `filmcolor preview old.mp4` writes a sheet with a before/after picture of each shot

    `filmcolor preview old.mp4 --plan old.json`, by a plan that `filmcolor shots -o old.json` made

    `filmcolor preview old.mp4 --shot 2:saturation=0.4 --keyframes painted`

    `filmcolor preview old.mp4 --start 00:10:00 --end 00:10:20 -o scene.jpg --saturation 1.3`

    `filmcolor preview old.mp4 --start 14400f --frames 120 -o scene.mp4` plays side by side
    """
    from filmcolor.api import preview as run

    if source == PIPE and output is None:
        raise UsageError("-: a preview of a film from standard input needs an output, -o FILE.")
    with ends_of(source) as ends, ProgressDisplay(label_of(source), quiet) as display:
        summary = run(
            ends.source,
            output,
            frames=frames,
            overwrite=overwrite,
            listeners=[display],
            **part.keywords(),
            **o.given(settings),
        )
    ends.show(summary)
    line = f"{summary.output}: {counted(summary.frames, 'frame')} in {summary.seconds:.1f} s"
    show_summary(summary, line, quiet=quiet, as_json=as_json)
    if not quiet:
        hint_at_richer_network(settings)
