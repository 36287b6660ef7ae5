"""`filmcolor prepare`, `filmcolor segment` and `filmcolor join`: a film on several computers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import ProgressDisplay, put, say, show_summary
from filmcolor.settings import RunSettings, Settings
from filmcolor.wording.words import counted

_Work = Annotated[
    Path,
    typer.Option(
        "--work",
        metavar="DIR",
        help="The work folder, or the film that it becomes: the -o of `filmcolor prepare`.",
    ),
]


@o.takes_settings()
def prepare(
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A film, or a folder or pattern of pictures.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="<path>",
            help="Where the result will go. Default: beside the input, as NAME.color.EXT.",
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
    """Get a film ready to be coloured by several computers.

    Its shots are found, its keyframes get their colours, and it is divided into pieces; how many
    there are is printed. `filmcolor segment` colours one of them, on any computer that sees the
    film and the folder of the result, and `filmcolor join` puts them together. Said again, it
    prints the same number.

    **Examples**

    `filmcolor prepare film.mp4 -o colour.mp4`

    `filmcolor prepare film.mp4 -o colour.mp4 --piece-seconds 20 --codec x265`
    """
    from filmcolor.api.films import prepare as run

    with ProgressDisplay(source.name, quiet) as display:
        found = run(
            source,
            output,
            overwrite=overwrite,
            listeners=[display],
            **part.keywords(),
            **o.given(settings),
            **o.given(running),
        )
    if as_json:
        facts = {
            "output": str(found.output),
            "work": str(found.folder),
            "pieces": len(found.pieces),
            "left": [piece.number for piece in found.left],
        }
        put(json.dumps(facts, ensure_ascii=False))
        return
    put(len(found.pieces))
    if not quiet:
        say(f"{found.output}: {counted(len(found.left), 'piece')} to colour, in {found.folder}")


def segment(
    film: Annotated[
        Path, typer.Argument(metavar="INPUT", help="The film, as this computer sees it.")
    ],
    work: _Work,
    number: Annotated[int, typer.Option(help="Which piece, from 1.")],
    model: Annotated[
        str | None,
        typer.Option(
            help="Where the network lies on this computer, if not where it was.", show_default=False
        ),
    ] = None,
    quiet: o.Quiet = False,
) -> None:
    """Colour one piece of a film that `filmcolor prepare` got ready.

    Any number of these may run at once. A piece that is done already is left as it is; what a
    killed one has finished is kept.

    **Examples**

    `filmcolor segment film.mp4 --work colour.mp4 --number 3`
    """
    from filmcolor.jobs.farm.begun import Begun
    from filmcolor.jobs.farm.color_piece import ReadyPieces

    begun = Begun.at(work, film, model=model)
    done = ReadyPieces.of(begun).color(number)
    if not quiet:
        told = f", {done.frames_before} of them done before" if done.frames_before else ""
        say(f"piece {number}: {counted(done.frames + done.frames_before, 'frame')}{told}")


def join(
    work: _Work,
    film: Annotated[
        Path | None,
        typer.Argument(
            metavar="[INPUT]",
            help="The film, where this computer sees it elsewhere than the one that prepared it.",
            show_default=False,
        ),
    ] = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Put a film together whose pieces are all done.

    Where some are missing, they are named, and nothing is written.

    **Examples**

    `filmcolor join --work colour.mp4`
    """
    from filmcolor.events import Events
    from filmcolor.jobs.farm.begun import Begun
    from filmcolor.jobs.farm.join_pieces import join_pieces

    with ProgressDisplay(work.name, quiet) as display:
        summary = join_pieces(Begun.at(work, film), Events([display]))
    line = f"{summary.output}: {counted(summary.frames, 'frame')}"
    show_summary(summary, line, quiet=quiet, as_json=as_json)
