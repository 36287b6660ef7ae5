"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from filmcolor.errors import UsageError

_COLOR, _VIDEO, _RUN = "Colour", "Encoding", "Running"

Model = Annotated[
    str,
    typer.Option(
        help="Colour network: auto, a name (see `filmcolor models list`) or a .caffemodel or "
        ".onnx file.",
        rich_help_panel=_COLOR,
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        help="What runs the network: auto, onnxruntime, openvino or opencv.", rich_help_panel=_RUN
    ),
]
Method = Annotated[
    str,
    typer.Option(
        help="smooth: colours are smoothed over time, anew from each cut. frame: each frame on "
        "its own.",
        rich_help_panel=_COLOR,
    ),
]
SmoothSeconds = Annotated[
    float,
    typer.Option(help="Time constant of --method smooth, in seconds.", rich_help_panel=_COLOR),
]
Saturation = Annotated[
    float,
    typer.Option(help="Livelier above 1, paler below; 0 is grey.", rich_help_panel=_COLOR),
]
Warmth = Annotated[
    float,
    typer.Option(
        help="Against a blue (use 5 to 20) or orange cast (-5 to -20).", rich_help_panel=_COLOR
    ),
]
Tint = Annotated[
    float,
    typer.Option(
        help="Against a green (use 5 to 20) or magenta cast (-5 to -20).", rich_help_panel=_COLOR
    ),
]
Strength = Annotated[
    float,
    typer.Option(help="0 to 1: how much of all colour there is.", rich_help_panel=_COLOR),
]
Codec = Annotated[
    str,
    typer.Option(
        help="auto (x264 where that fits), x264, x265, svt-av1, vp9, ffv1, prores, or a hardware "
        "encoder such as h264_nvenc, h264_qsv, h264_videotoolbox.",
        rich_help_panel=_VIDEO,
    ),
]
Crf = Annotated[
    float | None,
    typer.Option(
        help="Quality: lower is better and larger. Default 18 for x264.",
        rich_help_panel=_VIDEO,
        show_default=False,
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        help="The encoder's speed, such as veryfast or slow. Default medium for x264.",
        rich_help_panel=_VIDEO,
        show_default=False,
    ),
]
PixFmt = Annotated[
    str | None,
    typer.Option(
        help="Pixel format, such as yuv420p or yuv422p10le. Default: 4:2:0 at the film's own "
        "bit depth.",
        rich_help_panel=_VIDEO,
        show_default=False,
    ),
]
EncoderOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="Handed to the encoder as it is; can be repeated.",
        rich_help_panel=_VIDEO,
        show_default=False,
    ),
]
Deinterlace = Annotated[
    str,
    typer.Option(
        help="Make whole frames of interlaced fields: auto, on or off.", rich_help_panel=_VIDEO
    ),
]
Fps = Annotated[
    float,
    typer.Option(help="Frame rate of films made from stills.", rich_help_panel=_VIDEO),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace a result that exists.", rich_help_panel=_RUN),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Say nothing but errors.", rich_help_panel=_RUN),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one machine-readable summary to standard output, and nothing else there.",
        rich_help_panel=_RUN,
    ),
]


def parse_encoder_options(pairs: list[str] | None) -> dict[str, str]:
    """Return `KEY=VALUE` pairs as a dictionary; raises `UsageError` for anything else."""
    options: dict[str, str] = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--encoder-option: {pair!r} is not of the form KEY=VALUE.")
        options[key.strip()] = value
    return options


def to_settings(values: dict[str, Any]) -> Any:
    """Return settings from a command's own parameters; other names among them are ignored."""
    from filmcolor.settings import Settings, make_settings

    chosen = {key: value for key, value in values.items() if key in Settings.model_fields}
    chosen["encoder_options"] = parse_encoder_options(values.get("encoder_option"))
    return make_settings(**chosen)
