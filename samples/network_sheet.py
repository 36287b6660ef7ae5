"""Make a sheet of photographs for a network's model card: grey, coloured, true.

    python samples/network_sheet.py [--model NAME] [-o FILE]

The photographs lie in scikit-image's installed package; they are named in samples/README.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from filmcolor import colorize_image, load_network
from filmcolor.previews.contact_sheet import Cell, draw_sheet

HEIGHT = 300
PHOTOGRAPHS = ("astronaut.png", "rocket.jpg", "chelsea.png", "coffee.png")


def photograph(name: str) -> Image.Image:
    """Open one of the photographs in scikit-image's package, at the sheet's size."""
    path = Path(str(skimage.data.__file__)).parent / name
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    width = round(picture.width * HEIGHT / picture.height)
    small: Image.Image = picture.resize((width, HEIGHT), Image.Resampling.LANCZOS)
    return small


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description="Make the sheet of a model card.")
    parser.add_argument("--model", default="lite", help="name or file of a network")
    parser.add_argument("-o", "--output", type=Path, default=Path("models/lite.jpg"))
    given = parser.parse_args()
    network = load_network(given.model)
    cells = []
    for name in PHOTOGRAPHS:
        true = photograph(name)
        grey = np.asarray(true.convert("L").convert("RGB"))
        pictures = grey, colorize_image(grey, network=network), np.asarray(true)
        cells.append(Cell(pictures, name))
    sheet = draw_sheet(cells, 1, f"{network.name}: grey, coloured, true")
    Image.fromarray(sheet).save(given.output, quality=88)


if __name__ == "__main__":
    main()
