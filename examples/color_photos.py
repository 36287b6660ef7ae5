"""Colours a folder of photos as arrays, for programs that do more with them than write files.

    python examples/color_photos.py photos/ coloured/

`filmcolor colorize PHOTO` keeps metadata, profiles and 16 bits too; arrays have none of these.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import filmcolor


def main(folder: str, output: str) -> None:
    """Colour each PNG and JPEG of a folder into another one, as PNG."""
    network = filmcolor.load_network("lite")
    Path(output).mkdir(parents=True)  # a folder that is there already is left alone
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() in {".png", ".jpg", ".jpeg"}:
            with Image.open(path) as photo:
                grey = np.asarray(photo.convert("L"))  # (height, width), uint8
            rgb = filmcolor.colorize_image(grey, network=network)  # (height, width, 3), uint8
            Image.fromarray(rgb).save(Path(output, f"{path.name}.png"))
            print(f"{path.name}: mean R, G and B", *rgb.mean((0, 1)).round(1))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (filmcolor.FilmcolorError, OSError) as error:
        sys.exit(str(error))
