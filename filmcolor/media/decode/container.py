"""Opens film files, and sets their decoders up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from filmcolor.errors import InputError, NotAFilmError
from filmcolor.media.faults.read_errors import check_disk
from filmcolor.media.local_files import check_name, open_file, pointer_of
from filmcolor.system.environment import max_pixels

_MARGIN = 512 * 512


def open_container(path: Path) -> InputContainer:
    """Open a film for reading; raises `InputError` with the reason when that fails.

    No other file is opened, whatever this one or its name asks for.
    """
    check_name(path)
    if not path.exists():
        raise InputError(f"{path}: there is no such file.", file=path)
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty.", file=path)
    try:
        return open_file(path)
    except (av.error.FFmpegError, OSError) as error:
        check_disk(path, error)
        if (pointer := pointer_of(path)) is not None:
            raise InputError(
                f"{path}: is {pointer}, not a film; filmcolor opens no file but the one that is "
                "named, so name the film itself."
            ) from error
        raise NotAFilmError(
            f"{path}: not a film that can be read. "
            "Check that the file is whole and that it is a video or a picture.",
            file=path,
        ) from error


def without_threads(stream: Any) -> None:
    """Decode `stream` on one thread, and no pictures above `max_pixels`.

    Frame threads lose frames at damaged packets and can hang when a damaged film is closed. The
    decoder runs beside the network and the encoder anyway, and is the fastest of the three.
    """
    stream.codec_context.thread_type = "NONE"
    stream.codec_context.thread_count = 1
    # Some decoders reckon with more than is shown: full blocks, and room around the picture.
    stream.codec_context.options = {"max_pixels": str(2 * max_pixels() + _MARGIN)}
