"""Makes `docs/repainted.jpg`: a keyframe of the sample film, repainted, and what comes of it.

    python samples/repaint.py [-o FILE]

A painting program would do what `paint` does here: the suit gets its orange, nothing else changes.
Needs scikit-image (`pip install "filmcolor[test]"`).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from skimage.color import lab2rgb, rgb2lab

import filmcolor

FILM = Path(__file__).with_name("sample-film.mp4")
PAINTED = "shot-0003_00.00.04.208_f101.png"
SUIT = [(0, 480), (25, 400), (70, 308), (132, 250), (150, 300), (205, 350), (270, 372), (330, 366)]
SUIT += [(378, 330), (390, 288), (432, 322), (462, 400), (440, 440), (395, 480)]
"""Corners around the suit, in pixels of that keyframe."""
ORANGE = (36.0, 54.0)
"""a and b."""
LATER = (4.9, 5.9)
"""Seconds at which the film is shown."""


def paint(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the keyframe with an orange suit: the cloth, not its black and white parts."""
    inside = Image.new("L", picture.shape[1::-1])
    ImageDraw.Draw(inside).polygon(SUIT, fill=255)
    lab = rgb2lab(picture)
    cloth = (np.asarray(inside) > 0) & (lab[..., 0] > 22) & (lab[..., 0] < 72)
    lab[cloth, 1:] = ORANGE
    return np.asarray(np.rint(255 * np.clip(lab2rgb(lab), 0, 1)), np.uint8)


def frame_at(film: Path, seconds: float) -> NDArray[np.uint8]:
    """Return the frame that is shown then; uint8, shape (height, width, 3)."""
    with av.open(str(film)) as container:
        frames = (frame for frame in container.decode(video=0) if (frame.time or 0) >= seconds)
        found: NDArray[np.uint8] = next(frames).to_ndarray(format="rgb24")
        return found


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    default = Path(__file__).parents[1] / "docs" / "repainted.jpg"
    parser.add_argument("-o", "--output", type=Path, default=default)
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "keyframes"
        filmcolor.export_keyframes(FILM, folder, model="lite")
        own = np.asarray(Image.open(folder / PAINTED).convert("RGB"))
        painted = paint(own)
        Image.fromarray(painted).save(folder / PAINTED)
        film = Path(name) / "film.mp4"
        filmcolor.colorize(FILM, film, keyframes=folder, model="lite")
        shown = [own, painted, *(frame_at(film, seconds) for seconds in LATER)]
    halved = [picture[::2, ::2] for picture in shown]
    Image.fromarray(np.hstack(halved)).save(output, quality=88)


if __name__ == "__main__":
    main()
