"""Whether the disk has room for a film while it is made."""

from __future__ import annotations

import shutil
from pathlib import Path

from filmcolor.errors import OutputError
from filmcolor.media.encode.writer import VideoFormat
from filmcolor.media.film import FilmInfo
from filmcolor.settings import VideoSettings

_BITS_PER_PIXEL = {"ffv1": (0.8, 10.0), "prores": (1.0, 6.0)}
_LOSSY = 0.002, 0.5
"""Bits for each pixel of a still title card, and of a film full of grain, at the default quality.
More than a hundredfold lies between them: that is how far one can know it beforehand."""
_HALF_THE_SIZE = 6
"""Steps of crf by which a film gets half as large."""


def check_space(
    folder: Path,
    output: Path,
    info: FilmInfo,
    video: VideoFormat,
    settings: VideoSettings,
    frames: int,
) -> str | None:
    """Look whether `frames` more frames fit on the disk of `folder`.

    Returns a sentence when that is not sure. Raises `OutputError` when they clearly do not: not
    even those of an almost empty film.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    least, most = _bytes_needed(info, video, settings, frames)
    if free < least:
        raise OutputError(
            f"{output}: the disk has {_size(free)} left, and this film needs at least "
            f"{_size(least)} while it is made; make room, or choose another folder with `output`.",
            file=output,
            remedy="output",
        )
    if free < most:
        return (
            f"the disk has {_size(free)} left; this film may need up to {_size(most)} while it is "
            "made, if it is full of grain. If that is too much, what is done is kept."
        )
    return None


def _bytes_needed(
    info: FilmInfo, video: VideoFormat, settings: VideoSettings, frames: int
) -> tuple[float, float]:
    least, most = _BITS_PER_PIXEL.get(video.encoder.codec, _LOSSY)
    if settings.crf is not None and video.encoder.crf is not None:
        change = 2 ** ((video.encoder.crf - settings.crf) / _HALF_THE_SIZE)
        least, most = least * min(1, change), most * max(1, change)
    if settings.encoder_options:
        least = 0.0  # whatever they say, it is not for us to reckon
    raw = info.width * info.height * frames / 8
    # The segments, the same joined, and the finished film; short films are not joined.
    return 2 * least * raw, 3 * most * raw


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
