"""Reads everything of a film file that a coloured copy has to keep, with PyAV alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import md5
from math import cos, hypot, radians, sin
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from benchmarks.fidelity.subtitle_text import Cue, plain_text, split_payload

KEPT_FRAMES = 20
"""Up to this many evenly spaced frames are kept for the luma comparison."""

READ_ERRORS = 20
"""After this many read errors the rest of a damaged file is given up."""


@dataclass
class VideoInfo:
    """The main video stream: the time of every frame, and how its picture is to be shown."""

    codec: str
    width: int
    height: int
    tick: Fraction
    sample_aspect_ratio: Fraction
    language: str
    disposition: tuple[str, ...]
    times: list[Fraction | None] = field(default_factory=list)
    matrix: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 1.0)
    kept: dict[int, VideoFrame] = field(default_factory=dict)
    kept_step: int = 1
    decode_errors: int = 0


@dataclass
class TrackInfo:
    """An audio, subtitle or data stream: its packets' hashes and times."""

    kind: str
    codec: str
    language: str
    title: str
    disposition: tuple[str, ...]
    tick: Fraction
    hashes: list[str] = field(default_factory=list)
    times: list[Fraction | None] = field(default_factory=list)
    usable: list[bool] = field(default_factory=list)
    """False for packets that a player throws away: outside the edit list, or damaged."""
    stream_hash: str = ""
    cues: list[Cue] = field(default_factory=list)


@dataclass(frozen=True)
class ChapterInfo:
    """One chapter, in seconds."""

    start: Fraction
    end: Fraction
    title: str


@dataclass(frozen=True)
class AttachmentInfo:
    """An attached file, such as a font."""

    name: str
    size: int
    hash: str


@dataclass
class FilmInfo:
    """All that is compared of one file."""

    path: Path
    container: str
    duration: Fraction | None
    tags: dict[str, str]
    video: VideoInfo | None = None
    audio: list[TrackInfo] = field(default_factory=list)
    subtitles: list[TrackInfo] = field(default_factory=list)
    data: list[TrackInfo] = field(default_factory=list)
    other_video: list[TrackInfo] = field(default_factory=list)
    chapters: list[ChapterInfo] = field(default_factory=list)
    attachments: list[AttachmentInfo] = field(default_factory=list)
    covers: list[str] = field(default_factory=list)


def _open(path: Path) -> InputContainer:
    """Open a film whose tags need not be valid UTF-8; PyAV 19 always takes such tags."""
    if int(av.__version__.split(".")[0]) < 19:
        return av.open(str(path), metadata_errors="replace")
    return av.open(str(path))


def read_film(path: Path, kept_frames: int = KEPT_FRAMES) -> FilmInfo:
    """Read the whole file once; damaged packets are skipped and counted."""
    with _open(path) as container:
        duration = container.duration
        film = FilmInfo(
            path=path,
            container=container.format.name,
            duration=None if duration is None else Fraction(duration, 1_000_000),
            tags=dict(container.metadata),
            chapters=_chapters(container),
            attachments=_attachments(container),
        )
        main = _main_video(container)
        tracks: dict[int, TrackInfo] = {}
        digests = {}
        for stream in container.streams:
            if stream is main or stream.type == "attachment" or _is_cover(stream):
                continue
            track = _track(stream)
            tracks[stream.index] = track
            digests[stream.index] = md5(usedforsecurity=False)
            _list_for(film, track).append(track)
        if main is not None:
            main.thread_type = "NONE"  # threads can hang on damaged files
            film.video = _video(main)
        for packet in _packets(container):
            stream = packet.stream
            if stream is main and film.video is not None:
                _decode(packet, film.video, kept_frames)
            elif packet.size and _is_cover(stream):
                film.covers.append(md5(bytes(packet), usedforsecurity=False).hexdigest())
            elif packet.size and stream.index in tracks:
                track = tracks[stream.index]
                digests[stream.index].update(_add_packet(packet, track))
        for index, track in tracks.items():
            track.stream_hash = digests[index].hexdigest()
    return film


def _packets(container: InputContainer) -> Iterator[Packet[Stream]]:
    """All packets, then one empty flush packet per stream; a few read errors are passed over."""
    for _ in range(READ_ERRORS):
        with suppress(av.error.FFmpegError):
            yield from container.demux()
            return


def _decode(packet: Packet[Stream], video: VideoInfo, kept_frames: int) -> None:
    """Decode one packet of the main video stream and note its frames."""
    try:
        frames = packet.decode()
    except av.error.FFmpegError:
        video.decode_errors += 1
        return
    for frame in frames:
        if isinstance(frame, VideoFrame):
            _add_frame(frame, video, kept_frames)


def _add_frame(frame: VideoFrame, video: VideoInfo, kept_frames: int) -> None:
    index = len(video.times)
    stamp = frame.pts if frame.pts is not None else frame.dts
    base = frame.time_base
    video.times.append(None if stamp is None or base is None else stamp * base)
    if index == 0:
        video.width, video.height = frame.width, frame.height
        video.matrix = _display_matrix(frame)
    if index % video.kept_step == 0:
        if len(video.kept) >= kept_frames > 0:
            video.kept_step *= 2
            video.kept = {k: v for k, v in video.kept.items() if k % video.kept_step == 0}
        if index % video.kept_step == 0 and kept_frames > 0:
            video.kept[index] = frame


