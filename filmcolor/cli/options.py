"""Options that several commands share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
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
        help="propagate: the network colours keyframes, and their colours move along with the "
        "picture. smooth: all frames, smoothed over time. frame: each frame on its own.",
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
VideoStream = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="INDEX",
        help="Which video stream is coloured, by the number that `filmcolor info` shows. "
        "Default: the one that is marked as usual, or the first.",
        rich_help_panel=_VIDEO,
        show_default=False,
    ),
]
Fps = Annotated[
    float,
    typer.Option(help="Frame rate of films made from stills.", rich_help_panel=_VIDEO),
]
Missing = Annotated[
    str,
    typer.Option(
        help="What is done about missing numbers of stills: skip (the film goes on without them), "
        "hold (the picture before stays) or stop.",
        rich_help_panel=_VIDEO,
    ),
]
Transfer = Annotated[
    str,
    typer.Option(
        help="How scans (DPX, EXR) stand for light: auto (as the file says), video, linear or "
        "log (densities, Cineon).",
        rich_help_panel=_VIDEO,
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        help="Begin here: a frame (120f), seconds (12.5) or a timecode (00:01:02.500).",
        show_default=False,
    ),
]
End = Annotated[
    str | None,
    typer.Option(help="Stop here; written like --start.", show_default=False),
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

Restart = Annotated[
    bool,
    typer.Option(
        "--restart",
        help="Throw away what an unfinished run has left, and begin anew.",
        rich_help_panel=_RUN,
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Stop at damage in the film, instead of colouring what can be decoded.",
        rich_help_panel=_RUN,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="How many segments of a film are coloured at once, each in a process of its own. "
        "Default: one for each four cores, if there is memory for it.",
        rich_help_panel=_RUN,
        show_default=False,
    ),
]
SegmentSeconds = Annotated[
    float,
    typer.Option(
        min=0.04,
        max=36000,
        help="How much film is finished, and kept, at a time; about.",
        rich_help_panel=_RUN,
    ),
]

_SHARED: dict[str, tuple[Any, Any]] = {
    "model": (Model, "auto"),
    "method": (Method, "propagate"),
    "smooth_seconds": (SmoothSeconds, 0.25),
    "saturation": (Saturation, 1.0),
    "warmth": (Warmth, 0.0),
    "tint": (Tint, 0.0),
    "strength": (Strength, 1.0),
    "codec": (Codec, "auto"),
    "crf": (Crf, None),
    "preset": (Preset, None),
    "pix_fmt": (PixFmt, None),
    "encoder_option": (EncoderOption, None),
    "deinterlace": (Deinterlace, "auto"),
    "video_stream": (VideoStream, None),
    "fps": (Fps, 24.0),
    "missing": (Missing, "skip"),
    "transfer": (Transfer, "auto"),
    "engine": (Engine, "auto"),
}
"""Type and default of each option that ends in `filmcolor.Settings`."""


def takes_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of a colour film; it gets what they say as `settings`.

    Without `names`, all of them. `settings.model_fields_set` are those that were given. They stand
    behind the command's own options.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        shared = {name: _SHARED[name] for name in names or _SHARED}
        own = inspect.signature(command, eval_str=True).parameters.values()
        context = inspect.Parameter(
            "context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context
        )
        parameters = [
            context,
            *(p.replace(kind=p.KEYWORD_ONLY) for p in own if p.name != "settings"),
            *(
                inspect.Parameter(
                    name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
                )
                for name, (kind, default) in shared.items()
            ),
        ]

        @functools.wraps(command)
        def run(**values: Any) -> None:
            given = _given(values.pop("context"))
            chosen = {name: values.pop(name) for name in shared}
            settings = _settings({name: chosen[name] for name in shared if name in given})
            command(settings=settings, **values)

        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return run

    return decorate


def _given(context: Any) -> set[str]:
    """Return the names of the options that do not stand at their defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and "DEFAULT" not in source.name}


def _settings(chosen: dict[str, Any]) -> Any:
    from filmcolor.settings import make_settings

    options = dict(chosen)
    options["encoder_options"] = parse_encoder_options(options.pop("encoder_option", None))
    return make_settings(**options)


def parse_encoder_options(pairs: list[str] | None) -> dict[str, str]:
    """Return `KEY=VALUE` pairs as a dictionary; raises `UsageError` for anything else."""
    options: dict[str, str] = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--encoder-option: {pair!r} is not of the form KEY=VALUE.")
        options[key.strip()] = value
    return options
