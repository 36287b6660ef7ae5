"""Notices what of a film's pictures does not come into the result."""

from __future__ import annotations

import av

from filmcolor.media.decode.luma import mean_chroma
from filmcolor.media.decode.side_data import frame_side_data
from filmcolor.media.film import FilmInfo

_COLOR_FROM = 3.0
"""Mean chroma, in 8-bit codes, from which a film counts as coloured or tinted."""

_LOOK_FOR_COLOR_EVERY = 12

_CAPTION_VALID, _NOTHING = 0x04, b"\x80\x80"


class Replaced:
    """Looks at one frame after the other, and tells each thing once."""

    def __init__(self, info: FilmInfo) -> None:
        """Look at frames of the film that `info` describes."""
        self._info = info
        self._frames = 0
        self._color = self._captions = self._resized = False

    def notes(self, frame: av.VideoFrame) -> tuple[str, ...]:
        """Return sentences about what was seen for the first time in this frame."""
        info = self._info
        notes: list[str] = []
        if not self._color and self._frames % _LOOK_FOR_COLOR_EVERY == 0 and is_colored(frame):
            self._color = True
            notes.append("the film has colour or a tint of its own; it is replaced.")
        self._frames += 1
        if not self._captions and _holds_captions(frame):
            self._captions = True
            notes.append(
                "the video has closed captions inside (CEA-608 or 708); they are not kept."
            )
        if not self._resized and (frame.height, frame.width) != info.stored_size:
            self._resized = True
            notes.append(
                "the picture changes size on the way; all frames were brought to "
                f"{info.width}x{info.height}."
            )
        return tuple(notes)


def is_colored(frame: av.VideoFrame) -> bool:
    """Return whether a frame has colour, or a tint, of its own."""
    return mean_chroma(frame) >= _COLOR_FROM


def _holds_captions(frame: av.VideoFrame) -> bool:
    """Whether a frame has closed captions that say anything; most of those sent are empty."""
    content = frame_side_data(frame, "A53_CC")
    if content is None:
        return False
    return any(
        content[place] & _CAPTION_VALID
        and bytes(byte | 0x80 for byte in content[place + 1 : place + 3]) != _NOTHING
        for place in range(0, len(content) - 2, 3)
    )
