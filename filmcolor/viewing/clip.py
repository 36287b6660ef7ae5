"""Coloured frames, and the film's sound, as a film for browsers that plays as it is made."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame

from filmcolor.color.colorspace import Plane, YUVEncoding
from filmcolor.coloring.film import ColoredFrame
from filmcolor.errors import InputError
from filmcolor.media.decode.container import open_container
from filmcolor.media.film import FilmInfo
from filmcolor.media.upright import show_upright

_OPTIONS = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": "250000",
}
"""Pieces of a quarter of a second, each of which can be played once it is there."""
_ENCODER = {"preset": "ultrafast", "crf": "20", "tune": "zerolatency"}
_SOUND_RATE = 48000
_SOUND_AHEAD = Fraction(1, 2)
"""Seconds by which sound stands before the pictures in the file."""


class _Pieces:
    """Takes what is written, to be taken away again."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def clip_of(
    frames: Iterator[ColoredFrame],
    info: FilmInfo,
    encoding: YUVEncoding,
    size: tuple[int, int],
    ends: tuple[Fraction, Fraction],
) -> Generator[bytes]:
    """Yield the bytes of a fragmented MP4 film, as its frames come.

    `encoding`: of their planes; `size`: height and width, even; `ends`: when they begin and end, in
    seconds on the film's own clock.
    """
    pieces = _Pieces()
    height, width = size
    begin, end = ends
    with av.open(pieces, "w", format="mp4", options=_OPTIONS) as out:
        video: Any = out.add_stream("libx264", rate=max(1, round(info.frame_rate)))
        context = video.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = video.time_base = info.time_base
        context.gop_size = max(1, round(info.frame_rate))
        context.color_range = 2 if encoding.full_range else 1
        context.options = dict(_ENCODER)
        sound_stream: Any = None
        with closing(_sound(info, begin, end)) as sound:
            upcoming = next(sound, None)
            if upcoming is not None:
                sound_stream = out.add_stream("aac", rate=_SOUND_RATE)
                sound_stream.layout = "stereo"
            for item in frames:
                made = _picture(item, info, encoding, size)
                made.pts = item.frame.pts - int(begin / info.time_base)
                made.time_base = info.time_base
                until = item.frame.time - begin + _SOUND_AHEAD
                while upcoming is not None and (upcoming.pts or 0) < until * _SOUND_RATE:
                    out.mux(sound_stream.encode(upcoming))
                    upcoming = next(sound, None)
                out.mux(video.encode(made))
                if data := pieces.take():
                    yield data
            while upcoming is not None:
                out.mux(sound_stream.encode(upcoming))
                upcoming = next(sound, None)
        out.mux(video.encode(None))
        if sound_stream is not None:
            out.mux(sound_stream.encode(None))
    if data := pieces.take():
        yield data


def _picture(
    item: ColoredFrame, info: FilmInfo, encoding: YUVEncoding, size: tuple[int, int]
) -> av.VideoFrame:
    height, width = size
    frame = av.VideoFrame(width, height, "yuv420p")
    planes = (item.luma, item.u, item.v)
    for plane, values in zip(frame.planes, planes, strict=True):
        eight: Plane = np.asarray(values >> (encoding.depth - 8), np.uint8)
        shown = show_upright(eight, info, plane.height, plane.width)
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        rows[: plane.height, : plane.width] = shown
    frame.color_range = 2 if encoding.full_range else 1
    return frame


def _sound(info: FilmInfo, begin: Fraction, end: Fraction) -> Generator[AudioFrame]:
    """Yield the film's sound of a part, as the encoder wants it; nothing where it has none.

    Of a film whose clock jumps there is none, as its sound is not where its pictures are.
    """
    if info.is_stills or info.jumps:
        return
    resampler = av.AudioResampler("fltp", "stereo", _SOUND_RATE)
    with suppress(av.error.FFmpegError, InputError), open_container(info.path) as container:
        stream = next(iter(container.streams.audio), None)
        if stream is None or stream.time_base is None:
            return
        container.seek(int(begin / stream.time_base), stream=stream, backward=True)
        for frame in container.decode(stream):
            if frame.pts is None or frame.time_base is None:
                continue
            time = frame.pts * frame.time_base
            if time >= end:
                return
            if time < begin:
                continue
            frame.pts = None
            for made in resampler.resample(frame):
                made.pts = round((time - begin) * _SOUND_RATE)
                made.time_base = Fraction(1, _SOUND_RATE)
                time += Fraction(made.samples, _SOUND_RATE)
                yield made
