"""What a user can choose about a colour film."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from filmcolor.errors import UsageError
from filmcolor.wording.near_names import did_you_mean

Method = Literal["propagate", "smooth", "frame"]
EngineName = Literal["auto", "onnxruntime", "openvino", "opencv"]
Deinterlace = Literal["auto", "on", "off"]
Missing = Literal["hold", "skip", "stop"]
"""What to do about numbers that no picture of a sequence has: show the picture before in their
place, go on with the next one, or refuse."""
Transfer = Literal["auto", "video", "linear", "log"]
"""How the codes of a scan stand for light: as in a film for screens, in proportion to it, or as
the density of a negative (Cineon)."""


class Settings(BaseModel):
    """All choices, with defaults that need no reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: str = Field("auto", description="Colour network: a name, or a .caffemodel/.onnx file.")
    engine: EngineName = Field("auto", description="What runs the network.")
    method: Method = Field("propagate", description="How frames get their colours.")
    smooth_seconds: float = Field(
        0.25, gt=0, le=60, description="Time constant of the method smooth, in seconds."
    )
    saturation: float = Field(1.0, ge=0, le=4, description="1 is as the network says, 0 is grey.")
    warmth: float = Field(
        0.0, ge=-60, le=60, description="Shift to yellow (above 0) or blue, in units of Lab b."
    )
    tint: float = Field(
        0.0, ge=-60, le=60, description="Shift to magenta (above 0) or green, in units of Lab a."
    )
    strength: float = Field(
        1.0, ge=0, le=1, description="How much of all colour there is; 0 gives the grey film."
    )
    codec: str = Field("auto", description="Video codec; auto is x264 where that fits.")
    crf: float | None = Field(None, ge=0, le=63, description="Quality; lower is better.")
    preset: str | None = Field(None, description="The encoder's speed preset.")
    pix_fmt: str | None = Field(None, description="Pixel format, such as yuv420p or yuv422p10le.")
    encoder_options: dict[str, str] = Field(
        default_factory=dict, description="Options handed to the encoder as they are."
    )
    deinterlace: Deinterlace = Field("auto", description="Whether fields are made whole frames.")
    video_stream: int | None = Field(
        None, ge=0, description="Index of the video stream that is coloured, of several."
    )
    fps: float = Field(24.0, gt=0, le=480, description="Frame rate of films made from stills.")
    missing: Missing = Field("skip", description="What is done about missing numbers of stills.")
    transfer: Transfer = Field("auto", description="How scans (DPX, EXR) stand for light.")


class SettingsOptions(TypedDict, total=False):
    """The fields of `Settings` as keyword arguments, for type checkers."""

    model: str
    engine: EngineName
    method: Method
    smooth_seconds: float
    saturation: float
    warmth: float
    tint: float
    strength: float
    codec: str
    crf: float | None
    preset: str | None
    pix_fmt: str | None
    encoder_options: dict[str, str]
    deinterlace: Deinterlace
    video_stream: int | None
    fps: float
    missing: Missing
    transfer: Transfer


def make_settings(**options: Any) -> Settings:
    """Return settings from keyword arguments, the fields of `Settings`.

    Raises `UsageError` that names the option and what was wrong with it.
    """
    try:
        return Settings(**options)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        if first["type"] == "extra_forbidden":
            near = did_you_mean(name, Settings.model_fields)
            raise UsageError(f"there is no option {name!r}{near}.", what=name) from error
        raise UsageError(
            f"`{name}`: {first['input']!r} will not do: {first['msg'].lower()}.",
            what=name,
            value=first["input"],
        ) from error
