"""Tells films and pictures in colour from those that are grey, or tinted in one colour."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.film import FilmInfo
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.pictures.read import read_picture
from filmcolor.media.source import FrameRange
from filmcolor.media.stills import find_stills
from filmcolor.settings import SourceSettings

if TYPE_CHECKING:
    from PIL.Image import Image

_COLORED_FROM = 1.0
"""8-bit codes; grey films with noisy chroma stay below 0.6, and so do tints."""
_WIDTH, _HEIGHT = 32, 24
"""Size at which pictures are looked at: that takes noise away."""
_TINT_UP_TO = 0.08
"""Of the distance from grey: so far from its line a strong tint strays."""
_LOOKS = 7
"""Places of a film that are looked at."""


def is_in_color(path: Path, settings: SourceSettings) -> bool:
    """Return whether most of a film or picture is in colour; a tint is none.

    Raises `InputError` when it cannot be read.
    """
    if is_picture(path):
        return _picture_spread(path) >= _COLORED_FROM
    stills = find_stills(path)
    if stills is not None:
        looks = stills[:: max(1, len(stills) // _LOOKS)]
        spreads = [_picture_spread(still) for still in looks]
    else:
        source = open_source(path, settings)
        if source.info.is_stills:
            spreads = _animation_spreads(path)
        else:
            spreads = [_spread(_chroma(frame)) for frame in _frames(source.info)]
    return bool(spreads) and float(np.median(spreads)) >= _COLORED_FROM


def _frames(info: FilmInfo) -> list[av.VideoFrame]:
    reader = FilmReader(info)
    end = info.end_time or info.first_time + 10
    step = (end - info.first_time) / _LOOKS
    found: list[av.VideoFrame] = []
    for number in range(_LOOKS):
        part = FrameRange(info.first_time + step * (number + Fraction(1, 2)))
        with closing(reader.decoded(part, rough=True)) as frames:
            found += [frame.picture for frame in islice(frames, 1)]
    return found


def _picture_spread(path: Path) -> float:
    import PIL.Image

    if not read_picture(path).colored:
        return 0.0
    try:
        with PIL.Image.open(path) as image:
            return _image_spread(image)
    except Exception:  # of kinds that Pillow does not read, it is only known that they have colour
        return _COLORED_FROM


def _animation_spreads(path: Path) -> list[float]:
    import PIL.Image

    spreads = []
    with PIL.Image.open(path) as image:
        count = getattr(image, "n_frames", 1)
        for number in range(0, count, max(1, count // _LOOKS)):
            image.seek(number)
            spreads.append(_image_spread(image))
    return spreads


def _image_spread(image: Image) -> float:
    from PIL.Image import Resampling

    small = image.convert("RGB").resize((_WIDTH, _HEIGHT), Resampling.BOX)
    pixels = np.asarray(small.convert("YCbCr")).astype(np.float64)
    return _spread(pixels[..., 1:].reshape(-1, 2) - 128)


def _chroma(frame: av.VideoFrame) -> NDArray[np.float64]:
    """Return U and V of a small version of a frame, from neutral; shape (pixels, 2)."""
    small = frame.reformat(width=_WIDTH, height=_HEIGHT, format="yuv444p")
    _, u, v = small.to_ndarray()
    return np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float64) - 128


def _spread(chroma: NDArray[np.float64]) -> float:
    """Return how far chroma strays from a line through grey; 0 where it hardly does.

    All shades of a tint lie near such a line: near, measured by how far they lie from grey.
    """
    across, along = np.sqrt(np.maximum(0, np.linalg.eigvalsh(chroma.T @ chroma / len(chroma))))
    return float(across) if across >= _TINT_UP_TO * along else 0.0
