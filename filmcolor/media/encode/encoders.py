"""The codecs that filmcolor writes, and the settings that are good for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import av

from filmcolor.errors import OutputError, UsageError
from filmcolor.wording.near_names import did_you_mean


@dataclass(frozen=True)
class Encoder:
    """One way to encode video, under the name that the option takes."""

    name: str
    library: str
    """FFmpeg's name of the encoder."""
    codec: str
    """FFmpeg's name of the codec that comes out."""
    crf: float | None
    """Quality that looks the same as the source; None where the encoder has no such scale."""
    crf_option: str = "crf"
    crf_limits: tuple[int, int] = (0, 51)
    preset: str | None = None
    preset_option: str = "preset"
    presets: tuple[str, ...] = ()
    """From quick to slow."""
    presets_have_numbers: bool = False
    """Whether their numbers, from 0, will do too."""
    subsampling: str = "420"
    options: Mapping[str, str] = field(default_factory=dict)
    needs_even_size: bool = True
    hardware: bool = False
    least_width: int = 1
    """In pixels."""


_X26X_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow", "placebo"),
)
_NVENC_PRESETS = tuple(f"p{number}" for number in range(1, 8))
_QSV_PRESETS = _X26X_PRESETS[2:-1]

ENCODERS = {
    encoder.name: encoder
    for encoder in (
        Encoder(
            "x264",
            "libx264",
            "h264",
            18,
            preset="medium",
            presets=_X26X_PRESETS,
            presets_have_numbers=True,
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
            presets=_X26X_PRESETS,
            presets_have_numbers=True,
            options={"x265-params": "log-level=error"},
            # In narrower pictures x265 4.2 writes beyond its memory, and the process dies.
            least_width=64,
        ),
        Encoder(
            "svt-av1",
            "libsvtav1",
            "av1",
            26,
            crf_limits=(0, 63),
            preset="7",
            presets=tuple(str(number) for number in range(13, -2, -1)),
        ),
        Encoder(
            "vp9",
            "libvpx-vp9",
            "vp9",
            24,
            crf_limits=(0, 63),
            preset="2",
            preset_option="cpu-used",
            presets=tuple(str(number) for number in range(8, -9, -1)),
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
        *(
            Encoder(
                f"{codec}_nvenc",
                f"{codec}_nvenc",
                codec,
                crf,
                "cq",
                preset="p5",
                presets=_NVENC_PRESETS,
                hardware=True,
            )
            for codec, crf in (("h264", 19), ("hevc", 21))
        ),
        *(
            Encoder(
                f"{codec}_qsv",
                f"{codec}_qsv",
                codec,
                crf,
                "global_quality",
                crf_limits=(1, 51),
                preset="medium",
                presets=_QSV_PRESETS,
                hardware=True,
            )
            for codec, crf in (("h264", 20), ("hevc", 22))
        ),
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


_OTHER_NAMES = {"avc": "h264", "h265": "hevc"}


def find_encoder(name: str) -> Encoder:
    """Return the encoder called `name`.

    FFmpeg's name of it will do (`libx264`), and that of a codec, for its usual encoder (`h264`).
    Raises `UsageError` naming the known ones.
    """
    wanted = name.lower().replace(".", "")
    wanted = _OTHER_NAMES.get(wanted, wanted)
    for encoder in ENCODERS.values():
        if wanted in (encoder.name, encoder.library):
            return encoder
    for encoder in ENCODERS.values():
        if wanted == encoder.codec:
            return encoder
    raise UsageError(
        f"codec {name!r} is not known{did_you_mean(name, ENCODERS)}; use one of "
        f"{', '.join(ENCODERS)}.",
        what="codec",
        value=name,
    )


def _formats_of(encoder: Encoder) -> set[str]:
    try:
        codec = av.codec.Codec(encoder.library, "w")
    except av.error.FFmpegError as error:
        raise OutputError(
            f"the encoder {encoder.library} is not part of this installation of PyAV; "
            "choose another `codec`."
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
                f"{', '.join(known)}.",
                what="pix_fmt",
                value=wanted,
            )
        return known[name]
    usual = [
        f for f in known.values() if (f.shift_x, f.shift_y) == _CHROMA_SHIFTS[encoder.subsampling]
    ]
    deep_enough = [fmt for fmt in usual if fmt.depth >= depth]
    if deep_enough:
        return min(deep_enough, key=lambda fmt: fmt.depth)
    return max(usual, key=lambda fmt: fmt.depth)
