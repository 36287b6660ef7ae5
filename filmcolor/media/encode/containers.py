"""Which container formats filmcolor writes, and what each can hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from filmcolor.errors import UsageError
from filmcolor.media.encode.encoders import Encoder
from filmcolor.media.film import FilmInfo, StreamInfo

_TEXT_SUBTITLES = ("subrip", "ass", "ssa", "webvtt", "mov_text", "text", "eia_608", "microdvd")

_ANYTHING = ("*",)
"""What FFmpeg can put into such files, which `filmcolor.media.encode.mux_trial` asks it."""


@dataclass(frozen=True)
class Container:
    """A container format: its suffixes, and what filmcolor puts into it.

    `video` and `audio` are patterns of FFmpeg's names of codecs that players expect in such files.
    Whether FFmpeg writes a stream so that it can be read again is not said here, but tried.
    """

    name: str
    muxer: str
    """FFmpeg's name of the muxer."""
    suffixes: tuple[str, ...]
    video: tuple[str, ...]
    audio: tuple[str, ...] = _ANYTHING
    text_subtitles: str = ""
    """What text subtitles are converted to where they cannot be copied; empty for not at all."""
    audio_encoder: str = "aac"
    """What audio is converted to where it cannot be copied."""
    plain_audio: bool = False
    """Whether uncompressed sound that cannot be copied stays uncompressed."""
    attaches_covers: bool = False
    """Whether covers are attached files rather than streams."""
    attachments: bool = False
    keeps_any_start: bool = False
    """Whether timestamps may begin anywhere; other films begin near 0."""
    has_orientation: bool = False
    ticks: int | None = None
    """Ticks a second of its clock, where that is fixed."""

    def wants(self, stream: StreamInfo) -> bool:
        """Return whether `stream` belongs into this container as it is, if FFmpeg can write it."""
        if stream.kind == "attachment":
            return self.attachments
        if stream.is_cover or stream.kind not in ("video", "audio"):
            return True
        patterns = self.video if stream.kind == "video" else self.audio
        return any(fnmatchcase(stream.codec, pattern) for pattern in patterns)

    def encoders(self, stream: StreamInfo) -> tuple[str, ...]:
        """Return the encoders for a stream that cannot be copied, the best first."""
        if stream.kind == "audio" and stream.codec:
            if self.plain_audio and stream.codec.startswith("pcm_"):
                return _plain_encoder(stream), self.audio_encoder
            return (self.audio_encoder,)
        if stream.kind == "subtitle" and stream.codec in _TEXT_SUBTITLES and self.text_subtitles:
            return (self.text_subtitles,)
        return ()


def _plain_encoder(stream: StreamInfo) -> str:
    """Return the encoder that keeps every sample of uncompressed sound."""
    if "24" in stream.codec:
        return "pcm_s24le"
    return _PLAIN_SOUND.get(stream.sample_format.removesuffix("p"), "pcm_s16le")


_PLAIN_SOUND = {
    "u8": "pcm_s16le",
    "s16": "pcm_s16le",
    "s32": "pcm_s32le",
    "s64": "pcm_s32le",
    "flt": "pcm_f32le",
    "dbl": "pcm_f64le",
}
"""Encoders of uncompressed sound that every container for it takes, by sample format."""

MP4 = Container(
    "MP4",
    "mp4",
    (".mp4", ".m4v"),
    ("h264", "hevc", "av1", "vp9", "mpeg4", "mpeg2video"),
    # FFmpeg writes more, which players do not know in such files.
    ("aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus", "flac", "dts"),
    text_subtitles="mov_text",
    has_orientation=True,
)
_QUICKTIME_SOUND = (
    *("aac", "mp3", "mp2", "ac3", "eac3", "alac", "pcm_*", "adpcm_ima_qt", "adpcm_ms", "amr_*"),
    *("gsm", "gsm_ms", "ilbc", "qcelp", "qdm2", "qdmc", "mace3", "mace6"),
)
"""FFmpeg writes more (Vorbis, say), under names that it alone knows."""
MOV = Container(
    "QuickTime",
    "mov",
    (".mov", ".qt"),
    ("h264", "hevc", "av1", "prores", "dnxhd", "mpeg4", "mjpeg", "png", "qtrle", "svq*", "cinepak"),
    _QUICKTIME_SOUND,
    text_subtitles="mov_text",
    plain_audio=True,
    has_orientation=True,
)
MATROSKA = Container(
    "Matroska",
    "matroska",
    (".mkv",),
    _ANYTHING,
    text_subtitles="subrip",
    plain_audio=True,
    attaches_covers=True,
    attachments=True,
    has_orientation=True,
    ticks=1000,
)
WEBM = Container(
    "WebM",
    "webm",
    (".webm",),
    ("vp8", "vp9", "av1"),
    text_subtitles="webvtt",
    audio_encoder="libopus",
    ticks=1000,
)
MPEG_TS = Container(
    "MPEG transport stream",
    "mpegts",
    (".ts", ".mts", ".m2ts"),
    ("h264", "hevc", "mpeg2video", "mpeg1video", "mpeg4"),
    keeps_any_start=True,
    ticks=90000,
)

NUT = Container(
    "NUT",
    "nut",
    (".nut",),
    ("h264", "hevc", "av1", "vp9", "ffv1", "mpeg4"),
    plain_audio=True,
)

CONTAINERS = (MP4, MOV, MATROSKA, WEBM, MPEG_TS, NUT)
_SUFFIXES = {suffix: container for container in CONTAINERS for suffix in container.suffixes}
_FALLBACKS = (MP4, MOV, MATROSKA)


def container_of(path: Path, encoder: Encoder) -> Container:
    """Return the container that the suffix of an output path asks for.

    Raises `UsageError` where filmcolor does not write such files, or where they cannot hold the
    encoder's codec.
    """
    container = _SUFFIXES.get(path.suffix.lower())
    if container is None:
        known = ", ".join(_SUFFIXES)
        raise UsageError(
            f"{path}: films are not written with the suffix {path.suffix or '(none)'!r}; "
            f"use one of {known}."
        )
    if not any(fnmatchcase(encoder.codec, pattern) for pattern in container.video):
        others = [c.suffixes[0] for c in CONTAINERS if _takes(c, encoder)]
        raise UsageError(
            f"{path}: {container.name} files cannot hold {encoder.codec} video; "
            f"use {' or '.join(others)}, or another `codec`."
        )
    return container


def _takes(container: Container, encoder: Encoder) -> bool:
    return any(fnmatchcase(encoder.codec, pattern) for pattern in container.video)


def default_suffix(info: FilmInfo, encoder: Encoder, holds_all: Callable[[Container], bool]) -> str:
    """Return the suffix for a film's colour version when the user names no output.

    The source's own where such a file can hold the new video and all other streams, which
    `holds_all` says; otherwise that of the most widely played format which can.
    """
    own = _SUFFIXES.get(info.path.suffix.lower())
    candidates = [c for c in ((own,) if own else ()) + _FALLBACKS if _takes(c, encoder)]
    for container in dict.fromkeys(candidates):
        if holds_all(container):
            break
    else:
        container = candidates[0]
    return info.path.suffix if container is own else container.suffixes[0]