def _display_matrix(frame: VideoFrame) -> tuple[float, float, float, float]:
    """The rotating and mirroring part of the display matrix, without its scale."""
    try:
        data: Any = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # there is side data of a kind that PyAV does not know yet
        angle = radians(frame.rotation)
        turn = [round(value, 6) + 0.0 for value in (cos(angle), sin(angle))]
        return (turn[0], -turn[1] + 0.0, turn[1], turn[0])
    if data is not None:
        a, b, _, c, d = struct.unpack("=9i", bytes(data)[:36])[:5]
        first, second = hypot(a, b) or 1, hypot(c, d) or 1
        return (a / first, b / first, c / second, d / second)
    return (1.0, 0.0, 0.0, 1.0)


def _main_video(container: InputContainer) -> VideoStream | None:
    """The film itself: FFmpeg's best video stream, but never a cover picture."""
    best = container.streams.best("video")
    if isinstance(best, VideoStream) and not _is_cover(best):
        return best
    return next((s for s in container.streams.video if not _is_cover(s)), None)


def _is_cover(stream: Stream) -> bool:
    return stream.type == "video" and bool(stream.disposition & Disposition.attached_pic)


def _video(stream: VideoStream) -> VideoInfo:
    ratio = stream.sample_aspect_ratio
    return VideoInfo(
        codec=_codec_name(stream),
        width=stream.width,
        height=stream.height,
        tick=Fraction(stream.time_base or Fraction(1, 1000)),
        sample_aspect_ratio=Fraction(ratio) if ratio else Fraction(1),
        language=_language(stream),
        disposition=_disposition(stream),
    )


def _track(stream: Stream) -> TrackInfo:
    return TrackInfo(
        kind=stream.type,
        codec=_codec_name(stream),
        language=_language(stream),
        title=_tag(stream.metadata, "title"),
        disposition=_disposition(stream),
        tick=Fraction(stream.time_base or Fraction(1, 1000)),
    )


def _list_for(film: FilmInfo, track: TrackInfo) -> list[TrackInfo]:
    lists = {"audio": film.audio, "subtitle": film.subtitles, "video": film.other_video}
    return lists.get(track.kind, film.data)


def _codec_name(stream: Stream) -> str:
    """FFmpeg's name of the format, not of the decoder ("mp3", not "mp3float")."""
    context = getattr(stream, "codec_context", None)
    if context is None:
        return "unknown"
    return str(context.codec.canonical_name)


def _language(stream: Stream) -> str:
    language = _tag(stream.metadata, "language")
    return "" if language == "und" else language


def _disposition(stream: Stream) -> tuple[str, ...]:
    return tuple(flag.name for flag in Disposition if stream.disposition & flag and flag.name)


def _tag(tags: dict[str, str], name: str) -> str:
    return next((value for key, value in tags.items() if key.lower() == name), "")


def _chapters(container: InputContainer) -> list[ChapterInfo]:
    chapters = []
    for chapter in container.chapters():
        base = chapter["time_base"] or Fraction(1, 1_000_000)
        title = _tag(chapter["metadata"], "title")
        chapters.append(ChapterInfo(chapter["start"] * base, chapter["end"] * base, title))
    return chapters


def _attachments(container: InputContainer) -> list[AttachmentInfo]:
    attachments = []
    for stream in container.streams:
        if stream.type == "attachment":
            data: bytes = getattr(stream, "data", b"") or b""
            digest = md5(data, usedforsecurity=False).hexdigest()
            name = _tag(stream.metadata, "filename")
            attachments.append(AttachmentInfo(name, len(data), digest))
    return attachments


def _add_packet(packet: Packet[Stream], track: TrackInfo) -> bytes:
    """Note a packet's hash, time and text; return the payload as the codec means it."""
    payload = bytes(packet)
    payloads = adts_payloads(payload) if track.codec == "aac" else [payload]
    if track.kind == "subtitle":
        payloads = [split_payload(track.codec, payload)]
        if not payloads[0]:
            return b""  # an empty MP4 subtitle: the gap between two lines
    time = None if packet.pts is None else packet.pts * packet.time_base
    for number, part in enumerate(payloads):
        track.hashes.append(md5(part, usedforsecurity=False).hexdigest())
        track.times.append(time if number == 0 else None)
        track.usable.append(not (packet.is_discard or packet.is_corrupt))
    if track.kind == "subtitle" and time is not None:
        length = (packet.duration or 0) * packet.time_base
        text = plain_text(track.codec, payloads[0])
        track.cues.append(Cue(round(time * 1000), round((time + length) * 1000), text))
    return b"".join(payloads)


def adts_payloads(data: bytes) -> list[bytes]:
    """Strip the ADTS headers of AAC from a transport stream; other data come back whole."""
    payloads = []
    position = 0
    while position + 7 <= len(data):
        head = data[position : position + 7]
        length = (head[3] & 0x03) << 11 | head[4] << 3 | head[5] >> 5
        header = 7 if head[1] & 0x01 else 9
        if head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or length <= header:
            return [data]
        payloads.append(data[position + header : position + length])
        position += length
    return payloads if payloads and position == len(data) else [data]
