"""Films with several shots, and ways to compare results."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.clips import make_clip, moving_pattern, read_frames
from tests.streams import add_streams

SIZE = (64, 48)
SHOTS = (14, 70, 20, 12, 24)
"""Frames of each; the second is long enough to be cut inside."""


def shots_film(path: Path, lengths: tuple[int, ...], *, audio: str | None = None) -> Path:
    """A film of shots that look different, each so many frames long, joined by cuts."""
    pictures = moving_pattern(SIZE)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    starts = np.cumsum([0, *lengths])

    def picture(index: int) -> np.ndarray:
        shot = int(np.searchsorted(starts, index, side="right")) - 1
        base = pictures(index % 40).astype(np.int32)
        if shot % 3 == 1:
            base = 250 - base[:, ::-1] // 2
        elif shot % 3 == 2:
            base = 30 + base.T[: SIZE[1], : SIZE[1]].repeat(2, 1)[:, : SIZE[0]] // 3
        return np.clip(base + (x + y) % (5 + shot) * 4, 16, 235).astype(np.uint8)

    return make_clip(path, frames=sum(lengths), picture=picture, audio=audio, size=SIZE)


def film_with_streams(folder: Path, lengths: tuple[int, ...]) -> Path:
    """The same with two sound tracks, subtitles and chapters, in a Matroska file."""
    plain = shots_film(folder / "plain.mkv", lengths, audio="aac")
    film = add_streams(
        plain, folder / "film.mkv", second_audio=True, subtitles="subrip", chapters=True
    )
    for path in folder.iterdir():
        if path != film:
            path.unlink()
    return film


@dataclass
class Content:
    """All that is in a film, in a form that can be compared."""

    times: list[Fraction]
    pictures: list[str]
    packets: list[tuple[int, int | None, int | None, str]]
    """Of all streams but the first: stream, timestamp, duration, checksum."""
    duration: int | None


def content(path: Path) -> Content:
    """Read a film with a plain decoder."""
    frames = read_frames(path)
    packets = []
    with av.open(str(path)) as container:
        duration = container.duration
        for packet in container.demux():
            if packet.stream.index > 0 and packet.size:
                digest = hashlib.sha256(bytes(packet)).hexdigest()
                packets.append((packet.stream.index, packet.pts, packet.duration, digest))
    return Content(
        [frame.time for frame in frames],
        [
            hashlib.sha256(frame.y.tobytes() + frame.u.tobytes() + frame.v.tobytes()).hexdigest()
            for frame in frames
            if frame.u is not None and frame.v is not None
        ],
        sorted(packets),
        duration,
    )


def assert_same_film(one: Path, other: Path) -> None:
    """The two films hold the same pictures at the same times, and the same other streams."""
    a, b = content(one), content(other)
    assert a.times == b.times
    different = [n for n, (p, q) in enumerate(zip(a.pictures, b.pictures, strict=True)) if p != q]
    assert different == []
    assert a.packets == b.packets
    assert a.duration == b.duration


def hidden(folder: Path) -> list[str]:
    """The names of hidden files and folders."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
