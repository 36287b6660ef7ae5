"""The codecs that filmcolor writes, and the settings that are good for each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import av

from filmcolor.errors import OutputError, UsageError
from filmcolor.media.scheduling import kept_scheduling


@dataclass(frozen=True)
class Encoder:
    """One way to encode video, under the name that `--codec` takes."""

    name: str
    library: str
    """FFmpeg's name of the encoder."""
    codec: str
    """FFmpeg's name of the codec that comes out."""
    crf: float | None
    """Quality that looks the same as the source; None where the encoder has no such scale."""
    crf_option: str = "crf"
    preset: str | None = None
    preset_option: str = "preset"
    subsampling: str = "420"
    options: Mapping[str, str] = field(default_factory=dict)
    needs_even_size: bool = True
    hardware: bool = False
    least_width: int = 1
    """In pixels."""


ENCODERS = {
    encoder.name: encoder
    for encoder in (
        Encoder(
            "x264",
            "libx264",
            "h264",
            18,
            preset="medium",
            # New colours move as the luma does: looking for motion in chroma too would cost a tenth
            # of x264's time, and gain 0.1 dB in the two colour planes.
            options={"x264-params": "no-chroma-me=1"},
        ),
        Encoder(
            "x265",
            "libx265",
            "hevc",
            20,
            preset="medium",
            options={"x265-params": "log-level=error"},
            # In narrower pictures x265 4.2 writes beyond its memory, and the process dies.
            least_width=64,
        ),
        Encoder("svt-av1", "libsvtav1", "av1", 26, preset="7"),
        Encoder(
            "vp9",
            "libvpx-vp9",
            "vp9",
            24,
            preset="2",
            preset_option="cpu-used",
            options={"b": "0", "row-mt": "1", "deadline": "good"},
            needs_even_size=False,
        ),
        Encoder(
            "ffv1",
            "ffv1",
            "ffv1",
            None,
            options={"level": "3", "slicecrc": "1"},
            needs_even_size=False,
        ),
        Encoder(
            "prores",
            "prores_ks",
            "prores",
            None,
            subsampling="422",
            options={"profile": "hq", "vendor": "apl0"},
            needs_even_size=False,
        ),
        Encoder("h264_nvenc", "h264_nvenc", "h264", 19, "cq", "p5", hardware=True),
        Encoder("hevc_nvenc", "hevc_nvenc", "hevc", 21, "cq", "p5", hardware=True),
        Encoder("h264_qsv", "h264_qsv", "h264", 20, "global_quality", "medium", hardware=True),
        Encoder("hevc_qsv", "hevc_qsv", "hevc", 22, "global_quality", "medium", hardware=True),
        Encoder("h264_videotoolbox", "h264_videotoolbox", "h264", None, hardware=True),
        Encoder("hevc_videotoolbox", "hevc_videotoolbox", "hevc", None, hardware=True),
        Encoder("h264_amf", "h264_amf", "h264", None, hardware=True),
    )
}

_CHROMA_SHIFTS = {"420": (1, 1), "422": (1, 0), "444": (0, 0)}


