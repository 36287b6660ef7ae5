"""`filmcolor keyframes`: keyframes as pictures, to be repainted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import ProgressDisplay, put, say, show_summary
from filmcolor.settings import Settings
from filmcolor.wording.words import counted

app = typer.Typer(
    help="Write keyframes as pictures, to be repainted in any program, and take them back.",
    no_args_is_help=True,
)


@app.command("export")
@o.takes_settings()
def export(
    source: Annotated[
        Path, typer.Argument(metavar="FILM", help="A film, or a folder or pattern of pictures.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="The folder for the pictures, new or empty.", show_default=False
        ),
    ],
    per_shot: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many keyframes of each shot, evenly spread. Default: all.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace the pictures of an earlier export there, painted or not.",
            rich_help_panel="Running",
        ),
    ] = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
    *,
    part: o.FilmPart,
    settings: Settings,
) -> None:
    """Write keyframes as they will be coloured: one PNG each, and an index.

    Repaint any of them in any program, and save them in the folder, under their names. Leave the
    others as they are, or delete them. Brightness does not matter: it stays that of the film.
    Where a picture is erased until it is transparent, the film keeps its own colours.

    Instead of a whole painting a few strokes do: save them on a transparent ground as
    NAME.hints.png beside NAME.png, and they spread over what they lie on.

    Then `filmcolor colorize FILM --keyframes FOLDER` has these colours in the film, from shot to
    shot or farther (`--spread`).

    **Examples**

    `filmcolor keyframes export old.mp4 -o keyframes --per-shot 1`

    `filmcolor keyframes export old.mp4 -o scene --start 00:10:00 --end 00:12:00 --model zhang2016`

    `filmcolor keyframes export old.mp4 -o keyframes --plan plan.json --overwrite`
    """
    from filmcolor.api import export_keyframes

    with ProgressDisplay(source.name, quiet) as display:
        summary = export_keyframes(
            source,
            output,
            per_shot=per_shot,
            overwrite=overwrite,
            listeners=[display],
            **part.keywords(),
            **o.given(settings),
        )
    line = f"{summary.output}: {counted(summary.frames, 'keyframe')} in {summary.seconds:.1f} s"
    show_summary(summary, line, quiet=quiet, as_json=as_json)


@app.command("import")
@o.takes_settings("video_stream", "fps", "missing", "transfer")
def import_(
    source: Annotated[
        Path, typer.Argument(metavar="FILM", help="The film that the keyframes are of.")
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What `filmcolor keyframes export` wrote.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write the plan that the keyframes were made by, as .json.",
            show_default=False,
        ),
    ] = None,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was found as JSON to standard output.")
    ] = False,
    *,
    settings: Settings,
) -> None:
    """Say what was painted in which keyframes, before a long run takes it.

    Nothing else is done: `filmcolor colorize FILM --keyframes FOLDER` compares the folder itself.

    **Examples**

    `filmcolor keyframes import old.mp4 keyframes`

    `filmcolor keyframes import old.mp4 keyframes -o plan.json`, to change the plan, too

    `filmcolor colorize old.mp4 --keyframes keyframes --spread room`
    """
    from filmcolor.api import check_keyframes
    from filmcolor.planning.plan_file import write_plan

    found = check_keyframes(source, folder, **o.given(settings))
    if as_json:
        put(json.dumps(found.as_json(), ensure_ascii=False))
    elif not quiet:
        _print_changes(found)
    if output is not None:
        write_plan(found.index.plan, output, film=source, overwrite=overwrite)
        if not quiet:
            say(f"{output} written.")


def _print_changes(found: Any) -> None:
    for each in found.changed:
        how = "strokes on" if each.hint else "painted:"
        put(f"{each.path.name}: shot {each.entry.shot}, {how} {100 * each.share:.1f} % of it")
    rest = [f"{counted(found.unchanged, 'picture')} unchanged"]
    if found.missing:
        rest.append(f"{found.missing} not there any more")
    changed = counted(len(found.changed), "picture")
    put(f"{changed} with colours of yours; {', '.join(rest)}.")
    for name in found.unknown:
        say(f"note: {name} has the name of no keyframe, and is not used.")
