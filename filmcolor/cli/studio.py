"""`filmcolor studio`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import put, say
from filmcolor.settings import FilmOptions, RunSettings, Settings


@o.takes_settings("model", "engine", "farm", "farm_tls", "path_map", "farm_storage", "priority")
def studio(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="The folder with films and photos.")
    ] = Path(),
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Where to listen; 0 for any free port. Default: 8765, or the next free one.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="An address of this computer by which others may open the studio, too. Whoever "
            "has the address that is printed can change and write files in the folder, and what "
            "goes over the net is not encrypted. Default: this computer alone.",
            show_default=False,
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Whether to open it in the browser.")
    ] = True,
    *,
    settings: Settings,
    running: RunSettings,
) -> None:
    """See films, mend their colours and colour them, in a web page on this computer.

    The page shows each shot in the colours that the film will have, before it is coloured. What is
    changed goes into a plan beside the film, NAME.plan.json, which `filmcolor colorize --plan`
    takes. Nothing leaves this computer, unless `--farm` has others colour films. Ctrl-C ends the
    studio; films that it colours can be resumed.

    **Examples**

    `filmcolor studio reels/`

    `filmcolor studio reels/ --port 9000 --no-browser`
    """
    from filmcolor.studio import require_studio

    require_studio()
    from filmcolor.studio.server import running_studio

    farm = FilmOptions(**o.given(running))  # type: ignore[typeddict-item]
    if running.farm is not None:
        from filmcolor.jobs.farm.connection import need_distributed

        need_distributed()
    try:
        with running_studio(
            folder, port=port, host=host, say=say, farm=farm, **o.given(settings)
        ) as opened:
            put(opened.address)
            say("Open this address in a browser. Ctrl-C ends the studio.")
            if browser:
                _open(opened.address)
            opened.wait()
    except KeyboardInterrupt:
        say("The studio is closed; unfinished films go on when it is opened again.")


def _open(address: str) -> None:
    """Open the address in the browser; where there is none, the printed one will do."""
    import webbrowser
    from contextlib import suppress

    with suppress(webbrowser.Error):
        webbrowser.open(address)
