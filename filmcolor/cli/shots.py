"""`filmcolor shots`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import ProgressDisplay, put, say
from filmcolor.cli.pipes import ends_of, label_of
from filmcolor.settings import Settings


@o.takes_settings("model", "engine", "video_stream", "fps", "missing", "transfer")
def shots(
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A film, or a folder or pattern of pictures.")
    ],
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help=".json: the plan, to be changed and colorized by. .png, .jpg or .webp: a sheet "
            "with a picture of each shot. Can be repeated.",
            show_default=False,
        ),
    ] = None,
    start: o.Start = None,
    end: o.End = None,
    rooms: Annotated[
        bool,
        typer.Option(
            "--rooms/--no-rooms",
            help="Whether a network looks at a keyframe of each shot, for what it shows and which "
            "shots show the same room.",
        ),
    ] = True,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the plan to standard output, and nothing else there."),
    ] = False,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    *,
    settings: Settings,
) -> None:
    """List the shots of a film: where it cuts, fades and dissolves.

    A plan holds the shots and the keyframes of a film as a small JSON file. In it, shots can be
    joined or divided, and each can have colours of its own, in its `settings`: `saturation`,
    `warmth`, `tint`, `strength`, `method`, `network`, `references` (a list of colour pictures) and
    `reference_strength`, or `"skip": true` to leave it grey. Points of colour on a frame are the
    `hints` of its shot: `{"frame": 120, "x": 320, "y": 200, "colour": "#2e7d32"}`. Shots of one
    `room` get the same colours for the same things, and titles stay grey, as their `kind` says:
    both can be changed.

    **Examples**

    `filmcolor shots old.mp4`

    `filmcolor shots old.mp4 -o plan.json -o shots.png`

    `filmcolor colorize old.mp4 --plan plan.json` colours by the plan

    `filmcolor colorize old.mp4 --shot 2:saturation=0.4` changes the second shot without a plan

    `filmcolor shots old.mp4 --start 00:10:00 --end 00:15:00 --json`
    """
    from filmcolor.api import find_shots
    from filmcolor.planning.plan_file import plan_text

    with ends_of(source) as ends, ProgressDisplay(label_of(source), quiet) as display:
        plan = find_shots(
            ends.source,
            output or [],
            start=start,
            end=end,
            rooms=rooms,
            overwrite=overwrite,
            listeners=[display],
            **o.given(settings),
        )
    if as_json:
        put(plan_text(plan), nl=False)
    elif not quiet:
        _print_shots(plan)
    if not quiet:
        for path in output or []:
            say(f"{path} written.")


def _print_shots(plan: Any) -> None:
    rows = [("shot", "begins", "seconds", "frames", "opens with", "keyframes", "kind", "room")]
    rows += [
        (
            str(shot.number),
            shot.time,
            f"{shot.seconds:.2f}",
            f"{shot.first_frame}-{shot.end_frame - 1}",
            shot.opens.kind,
            str(len(shot.keyframes)),
            shot.kind or "",
            "" if shot.room is None else str(shot.room),
        )
        for shot in plan.shots
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        line = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        put(typer.style(line, bold=number == 0))
