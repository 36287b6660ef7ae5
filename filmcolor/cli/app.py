"""The command line: `filmcolor`."""

from __future__ import annotations

import atexit
import gc
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from filmcolor.cli import (
    batch,
    colorize,
    evaluate,
    farm,
    info,
    keyframes,
    models,
    pieces,
    preview,
    resume,
    shots,
    studio,
    train,
)
from filmcolor.cli.console import (
    OutputClosedError,
    leave_closed_outputs,
    one_line,
    open_standard_streams,
    say,
)
from filmcolor.cli.ending import leave
from filmcolor.cli.standstill import end_when_nothing_moves
from filmcolor.cli.stopping import exit_code, is_interrupted, stop_on_signals
from filmcolor.errors import FilmcolorError, UsageError
from filmcolor.system.background import is_left_behind
from filmcolor.system.environment import wants_tracebacks
from filmcolor.system.memory_settings import use_memory_sparingly

_DEBUG = "filmcolor.debug"
"""Of a context's `meta`: whether errors are shown with where they come from."""
_OUTPUT_CLOSED = 141  # 128 + SIGPIPE, as shells have it


class _Commands(TyperGroup):
    """Commands whose errors become one line and an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take `--debug` wherever it stands."""
        ctx.meta[_DEBUG] = "--debug" in args or wants_tracebacks()
        args = [arg for arg in args if arg != "--debug"]
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            _refuse_wrong_usage(error)
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run the command; nobody sees a traceback without having asked for it."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            said = one_line(error) or "interrupted; nothing was written."
            say(f"filmcolor: {said}")
            raise typer.Exit(exit_code()) from None
        except OutputClosedError:
            raise typer.Exit(_OUTPUT_CLOSED) from None
        except FilmcolorError as error:
            if ctx.meta[_DEBUG]:
                raise
            say(f"filmcolor: {one_line(error)}")
            raise typer.Exit(2 if isinstance(error, UsageError) else 1) from None
        except Exception as error:
            _refuse_wrong_usage(error)
            shown_by_typer = hasattr(error, "exit_code")
            if shown_by_typer or isinstance(error, typer.Abort) or ctx.meta[_DEBUG]:
                raise
            say(
                f"filmcolor: unexpected error ({type(error).__name__}); please report it with what "
                "the same command with --debug prints."
            )
            raise typer.Exit(1) from None


def _refuse_wrong_usage(error: Any) -> None:
    """Say in one line what Typer finds wrong with a command; other errors pass."""
    if getattr(error, "exit_code", 0) == 2 and type(error).__name__ != "NoArgsIsHelpError":
        see = f" See {error.ctx.command_path} --help." if getattr(error, "ctx", None) else ""
        said = one_line(error.format_message()).replace("Value error, ", "").rstrip(".")
        say(f"filmcolor: {said}.{see}")
        raise typer.Exit(2) from None


app = typer.Typer(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=True,
    help="Turns a black-and-white film into the same film in colour.",
    epilog="Start with `filmcolor preview film.mp4`, then `filmcolor colorize film.mp4`.",
)
app.command("colorize")(colorize.colorize)
app.command("preview")(preview.preview)
app.command("batch")(batch.batch)
app.command("resume")(resume.resume)
app.command("prepare")(pieces.prepare)
app.command("segment")(pieces.segment)
app.command("join")(pieces.join)
app.command("evaluate")(evaluate.evaluate)
app.command("shots")(shots.shots)
app.command("info")(info.info)
app.command("studio")(studio.studio)
app.add_typer(keyframes.app, name="keyframes")
app.add_typer(farm.app, name="farm")
app.add_typer(models.app, name="models")
app.add_typer(train.app, name="train")


def _print_version(wanted: bool) -> None:
    if wanted:
        from filmcolor import __version__

        typer.echo(f"filmcolor {__version__}")
        raise typer.Exit


_READS_FILMS = {
    *("colorize", "preview", "batch", "resume", "prepare", "segment", "join"),
    *("evaluate", "shots", "info", "keyframes"),
}


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where in the program an error comes from.")
    ] = False,
) -> None:
    """Turns a black-and-white film into the same film in colour: same length, sound and grain."""
    if context.obj is not None and context.invoked_subcommand in _READS_FILMS:
        context.obj()


def main() -> None:
    """Run the command line."""
    # Without this Python looks for garbage once more before it ends, for a tenth of a second.
    atexit.register(gc.freeze)
    open_standard_streams()
    use_memory_sparingly()
    stop_on_signals()
    for stream in (sys.stdout, sys.stderr):
        # Film names may hold any character; a console that cannot show one must not stop a run.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    # The process may be ended by this program only: as a library it is somebody else's.
    try:
        app(obj=end_when_nothing_moves)
    except SystemExit as ended:
        # A library that was at work may crash while Python takes apart what it uses.
        if is_left_behind() or is_interrupted():
            leave_closed_outputs()
            leave(ended.code if isinstance(ended.code, int) else bool(ended.code))
        raise
    finally:
        leave_closed_outputs()
