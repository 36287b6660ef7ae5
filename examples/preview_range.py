"""Shows a part of a film in colour before the whole film is coloured: grey and colour side by side.

    python examples/preview_range.py old.mp4 00:01:00 00:01:10

Times are timecodes, seconds ("75.5") or frames ("1800f").
"""

import sys
from pathlib import Path

import filmcolor


def main(film: str, start: str, end: str) -> None:
    """Write NAME.preview.mp4, a clip, and NAME.preview.png, a sheet of pictures."""
    network = filmcolor.load_network("lite")  # loaded once, used twice
    place = Path(film).with_suffix("")
    for suffix in (".preview.mp4", ".preview.png"):
        output = place.with_name(place.name + suffix)
        made = filmcolor.preview(film, output, start=start, end=end, network=network)
        print(f"{made.output}: {made.frames} frames")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except filmcolor.FilmcolorError as error:
        sys.exit(str(error))