@dataclass(frozen=True)
class PixelFormat:
    """A planar YUV format to encode in."""

    name: str
    depth: int
    shift_x: int
    """Chroma planes are narrower than luma by this power of two (0 or 1)."""
    shift_y: int

    def chroma_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width of the U and V planes of a picture."""
        return -(-height >> self.shift_y), -(-width >> self.shift_x)


def _pixel_format(subsampling: str, depth: int) -> PixelFormat:
    suffix = "" if depth == 8 else f"{depth}le"
    shift_x, shift_y = _CHROMA_SHIFTS[subsampling]
    return PixelFormat(f"yuv{subsampling}p{suffix}", depth, shift_x, shift_y)


def find_encoder(name: str) -> Encoder:
    """Return the encoder called `name`, or also one by FFmpeg's name of it (`libx264`).

    Raises `UsageError` naming the known ones.
    """
    for encoder in ENCODERS.values():
        if name.lower() in (encoder.name, encoder.library):
            return encoder
    raise UsageError(f"codec {name!r} is not known; use one of {', '.join(ENCODERS)}.")


def _formats_of(encoder: Encoder) -> set[str]:
    try:
        codec = av.codec.Codec(encoder.library, "w")
    except av.error.FFmpegError as error:
        raise OutputError(
            f"the encoder {encoder.library} is not part of this installation of PyAV; "
            "choose another --codec."
        ) from error
    except ValueError as error:
        raise OutputError(f"the encoder {encoder.library} is not available here.") from error
    return {fmt.name for fmt in codec.video_formats or []}


def choose_pixel_format(encoder: Encoder, depth: int, wanted: str | None) -> PixelFormat:
    """Return the pixel format to encode in.

    `wanted` is the user's choice (`yuv420p`, `yuv422p10le`, ...); without one it is the encoder's
    usual chroma subsampling at the film's own bit `depth`, or the nearest depth the encoder has.

    Raises `UsageError` when the encoder cannot write what is wanted.
    """
    offered = _formats_of(encoder)
    known = {
        fmt.name: fmt
        for subsampling in _CHROMA_SHIFTS
        for fmt in (_pixel_format(subsampling, bits) for bits in (8, 9, 10, 12, 14, 16))
        if fmt.name in offered
    }
    if encoder.hardware:
        known = {"yuv420p": _pixel_format("420", 8)}
    if wanted is not None:
        name = wanted if wanted in known or not wanted.endswith(("10", "12")) else f"{wanted}le"
        if name not in known:
            raise UsageError(
                f"{encoder.name} cannot write pixel format {wanted!r}; it can write "
                f"{', '.join(known)}."
            )
        return known[name]
    usual = [
        f for f in known.values() if (f.shift_x, f.shift_y) == _CHROMA_SHIFTS[encoder.subsampling]
    ]
    deep_enough = [fmt for fmt in usual if fmt.depth >= depth]
    if deep_enough:
        return min(deep_enough, key=lambda fmt: fmt.depth)
    return max(usual, key=lambda fmt: fmt.depth)


def encoder_options(
    encoder: Encoder,
    crf: float | None,
    preset: str | None,
    extra: Mapping[str, str],
) -> dict[str, str]:
    """Return the options to open `encoder` with.

    Raises `UsageError` when a quality is asked of an encoder that has none.
    """
    options = dict(encoder.options)
    if crf is not None and encoder.crf is None:
        raise UsageError(f"{encoder.name} has no --crf; use --encoder-option instead.")
    quality = encoder.crf if crf is None else crf
    if quality is not None:
        options[encoder.crf_option] = f"{quality:g}"
    if preset is not None and encoder.preset is None:
        raise UsageError(f"{encoder.name} has no --preset; use --encoder-option instead.")
    speed = encoder.preset if preset is None else preset
    if speed is not None:
        options[encoder.preset_option] = speed
    for key, value in extra.items():
        if key.endswith("-params") and key in options:
            options[key] += f":{value}"
        else:
            options[key] = value
    return options


def check_encoder(encoder: Encoder, pixel_format: PixelFormat, options: Mapping[str, str]) -> None:
    """Encode one small picture, to learn at the start whether the encoder works here.

    Raises `OutputError` with what the encoder said. Hardware encoders are often listed where
    there is no such hardware; wrong options show up here too.
    """
    os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 tells its whole set-up otherwise
    try:
        context = av.CodecContext.create(encoder.library, "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height = 320, 256
        context.pix_fmt = pixel_format.name
        context.time_base = Fraction(1, 25)
        context.framerate = Fraction(25)
        context.options = dict(options)
        frame = av.VideoFrame(320, 256, pixel_format.name)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts = 0
        with kept_scheduling():
            context.encode(frame)
        context.encode(None)
    except (av.error.FFmpegError, ValueError) as error:
        given = ", ".join(f"{key}={value}" for key, value in options.items())
        raise OutputError(
            f"the encoder {encoder.library} does not work here with {given or 'its defaults'} "
            f"({error}); choose another --codec or other options."
        ) from error
