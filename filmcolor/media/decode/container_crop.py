"""Rows and columns that a container wants cut off, as players do: Matroska's crop, and QuickTime's
clean aperture."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from filmcolor.color.colorspace import Plane
from filmcolor.media.encode.ffmpeg import ffmpeg_path
from filmcolor.media.film import Crop
from filmcolor.media.local_files import input_arguments

MAY_CROP = frozenset({"matroska", "mov"})
"""FFmpeg's names of the containers that may say so."""

_STREAM = re.compile(r"^\s*Stream #0:(\d+)")
_CROPPING = re.compile(r"^\s*Frame Cropping: (\d+)/(\d+)/(\d+)/(\d+)")
_LONGEST = 60.0
"""Seconds."""


def container_crop(path: Path, container: str, stream: int) -> Crop:
    """Return what the container `path` wants cut off the pictures of a stream.

    PyAV does not tell, so that ffmpeg's own words are read; older ones do not say it, and nothing
    is cut off.
    """
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", *input_arguments(path, container)]
    try:
        said = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST, check=False
        ).stderr.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        return Crop()
    current = None
    for line in said.splitlines():
        if found := _STREAM.match(line):
            current = int(found[1])
        elif current == stream and (found := _CROPPING.match(line)):
            left, right, top, bottom = (int(found[number]) for number in range(1, 5))
            return Crop(left, right, top, bottom)
    return Crop()


def cropped(plane: Plane, crop: Crop) -> Plane:
    """Return the part of a picture that is shown; shape (height, width), a view."""
    height, width = plane.shape
    return plane[crop.top : height - crop.bottom, crop.left : width - crop.right]
