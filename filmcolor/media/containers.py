"""Which container formats filmcolor writes, and what each can hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from filmcolor.errors import UsageError
from filmcolor.media.encoders import Encoder
from filmcolor.media.film import FilmInfo, StreamInfo

_TEXT_SUBTITLES = ("subrip", "ass", "ssa", "webvtt", "mov_text", "text", "eia_608", "microdvd")


@dataclass(frozen=True)
class Container:
    """A container format: its suffixes, and the codecs (patterns of FFmpeg's names) it holds."""

    name: str
    muxer: str
    """FFmpeg's name of the muxer."""
    suffixes: tuple[str, ...]
    video: tuple[str, ...]
    audio: tuple[str, ...]
    subtitles: tuple[str, ...]
    text_subtitles: str = ""
    """What text subtitles are converted to where they cannot be copied; empty for not at all."""
    audio_encoder: str = "aac"
    """What audio is converted to where it cannot be copied."""
    covers: bool = False
    attaches_covers: bool = False
    """Whether covers are attached files rather than streams."""
    attachments: bool = False
    data: tuple[str, ...] = ()
    keeps_any_start: bool = False
    """Whether timestamps may begin anywhere; other films begin near 0."""
    has_orientation: bool = False
    ticks: int | None = None
    """Ticks a second of its clock, where that is fixed."""

    def holds(self, stream: StreamInfo) -> bool:
        """Return whether `stream` can be copied into this container as it is."""
        if stream.is_cover:
            return self.covers
        if stream.kind == "attachment":
            return self.attachments
        patterns = {
            "video": self.video,
            "audio": self.audio,
            "subtitle": self.subtitles,
            "data": self.data,
        }.get(stream.kind, ())
        return bool(stream.codec) and any(fnmatchcase(stream.codec, p) for p in patterns)

    def conversion(self, stream: StreamInfo) -> str:
        """Return the encoder for a stream that cannot be copied; empty where there is none."""
        if stream.kind == "audio" and stream.codec:
            return self.audio_encoder
        if stream.kind == "subtitle" and stream.codec in _TEXT_SUBTITLES:
            return self.text_subtitles
        return ""


_MP4_AUDIO = ("aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus", "flac", "dts")
_MATROSKA_AUDIO = (
    *("aac", "mp1", "mp2", "mp3", "ac3", "eac3", "alac", "opus", "vorbis", "flac", "dts"),
    *("truehd", "mlp", "tta", "wavpack", "pcm_[!f]*", "pcm_f32le", "wmav*", "wmapro"),
    *("amr_nb", "amr_wb", "adpcm_ms", "adpcm_ima_wav", "ra_*", "cook", "atrac3", "gsm_ms", "qdm*"),
)

MP4 = Container(
    "MP4",
    "mp4",
    (".mp4", ".m4v"),
    ("h264", "hevc", "av1", "vp9", "mpeg4", "mpeg2video"),
    _MP4_AUDIO,
    ("mov_text", "dvd_subtitle"),
    "mov_text",
    covers=True,
    has_orientation=True,
)
MOV = Container(
    "QuickTime",
    "mov",
    (".mov", ".qt"),
    ("h264", "hevc", "av1", "prores", "dnxhd", "mpeg4", "mjpeg", "png", "qtrle", "svq*", "cinepak"),
    ("aac", "mp3", "mp2", "ac3", "eac3", "alac", "pcm_*", "adpcm_ima_qt"),
    ("mov_text",),
    "mov_text",
    covers=True,
    has_orientation=True,
)
MATROSKA = Container(
    "Matroska",
    "matroska",
    (".mkv",),
    ("*",),
    _MATROSKA_AUDIO,
    ("subrip", "ass", "ssa", "webvtt", "hdmv_*", "dvd_subtitle", "dvb_subtitle", "text"),
    "subrip",
    covers=True,
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
    ("opus", "vorbis"),
    ("webvtt",),
    "webvtt",
    audio_encoder="libopus",
    ticks=1000,
)
MPEG_TS = Container(
    "MPEG transport stream",
    "mpegts",
    (".ts", ".mts", ".m2ts"),
    ("h264", "hevc", "mpeg2video", "mpeg1video", "mpeg4"),
    ("aac", "aac_latm", "mp3", "mp2", "mp1", "ac3", "eac3", "dts", "truehd", "opus"),
    ("dvb_subtitle", "hdmv_pgs_subtitle", "dvb_teletext"),
    data=("scte_35", "klv", "timed_id3"),
    keeps_any_start=True,
    ticks=90000,
)

CONTAINERS = (MP4, MOV, MATROSKA, WEBM, MPEG_TS)
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
            f"use {' or '.join(others)}, or another --codec."
        )
    return container


def _takes(container: Container, encoder: Encoder) -> bool:
    return any(fnmatchcase(encoder.codec, pattern) for pattern in container.video)


def _holds_all(container: Container, streams: Iterable[StreamInfo]) -> bool:
    return all(container.holds(stream) for stream in streams if stream.kind != "data")


def default_suffix(info: FilmInfo, encoder: Encoder) -> str:
    """Return the suffix for a film's colour version when the user names no output.

    The source's own where such a file can hold the new video and all other streams; otherwise
    that of the most widely played format which can.
    """
    own = _SUFFIXES.get(info.path.suffix.lower())
    candidates = [c for c in ((own,) if own else ()) + _FALLBACKS if _takes(c, encoder)]
    for container in candidates:
        if _holds_all(container, info.other_streams):
            break
    else:
        container = candidates[0]
    return info.path.suffix if container is own else container.suffixes[0]
