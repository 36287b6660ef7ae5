"""Decodes the beginning of a film, to see what its frames are like."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.decode.packets import packets_of

_PACKETS_FOR_FIRST_FRAME = 400
_FRAMES_FOR_INTERLACING = 6


@dataclass
class Beginning:
    """The first packets of a film's video, and the frames in them."""

    frames: list[av.VideoFrame]
    packets: list[Any]

    @property
    def shown(self) -> list[Fraction]:
        """When the frames are shown, in seconds; without those that do not tell."""
        return _times(self.frames)

    @property
    def packets_are_frames(self) -> bool:
        """Whether each packet between the first and the last frame is a frame."""
        if not any(frame.interlaced_frame for frame in self.frames):
            return True
        shown = set(self.shown)
        sent = set(_times(self.packets))
        return len(shown) < 2 or all(
            time in shown for time in sent if min(shown) < time < max(shown)
        )


def _times(items: Sequence[Any]) -> list[Fraction]:
    """Return the times of frames or packets, in seconds; without those that do not tell."""
    found = [(item.pts, exact(item.time_base)) for item in items]
    return [pts * unit for pts, unit in found if pts is not None and unit is not None]


def read_beginning(path: Path, container: InputContainer, stream: Any) -> Beginning:
    """Decode the first packets of `stream`, until a few frames have come; damage is passed over."""
    frames: list[av.VideoFrame] = []
    packets: list[Any] = []
    for number, packet in enumerate(packets_of(path, container, stream)):
        packets.append(packet)
        with suppress(av.error.FFmpegError):
            frames.extend(packet.decode())
        enough = len(frames) >= _FRAMES_FOR_INTERLACING
        if enough or (frames and number >= 4 * _FRAMES_FOR_INTERLACING):
            break
        if number >= _PACKETS_FOR_FIRST_FRAME and not frames:
            break
    return Beginning(frames, packets)
