"""Makes small films for tests, and reads films back without the package under test."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
from av.video.format import VideoFormat

PatternFunction = Callable[[int], np.ndarray]

SAMPLE_RATES = {"libopus": 48000, "opus": 48000}
HIGH_BITS = {"p010": 6, "p210": 6, "p410": 6, "p012": 4}
"""Bits by which samples are moved up in their words."""


def ffmpeg(*arguments: str | Path | int | float | Fraction) -> None:
    """Run the ffmpeg executable; an error of its own fails the test."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    subprocess.run([*command, *map(str, arguments)], check=True, timeout=60)


def pixel_depth(pix_fmt: str) -> int:
    """Bits a sample of a pixel format."""
    return VideoFormat(pix_fmt, 16, 16).components[0].bits


def moving_pattern(size: tuple[int, int], depth: int = 8, *, full: bool = False) -> PatternFunction:
    """A wavy background, a square that moves and a little grain; size is (width, height)."""
    width, height = size
    black, white = (0, (1 << depth) - 1) if full else (16 << (depth - 8), 235 << (depth - 8))
    y, x = np.mgrid[0:height, 0:width]

    def picture(index: int) -> np.ndarray:
        value = 0.5 + 0.3 * np.sin((x + 2 * index) / 7) * np.cos(y / 5)
        edge = max(2, min(size) // 4)
        left = (3 * index) % max(1, width - edge)
        value[height // 3 : height // 3 + edge, left : left + edge] = 0.95
        value += np.random.default_rng(index).normal(0, 0.02, (height, width))
        codes = black + np.clip(value, 0, 1) * (white - black)
        return np.rint(codes).astype(np.uint8 if depth == 8 else np.uint16)

    return picture


def plane_rows(plane: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """The samples of a plane as an array without the padding at the end of the rows."""
    rows = np.frombuffer(memoryview(plane), dtype).reshape(-1, plane.line_size // dtype.itemsize)
    return rows[: plane.height, : plane.width]


def sample_type(pix_fmt: str) -> np.dtype[Any]:
    """The type of the samples of a pixel format."""
    if pixel_depth(pix_fmt) == 8:
        return np.dtype(np.uint8)
    return np.dtype(">u2" if VideoFormat(pix_fmt, 16, 16).is_big_endian else "<u2")


def make_frame(luma: np.ndarray, pix_fmt: str, *, grey: bool = True) -> av.VideoFrame:
    """A frame with this luma; U and V are neutral, or two slopes when not `grey`."""
    height, width = luma.shape
    if VideoFormat(pix_fmt, 16, 16).is_rgb or pix_fmt == "pal8":
        return make_frame(luma, "yuv444p", grey=grey).reformat(format=pix_fmt)
    frame = av.VideoFrame(width, height, pix_fmt)
    dtype, depth = sample_type(pix_fmt), pixel_depth(pix_fmt)
    shift = HIGH_BITS.get(pix_fmt[:4], 0)
    for number, plane in enumerate(frame.planes):
        whole = np.frombuffer(memoryview(plane), dtype)
        if number == 0:
            plane_rows(plane, dtype)[:] = luma << shift
            continue
        whole[:] = (1 << (depth - 1)) << shift
        if not grey:
            rows = plane_rows(plane, dtype)
            slope = np.linspace(0.2, 0.8, rows.shape[1]) * (1 << depth)
            rows[:] = slope.astype(dtype) if number == 1 else slope[::-1].astype(dtype)
    return frame


@dataclass
class Tags:
    """Colour tags, in H.273's numbers."""

    matrix: int | None = None
    full_range: bool | None = None
    primaries: int | None = None
    transfer: int | None = None


def make_clip(
    path: Path,
    *,
    frames: int = 12,
    size: tuple[int, int] = (64, 48),
    rate: Fraction | int = 25,
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    pix_fmt: str = "yuv420p",
    codec: str = "libx264",
    options: Mapping[str, str] | None = None,
    grey: bool = True,
    audio: str | None = None,
    audio_seconds: float | None = None,
    rotation: int = 0,
    sar: Fraction | None = None,
    tags: Tags | None = None,
    interlaced: bool = False,
    picture: PatternFunction | None = None,
    muxer: str | None = None,
    muxer_options: Mapping[str, str] | None = None,
) -> Path:
    """Write a film and return its path; the container follows from the suffix or `muxer`.

    `pts` are the times of the frames in units of `time_base`; without them the frames come at
    `rate`. `audio` names an encoder (`aac`, `pcm_s16le`, `libopus`, ...) for a tone that lasts
    as long as the pictures, or `audio_seconds`. `picture` gives the luma of each frame.
    """
    if rotation:
        plain = path.with_name(f"{path.stem}-unturned{path.suffix}")
        given = {key: value for key, value in locals().items() if key not in ("path", "plain")}
        make_clip(plain, **(given | {"rotation": 0}))
        ffmpeg("-display_rotation", rotation, "-i", plain, "-map", "0", "-c", "copy", path)
        plain.unlink()
        return path
    rate = Fraction(rate)
    time_base = time_base or 1 / rate
    times = list(pts) if pts is not None else [round(i / rate / time_base) for i in range(frames)]
    tags = tags or Tags()
    full = tags.full_range or pix_fmt.startswith("yuvj")
    picture = picture or moving_pattern(size, pixel_depth(pix_fmt), full=full)
    chosen = _codec_options(codec, interlaced) | dict(options or {})
    with av.open(
        str(path), "w", format=muxer, options=_muxer_options(path, time_base, muxer_options)
    ) as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.time_base = time_base
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = *size, pix_fmt
        context.time_base = time_base
        context.thread_count = 1
        context.options = chosen
        if sar is not None:
            context.sample_aspect_ratio = sar
        if full or tags.full_range is not None:
            context.color_range = 2 if full else 1
        for name, value in (
            ("colorspace", tags.matrix),
            ("color_primaries", tags.primaries),
            ("color_trc", tags.transfer),
        ):
            if value is not None:
                setattr(context, name, value)
        sound: Any = None
        if audio is not None:
            sound = out.add_stream(audio, rate=SAMPLE_RATES.get(audio, 44100))
            sound.layout = "mono"
        for index, time in enumerate(times):
            frame = make_frame(picture(index), pix_fmt, grey=grey)
            frame.pts, frame.time_base = time, time_base
            if tags.matrix is not None:
                frame.colorspace = tags.matrix
            if full or tags.full_range is not None:
                frame.color_range = 2 if full else 1
            if interlaced:
                frame = _top_field_first(frame)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if sound is not None:
            lasts = audio_seconds or float(max(times) * time_base + 1 / rate)
            _write_tone(out, sound, lasts)
    return path


def _top_field_first(frame: av.VideoFrame) -> Any:
    """The frame with the mark that PyAV itself cannot set."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1, 25),
    )
    marker, sink = graph.add("setfield", "tff"), graph.add("buffersink")
    source.link_to(marker)
    marker.link_to(sink)
    graph.configure()
    graph.push(frame)
    return graph.pull()


def _codec_options(codec: str, interlaced: bool) -> dict[str, str]:
    options: dict[str, str] = {}
    if codec == "libx264":
        options = {"preset": "ultrafast", "crf": "12"}
        if interlaced:
            options["x264-params"] = "tff=1"
    elif codec == "ffv1":
        options = {"level": "3"}
    elif codec == "mpeg2video":
        options = {"b": "4000000"}
        if interlaced:
            options |= {"flags": "+ilme+ildct", "field_order": "tt"}
    elif codec == "libvpx-vp9":
        options = {"deadline": "realtime", "cpu-used": "8", "crf": "20", "b": "0"}
    return options


def _muxer_options(
    path: Path, time_base: Fraction, given: Mapping[str, str] | None
) -> dict[str, str]:
    options = dict(given or {})
    if path.suffix in (".mp4", ".mov", ".m4v"):
        scale = time_base.denominator
        while scale < 1000:
            scale *= 10
        options.setdefault("video_track_timescale", str(scale))
        options.setdefault("movie_timescale", str(scale))
    return options


def _write_tone(out: Any, stream: Any, seconds: float) -> None:
    rate, block = stream.codec_context.sample_rate, 960
    fmt = stream.codec_context.format.name
    for start in range(0, int(seconds * rate), block):
        wave = np.sin(2 * np.pi * 440 * np.arange(start, start + block) / rate) * 0.3
        tone = av.AudioFrame.from_ndarray((wave * 32767).astype(np.int16)[None], "s16", "mono")
        tone.sample_rate, tone.pts, tone.time_base = rate, start, Fraction(1, rate)
        resampled = av.AudioResampler(fmt, "mono", rate).resample(tone)
        for part in resampled:
            part.pts, part.time_base = start, Fraction(1, rate)
            out.mux(stream.encode(part))
    out.mux(stream.encode(None))


@dataclass
class DecodedFrame:
    """A frame as a plain decoder sees it."""

    time: Fraction
    y: np.ndarray
    u: np.ndarray | None
    v: np.ndarray | None


def read_frames(path: Path) -> list[DecodedFrame]:
    """All frames of a film, decoded on one thread; planes in the machine's own byte order."""
    found: list[DecodedFrame] = []
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams.video if not int(s.disposition) & 0x400)
        stream.thread_type = "NONE"
        for frame in container.decode(stream):
            dtype = sample_type(frame.format.name)
            planes = [
                plane_rows(plane, dtype).astype(dtype.newbyteorder("=")) for plane in frame.planes
            ]
            u, v = planes[1:3] if len(planes) >= 3 else (None, None)
            assert frame.pts is not None
            assert frame.time_base is not None
            found.append(DecodedFrame(frame.pts * frame.time_base, planes[0], u, v))
    return found


def read_luma(path: Path) -> list[tuple[Fraction, np.ndarray]]:
    """Time and luma of all frames of a film."""
    return [(frame.time, frame.y) for frame in read_frames(path)]


def frame_times(path: Path) -> list[Fraction]:
    """The times of all frames of a film, in seconds."""
    return [frame.time for frame in read_frames(path)]
