"""Finds out what streams a container has, and which of them is the film."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.film import StreamInfo


def film_stream(container: InputContainer, wanted: int | None = None) -> Any:
    """Return the video stream that is the film, or None: not a cover, the default one if marked.

    With `wanted`, the one of this index.
    """
    streams = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream_info(stream).is_cover
    ]
    if wanted is not None:
        return next((stream for stream in streams if stream.index == wanted), None)
    default = [stream for stream in streams if "default" in _dispositions(stream)]
    return next(iter(default or streams), None)


def _dispositions(stream: Any) -> tuple[str, ...]:
    flags = av.stream.Disposition(int(stream.disposition))
    return tuple(flag.name for flag in av.stream.Disposition if flag in flags and flag.name)


def _details(stream: Any) -> str:
    if stream.type == "video":
        return f"{stream.width}x{stream.height}" if stream.codec_context else ""
    if stream.type == "audio":
        return f"{stream.rate} Hz, {stream.layout.name}" if stream.codec_context else ""
    return ""


def _sample_format(stream: Any) -> str:
    context = stream.codec_context if stream.type == "audio" else None
    return context.format.name if context is not None and context.format is not None else ""


def _codec_name(stream: Any) -> str:
    context = getattr(stream, "codec_context", None)
    if context is not None:
        return str(context.codec.canonical_name)
    return (stream.name or "") if stream.type == "data" else ""


def stream_info(stream: Any, chapters: int = 0) -> StreamInfo:
    """Return what a container says of one of its streams.

    `chapters`: how many chapters it has, so that the stream of their names is known.
    """
    metadata = stream.metadata
    time_base = exact(stream.time_base) or Fraction(1, 1000)
    kind = "attachment" if stream.type == "attachment" else stream.type or "data"
    return StreamInfo(
        index=stream.index,
        kind=kind,
        codec=_codec_name(stream),
        language=metadata.get("language", ""),
        title=metadata.get("title", ""),
        dispositions=_dispositions(stream),
        time_base=time_base,
        start=None if stream.start_time is None else stream.start_time * time_base,
        tags=dict(metadata),
        details=_details(stream),
        sample_format=_sample_format(stream),
        # FFmpeg makes one chapter of each of its packets.
        is_chapter_text=kind == "data" and 0 < stream.frames == chapters,
    )
