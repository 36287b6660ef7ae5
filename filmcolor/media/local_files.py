"""How FFmpeg is made to open the one file that was named, and nothing else.

FFmpeg takes names for addresses (`http:...`, `concat:a|b`, `pipe:`), and some formats (playlists,
session descriptions, numbered pictures) make it open further files or the network. So names are
handed over with the prefix `file:`, behind which every character is part of the name, no protocol
but `file` may be used, and formats that lead elsewhere are switched off.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer

from filmcolor.errors import InputError
from filmcolor.system.special_files import is_address
from filmcolor.wording.reasons import reason_of

_LEADS_ELSEWHERE: Final = frozenset(
    # Playlists, and films that lie in several files
    {"hls", "dash", "concat", "imf", "mlv", "vobsub", "webm_dash_manifest"}
    # The network
    | {"rtsp", "rtp", "sap", "sdp"}
    # Programs for a script interpreter
    | {"avisynth", "vapoursynth", "lavfi"}
    # Texts, which FFmpeg would draw as pictures
    | {"tty", "bin", "xbin", "adf", "idf"}
    # Cameras, screens and sound cards
    | {"alsa", "android_camera", "avfoundation", "bktr", "decklink", "dshow", "fbdev", "gdigrab"}
    | {"iec61883", "jack", "kmsgrab", "libcdio", "libdc1394", "openal", "oss", "pulse", "sndio"}
    | {"v4l2", "vfwcap", "x11grab", "xcbgrab"}
)

_TAGS_MAY_FAIL: Final = int(av.__version__.split(".")[0]) < 19
"""PyAV 19 dropped the choice of what to do about tags in other encodings; it replaces letters."""

_POINTERS: Final = {
    b"#extm3u": "a playlist (M3U8)",
    b"ffconcat version": "a playlist (ffconcat)",
    b"v=0": "a session description (SDP)",
    b"<mpd": "a playlist (DASH)",
    b"<?xml": "an XML text",
}


def opencv_opens(path: Path) -> bool:
    """Return whether OpenCV finds a file by this name.

    On Windows it knows few letters, elsewhere it crashes at names that are not Unicode.
    """
    name = str(path)
    if os.name != "posix":
        return name.isascii()
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def file_url(path: Path) -> str:
    """Return the name under which FFmpeg reads or writes exactly the file `path`."""
    return f"file:{path}"


@cache
def _allowed_formats() -> str:
    names: list[str] = []
    for name in sorted(av.formats_available):
        try:
            av.format.ContainerFormat(name, "r")
        except ValueError:
            continue  # it can only be written
        if not _LEADS_ELSEWHERE.intersection(name.split(",")):
            names.append(name)
    return ",".join(names)


def reading_options() -> dict[str, str]:
    """Return FFmpeg's options for reading one file of this computer."""
    return {
        "protocol_whitelist": "file",
        "format_whitelist": _allowed_formats(),
        # A digit pattern or a star in the name of a picture stands for itself.
        "pattern_type": "none",
    }


def input_arguments(path: Path, container: str = "") -> list[str]:
    """Return the arguments by which the ffmpeg executable reads `path`.

    `container`: FFmpeg's name of the format, where it is known.
    """
    options = reading_options()
    if container != "image2":  # the executable refuses options that a format does not have
        del options["pattern_type"]
    named = [part for key, value in options.items() for part in (f"-{key}", value)]
    return [*named, "-i", file_url(path)]


def check_name(path: Path) -> None:
    """Raise `InputError` for what cannot be the name of a file or folder here, or be looked at.

    A file that is simply missing passes: the name may be a pattern.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if is_address(path):
            raise InputError(
                f"{path}: an address, which is not opened: filmcolor opens files. Download the "
                "film first.",
                file=path,
            ) from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"{_shortened(path)}: cannot be read ({reason_of(error)}).", file=path
        ) from error


def _shortened(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 300 else f"{text[:100]}...{text[-100:]}"


def pointer_of(path: Path) -> str | None:
    """Say what a file is that only points to other files, judged by its beginning; else None."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return None
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((words for mark, words in _POINTERS.items() if start.startswith(mark)), None)


def open_file(path: Path, *, format: str | None = None) -> InputContainer:
    """Open exactly the file `path` for reading, be its tags valid UTF-8 or not.

    `format`: FFmpeg's name of the demuxer, where the file is too small to be told by its content.
    Raises PyAV's errors and OSError as they are.
    """
    if _TAGS_MAY_FAIL:
        return av.open(
            file_url(path), format=format, options=reading_options(), metadata_errors="replace"
        )
    return av.open(file_url(path), format=format, options=reading_options())
