"""`filmcolor colorize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import ProgressDisplay, show_summary
from filmcolor.cli.hints import hint_at_richer_network
from filmcolor.cli.pipes import PIPE, Container, ends_of, is_pipe, label_of
from filmcolor.errors import UsageError
from filmcolor.settings import RunSettings, Settings
from filmcolor.wording.words import counted


@o.takes_settings()
def colorize(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="A film, a picture, a folder of pictures, or a pattern such as scan_%04d.png; "
            "- for a film from standard input (Y4M, NUT, Matroska, ...).",
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="<path>",
            help="Where the result goes, a file or a folder. Default: beside the input, as "
            "NAME.color.EXT. - for standard output.",
            show_default=False,
        ),
    ] = None,
    container: Annotated[
        Container | None,
        typer.Option(
            help="What goes to standard output. Default: matroska.",
            rich_help_panel="Running",
            show_default=False,
        ),
    ] = None,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
    *,
    part: o.PaintedPart,
    settings: Settings,
    running: RunSettings,
) -> None:
    """Colour one film or picture.

    The sound, subtitles, chapters and timing of the film stay as they are; only colour is added.

    After a crash or Ctrl-C the same command carries on where it was: finished segments are kept in
    a hidden folder beside the output. `filmcolor resume` finds and finishes all such films.

    **Examples**

    `filmcolor colorize old.mp4` writes old.color.mp4

    `filmcolor colorize old.mkv -o new.mkv --start 00:10:00 --end 00:10:30`

    `filmcolor colorize reel.avi --warmth -8 --saturation 1.2 --codec x265`

    `filmcolor colorize film.mp4 --plan film.plan.json`, the plan made by `filmcolor shots`

    `filmcolor colorize film.mp4 --shot 2:saturation=0.4 --shot 5:skip`, two shots otherwise

    `filmcolor colorize film.mp4 --reference set-photo.jpg`, which lends its colours

    `filmcolor colorize film.mp4 --keyframes painted`, keyframes that `filmcolor keyframes export`
    wrote and you repainted

    `filmcolor colorize "scans/frame_%05d.png" --fps 18 -o film.mp4`

    `filmcolor colorize film.mp4 --restart`, not going on with what an earlier run has left

    `filmcolor colorize grandmother.jpg`

    `restore | filmcolor colorize - -o - --container nut | play`, by way of pipes
    """
    from filmcolor.api import colorize as run

    if source == PIPE and output is None:
        raise UsageError("-: a film from standard input needs an output, -o FILE or -o -.")
    if container is not None and not is_pipe(output):
        raise UsageError("--container: says what goes to standard output, and needs -o -.")
    if is_pipe(output) and as_json:
        raise UsageError("--json: standard output is taken by the film; leave out -o - or --json.")
    with (
        ends_of(source, output, container or "matroska") as ends,
        ProgressDisplay(label_of(source), quiet) as display,
    ):
        summary = run(
            ends.source,
            ends.output,
            keep=not ends.is_piped,
            overwrite=overwrite,
            listeners=[display],
            **part.keywords(),
            **o.given(settings),
            **o.given(running),
        )
    ends.show(summary)
    frames = counted(summary.frames, "frame")
    if summary.frames_before:
        frames += f" ({summary.frames_before} of them done before)"
    line = (
        f"{summary.output}: {frames} in {summary.seconds:.1f} s ({summary.fps:.1f} frames/s), "
        f"network {summary.network} on {summary.engine}"
    )
    show_summary(summary, line, quiet=quiet, as_json=as_json)
    if not quiet:
        hint_at_richer_network(settings)
