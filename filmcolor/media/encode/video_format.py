"""In which format a colour film is encoded: by the source, the settings and the output."""

from __future__ import annotations

from pathlib import Path

from av.video.format import VideoFormat as AVFormat

from filmcolor.errors import OutputError
from filmcolor.media.decode.clock_jumps import clock_notes
from filmcolor.media.encode.encoder_options import check_encoder, encoder_options
from filmcolor.media.encode.encoders import Encoder, choose_pixel_format, find_encoder
from filmcolor.media.encode.writer import VideoFormat
from filmcolor.media.film import FilmInfo
from filmcolor.settings import Settings, VideoSettings


def choose_encoder(settings: VideoSettings, info: FilmInfo, output: Path | None) -> Encoder:
    """Return the encoder that `settings` name; for `auto`, the one that fits film and output."""
    if settings.codec != "auto":
        return find_encoder(settings.codec)
    if output is not None and output.suffix.lower() == ".webm":
        return find_encoder("vp9")
    encoder = find_encoder("x264" if info.encoding.depth <= 10 else "x265")
    return encoder if info.width >= encoder.least_width else find_encoder("ffv1")


def video_format(info: FilmInfo, settings: Settings, encoder: Encoder) -> VideoFormat:
    """Return the format in which the colour version of `info` is encoded.

    Raises `UsageError` or `OutputError` when the encoder cannot do what `settings` ask for.
    """
    pixel_format = choose_pixel_format(encoder, info.encoding.depth, settings.pix_fmt)
    if info.width < encoder.least_width:
        raise OutputError(
            f"{info.path}: {encoder.name} fails on pictures that are only {info.width} pixels "
            "wide; choose `codec` ffv1 or x264."
        )
    options = encoder_options(encoder, settings.crf, settings.preset, settings.encoder_options)
    field_order = ""
    if info.interlaced and settings.deinterlace == "off" and encoder.library == "libx264":
        field_order = "tff" if info.top_field_first else "bff"
        others = options.get("x264-params")
        options["x264-params"] = f"{field_order}=1" + (f":{others}" if others else "")
    check_encoder(encoder, pixel_format, options, settings.encoder_options)
    return VideoFormat(
        width=info.width,
        height=info.height,
        encoding=info.encoding.with_depth(pixel_format.depth),
        encoder=encoder,
        pixel_format=pixel_format,
        options=options,
        time_base=info.time_base,
        frame_rate=info.frame_rate,
        sample_aspect_ratio=info.sample_aspect_ratio,
        field_order=field_order,
    )


def format_notes(info: FilmInfo, settings: Settings, video: VideoFormat) -> list[str]:
    """Return a sentence for everything about the video that is not as in the source."""
    notes = clock_notes(info)
    height, width = video.coded_size
    if (height, width) != (info.height, info.width):
        notes.append(
            f"the picture is padded from {info.width}x{info.height} to {width}x{height}, because "
            f"{video.pixel_format.name} needs even sizes."
        )
    was, now = info.encoding.depth, video.encoding.depth
    if was != now:
        notes.append(f"the bit depth changes from {was} to {now}.")
    if now > 8 and video.encoder.codec == "h264":
        notes.append(
            f"the film has {now} bits, and so has the result; browsers and TVs may not play "
            "that, `pix_fmt` yuv420p makes a film for them."
        )
    if info.interlaced and settings.deinterlace != "off":
        notes.append("the film is interlaced; its fields are made whole frames (bwdif).")
    if info.interlaced and settings.deinterlace == "off" and video.encoder.library != "libx264":
        notes.append("the film is interlaced; the result is not marked so.")
    if _has_alpha(info):
        notes.append("the film has an alpha channel (transparency), which the result has not.")
    return notes


def _has_alpha(info: FilmInfo) -> bool:
    """Return whether frames of a film say how transparent they are; of stills, other notes tell."""
    if info.is_stills:
        return False
    # VP8 and VP9 have it in a stream of its own inside WebM, which Matroska's AlphaMode tells of.
    marked = info.video.tags.get("alpha_mode") == "1"
    return marked or any(part.is_alpha for part in AVFormat(info.pixel_format).components)
