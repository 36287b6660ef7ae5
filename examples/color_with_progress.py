"""Colours a film, and shows how far it is.

    python examples/color_with_progress.py old.mp4 [new.mp4]

The same command carries on where a run was interrupted.
"""

import sys

import filmcolor
from filmcolor.events import Event, FrameDone, Joining

DOING = {"plan": "looking for shots", "keyframes": "colouring keyframes", "color": "colouring"}


def show(event: Event) -> None:
    """Write one line over and over: this is called with every event."""
    if isinstance(event, FrameDone):
        done = f"{DOING[event.phase]}: {event.done} of {event.total or '?'} frames"
        print(f"\r{done}", end=" ", file=sys.stderr)
    elif isinstance(event, Joining):
        print(f"\nputting {event.output} together", file=sys.stderr)


def main(film: str, output: str | None = None) -> None:
    """Colour the film; by default beside it, as NAME.color.EXT."""
    summary = filmcolor.colorize(film, output, listeners=[show])
    print(f"{summary.output}: {summary.frames} frames, {summary.fps:.1f} a second")
    for sentence in summary.warnings:
        print(f"not as in the source: {sentence}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except filmcolor.FilmcolorError as error:
        sys.exit(str(error))
