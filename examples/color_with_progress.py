"""Colours a film, and shows how far it is.

    python examples/color_with_progress.py old.mp4 [new.mp4]

The same command carries on where a run was interrupted.
"""

import sys

import filmcolor


def show(progress: filmcolor.Progress) -> None:
    """Write one line over and over: this is called after every frame, by the thread that asked."""
    doing = "looking for shots" if progress.phase == "plan" else "colouring"
    total = "?" if progress.total is None else progress.total
    print(f"\r{doing}: {progress.done} of {total} frames", end=" ", file=sys.stderr)


def main(film: str, output: str | None = None) -> None:
    """Colour the film; by default beside it, as NAME.color.EXT."""
    summary = filmcolor.colorize(film, output, progress=show)
    print(file=sys.stderr)
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
