"""The options that an encoder is opened with: ours, the user's, and whether it takes them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import cache

import av

from filmcolor.errors import OutputError, UsageError
from filmcolor.media.encode.encoders import Encoder, PixelFormat
from filmcolor.media.encode.ffmpeg import ffmpeg_path
from filmcolor.media.encode.scheduling import kept_scheduling
from filmcolor.wording.near_names import did_you_mean

_REFUSED_PARAMETER = re.compile(r"(?:Error parsing option|Unknown option:?) '?([\w-]+)")
"""What FFmpeg's wrappers of x264, x265 and SVT-AV1 say of a parameter that these do not take."""


def encoder_options(
    encoder: Encoder,
    crf: float | None,
    preset: str | None,
    extra: Mapping[str, str],
) -> dict[str, str]:
    """Return the options to open `encoder` with.

    Raises `UsageError` for a quality or preset that the encoder does not have.
    """
    options = dict(encoder.options)
    if crf is not None and encoder.crf is None:
        raise UsageError(f"{encoder.name} has no `crf`; use `encoder_options` instead.", what="crf")
    quality = encoder.crf if crf is None else crf
    if quality is not None:
        options[encoder.crf_option] = f"{quality:g}"
    if preset is not None and encoder.preset is None:
        raise UsageError(
            f"{encoder.name} has no `preset`; use `encoder_options` instead.", what="preset"
        )
    speed = encoder.preset if preset is None else preset
    if speed is not None:
        options[encoder.preset_option] = speed
    for key, value in extra.items():
        if key.endswith("-params") and key in options:
            options[key] += f":{value}"
        else:
            options[key] = value
    _check_crf(encoder, options)
    _check_preset(encoder, options)
    return options


def _check_crf(encoder: Encoder, options: Mapping[str, str]) -> None:
    if encoder.crf is None:
        return
    given = options[encoder.crf_option]
    least, most = encoder.crf_limits
    try:
        fits = least <= float(given) <= most
    except ValueError:
        fits = False
    if not fits:
        raise UsageError(
            f"`crf`: {given} will not do for {encoder.name}; take {least} to {most}, lower is "
            "better.",
            what="crf",
            value=given,
        )


def _check_preset(encoder: Encoder, options: Mapping[str, str]) -> None:
    if encoder.preset is None:
        return
    given = options[encoder.preset_option]
    numbers = map(str, range(len(encoder.presets))) if encoder.presets_have_numbers else ()
    if given not in (*encoder.presets, *numbers):
        raise UsageError(
            f"`preset`: {encoder.name} has none called {given!r}"
            f"{did_you_mean(given, encoder.presets)}; from quick to slow there are "
            f"{', '.join(encoder.presets)}.",
            what="preset",
            value=given,
        )


def check_encoder(
    encoder: Encoder,
    pixel_format: PixelFormat,
    options: Mapping[str, str],
    extra: Mapping[str, str] | None = None,
) -> None:
    """Encode one small picture, to learn at the start whether the encoder works here.

    `extra` are those of `options` that the user gave. Raises `UsageError` for one that the encoder
    does not take, and `OutputError` when it does not work at all: hardware encoders are often
    listed where there is no such hardware.
    """
    extra = extra or {}
    os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 tells its whole set-up otherwise
    try:
        unknown, refused = _try(encoder, pixel_format, options)
    except (av.error.FFmpegError, ValueError) as error:
        own = {key: value for key, value in options.items() if key not in extra}
        for key, value in extra.items():
            if not _works(encoder, pixel_format, own | {key: value}) and _works(
                encoder, pixel_format, own
            ):
                raise UsageError(
                    f"`encoder_options` {key}={value}: {encoder.name} does not take this value; "
                    f"`ffmpeg -h encoder={encoder.library}` lists what it takes.",
                    what="encoder_options",
                    value={key: value},
                ) from error
        raise OutputError(
            f"the encoder {encoder.library} does not work on this computer; choose another `codec`."
        ) from error
    for key in unknown:
        if key in extra:
            names = option_names(encoder.library)
            raise UsageError(
                f"`encoder_options` {key}={extra[key]}: {encoder.name} has no such option"
                f"{did_you_mean(key, names)}; `ffmpeg -h encoder={encoder.library}` lists them.",
                what="encoder_options",
                value={key: extra[key]},
            )
    for name in refused:
        for key, value in extra.items():
            if re.search(rf"\b{re.escape(name)}\b", value):
                raise UsageError(
                    f"`encoder_options` {key}={value}: {encoder.name} does not take the parameter "
                    f"{name!r} so; see its own documentation for names and values.",
                    what="encoder_options",
                    value={key: value},
                )


def _works(encoder: Encoder, pixel_format: PixelFormat, options: Mapping[str, str]) -> bool:
    try:
        _try(encoder, pixel_format, options)
    except (av.error.FFmpegError, ValueError):
        return False
    return True


def _try(
    encoder: Encoder, pixel_format: PixelFormat, options: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Encode one picture; return options that were left over, and parameters that were refused."""
    context = av.CodecContext.create(encoder.library, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = 320, 256
    context.pix_fmt = pixel_format.name
    context.time_base = Fraction(1, 25)
    context.framerate = Fraction(25)
    context.options = dict(options)
    with _warnings() as said:
        with kept_scheduling():
            context.open()
        left_over = list(context.options)
        frame = av.VideoFrame(320, 256, pixel_format.name)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts = 0
        context.encode(frame)
        context.encode(None)
    refused = [match[1] for line in said for match in [_REFUSED_PARAMETER.search(line)] if match]
    return left_over, refused


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect what FFmpeg warns of in this thread."""
    level = av.logging.get_level()
    said: list[str] = []
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as lines:
            yield said
            said += [line[2] for line in lines]
    finally:
        av.logging.set_level(level)


@cache
def option_names(library: str) -> tuple[str, ...]:
    """Return the names of the options of an encoder, as the ffmpeg executable lists them.

    `library` is FFmpeg's name of it. PyAV does not list them. Empty where the executable fails.
    """
    names: list[str] = []
    for topic in (f"encoder={library}", "full"):
        try:
            done = subprocess.run(
                [ffmpeg_path(), "-hide_banner", "-h", topic],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=20,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            continue
        text = done.stdout
        if topic == "full":
            text = text.partition("AVCodecContext AVOptions:")[2].partition("\n\n")[0]
        names += re.findall(r"^ {2}-(\S+) +<\w+> +E", text, re.MULTILINE)
    return tuple(dict.fromkeys(names))
