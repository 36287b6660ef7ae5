"""Compares two networks on one film that is in colour: takes its colours out and puts them back.

    python examples/compare_networks.py holiday.mp4 lite mine.onnx

A network is a name (`filmcolor models list`) or an .onnx or .caffemodel file.
"""

import sys
from pathlib import Path

import filmcolor

FIGURES = {
    "ciede2000": "distance to the true colours (lower is better)",
    "psnr": "PSNR, dB (higher is better)",
    "colorfulness": "colourfulness",
    "colorfulness_truth": "colourfulness of the truth",
    "flicker_ab": "flicker where nothing moves (lower is better)",
}


def main(film: str, *names: str) -> None:
    """Print a table: a line for each figure, a column for each network."""
    found = [filmcolor.evaluate(film, model=name, frames=250).films_mean for name in names]
    print(f"{'':46}", *(f"{Path(name).name:>16}" for name in names))
    for figure, words in FIGURES.items():
        values = [figures.get(figure) for figures in found]
        print(f"{words:46}", *(f"{'-' if v is None else round(v, 3):>16}" for v in values))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except filmcolor.FilmcolorError as error:
        sys.exit(str(error))
