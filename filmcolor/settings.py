"""What a user can choose.

Each choice is written down once, here: its default, its bounds, what there is to choose from and
the help text. The options of the command line, the keyword arguments of the Python interface and
the settings of a shot in a plan are made from these fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from filmcolor.errors import UsageError
from filmcolor.wording.near_names import did_you_mean

EngineName = Literal["auto", "onnxruntime", "openvino", "opencv"]
Deinterlace = Literal["auto", "on", "off"]
Titles = Literal["neutral", "coloured"]
Missing = Literal["skip", "hold", "stop"]
Transfer = Literal["auto", "video", "linear", "log"]

# A shot of a plan can have these of its own, within the same bounds.
Method = Annotated[
    Literal["propagate", "smooth", "frame"],
    Field(
        description="propagate: the network colours keyframes, and their colours move along with "
        "the picture. smooth: all frames, smoothed over time. frame: each frame on its own."
    ),
]
Saturation = Annotated[
    float, Field(ge=0, le=4, description="Livelier above 1, paler below; 0 is grey.")
]
Warmth = Annotated[
    float,
    Field(
        ge=-60,
        le=60,
        description="Against a blue (use 5 to 20) or orange cast (-5 to -20); in units of Lab b.",
    ),
]
Tint = Annotated[
    float,
    Field(
        ge=-60,
        le=60,
        description="Against a green (use 5 to 20) or magenta cast (-5 to -20); in units of Lab a.",
    ),
]
Strength = Annotated[
    float, Field(ge=0, le=1, description="How much of all colour there is; 0 gives the grey film.")
]

ReferenceStrength = Annotated[
    float,
    Field(ge=0, le=1, description="How much of their colours references lend; 0 is nothing."),
]


def _several(value: object) -> object:
    return (
        (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
    )


def _all_named(value: tuple[str, ...]) -> tuple[str, ...]:
    if "" in value:
        raise ValueError("each should be the name of a file")
    return value


References = Annotated[
    tuple[str, ...],
    BeforeValidator(_several),
    AfterValidator(_all_named),
    Field(
        description="A colour picture of the same people, place or time, which lends its colours "
        "to the film's keyframes; can be repeated.",
        json_schema_extra={"metavar": "PICTURE"},
    ),
]

# An unfinished run keeps these.
PieceSeconds = Annotated[
    float,
    Field(
        ge=0.04,
        le=36000,
        description="How much film several computers take in hand at a time, each; about.",
    ),
]
SegmentSeconds = Annotated[
    float,
    Field(ge=0.04, le=36000, description="How much film is finished, and kept, at a time; about."),
]


class SettingsGroup(BaseModel):
    """Choices that belong together; they cannot be changed, only copied with changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Have `help()` list the fields too."""
        fields = (
            f"    {name} ({field.get_default(call_default_factory=True)!r}): {field.description}"
            for name, field in cls.model_fields.items()
        )
        cls.__doc__ = "\n".join([f"{cls.__doc__}\n\nFields, and their defaults:", *fields])


class ColorSettings(SettingsGroup):
    """Which colours there are, and how they are found."""

    model_config = ConfigDict(title="Colour")

    model: str = Field(
        default="auto",
        description="Colour network: auto, a name (see `filmcolor models list`) or a .caffemodel "
        "or .onnx file.",
    )
    engine: EngineName = Field(
        default="auto", description="What runs the network; auto takes what suits the run."
    )
    method: Method = "propagate"
    smooth_seconds: float = Field(
        default=0.25, gt=0, le=60, description="Time constant of the method smooth, in seconds."
    )
    saturation: Saturation = 1.0
    warmth: Warmth = 0.0
    tint: Tint = 0.0
    strength: Strength = 1.0
    titles: Titles = Field(
        default="neutral",
        description="Title cards, inserts of text, leaders and test pictures: neutral (they stay "
        "grey) or coloured.",
    )
    references: References = ()
    reference_strength: ReferenceStrength = 1.0

    @field_validator("references")
    @classmethod
    def _lent_to_keyframes(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if value and info.data.get("method", "propagate") != "propagate":
            raise ValueError("they lend colours to keyframes, which only method propagate has")
        return value


class SourceSettings(SettingsGroup):
    """How the black-and-white film is read."""

    model_config = ConfigDict(title="Source")

    deinterlace: Deinterlace = Field(
        default="auto", description="Whether whole frames are made of interlaced fields."
    )
    video_stream: int | None = Field(
        default=None,
        ge=0,
        description="Which video stream is coloured, by the number that `filmcolor info` shows. "
        "Default: the one that is marked as usual, or the first.",
    )
    fps: float = Field(
        default=24.0, gt=0, le=480, description="Frame rate of films made from stills."
    )
    missing: Missing = Field(
        default="skip",
        description="What is done about missing numbers of stills: skip (the film goes on without "
        "them), hold (the picture before stays) or stop.",
    )
    transfer: Transfer = Field(
        default="auto",
        description="How the codes of scans (DPX, EXR) stand for light: auto (as the file says), "
        "video (as in a film for screens), linear (in proportion) or log (densities, Cineon).",
    )


class VideoSettings(SettingsGroup):
    """How the colour film is encoded."""

    model_config = ConfigDict(title="Encoding")

    codec: str = Field(
        default="auto",
        description="auto (x264 where that fits), x264, x265, svt-av1, vp9, ffv1, prores, or a "
        "hardware encoder such as h264_nvenc, h264_qsv, h264_videotoolbox.",
    )
    crf: float | None = Field(
        default=None,
        ge=0,
        le=63,
        description="Quality: lower is better and larger. Default: 18 for x264.",
    )
    preset: str | None = Field(
        default=None,
        description="The encoder's speed, such as veryfast or slow. Default: medium for x264.",
    )
    pix_fmt: str | None = Field(
        default=None,
        description="Pixel format, such as yuv420p or yuv422p10le. Default: 4:2:0 at the film's "
        "own bit depth.",
    )
    encoder_options: dict[str, str] = Field(
        default_factory=dict, description="Handed to the encoder as it is; can be repeated."
    )


class Settings(VideoSettings, SourceSettings, ColorSettings):
    """All choices about a colour film, with defaults that need no reading."""


class RunSettings(SettingsGroup):
    """How a film is worked on: choices that do not change what it looks like."""

    model_config = ConfigDict(title="Running")

    restart: bool = Field(
        default=False, description="Throw away what an unfinished run has left, and begin anew."
    )
    keep: bool = Field(
        default=True,
        description="Keep what is done when the run is interrupted or fails, for a later run.",
    )
    strict: bool = Field(
        default=False,
        description="Stop at damage in the film, instead of colouring what can be decoded.",
    )
    workers: int | None = Field(
        default=1,
        ge=1,
        description="How many segments of a film are coloured at once, each in a process of its "
        "own; without a number, one for each four cores, if there is memory for it. With a farm: "
        "how many tasks it gets at a time, at most.",
    )
    # What is lost when a run is killed. Longer segments would make films smaller by less than 1 %.
    segment_seconds: SegmentSeconds = 5.0
    piece_seconds: PieceSeconds = 60.0
    farm: str | None = Field(
        default=None,
        description="Have other computers do the work: the address of a Dask scheduler, such as "
        "tcp://10.0.0.5:8786.",
    )
    farm_tls: str | None = Field(
        default=None,
        description="A folder with ca.pem, cert.pem and key.pem, for a farm at tls://HOST:PORT.",
    )
    path_map: Annotated[tuple[str, ...], BeforeValidator(_several)] = Field(
        default=(),
        description="Where other computers see a folder: as it is called here, and there; can be "
        "repeated.",
        json_schema_extra={"metavar": "FROM=TO"},
    )
    farm_storage: str | None = Field(
        default=None,
        description="With a farm whose computers share no folder: where films, and what becomes of "
        "them, change hands, such as s3://bucket/farm, gs://, smb://, sftp:// or file:///mnt/farm.",
        json_schema_extra={"metavar": "URL"},
    )
    priority: int = Field(
        default=0,
        ge=-1000,
        le=1000,
        description="With a farm: what has more goes before all that has less, of other commands, "
        "too.",
    )


class _FilmSettings(RunSettings, Settings):
    """All choices about a film and the work on it."""


class SettingsOptions(TypedDict, total=False):
    """The fields of `Settings` as keyword arguments; type checkers cannot derive them."""

    model: str
    engine: EngineName
    method: Method
    smooth_seconds: float
    saturation: float
    warmth: float
    tint: float
    strength: float
    titles: Titles
    references: tuple[str, ...]
    reference_strength: float
    deinterlace: Deinterlace
    video_stream: int | None
    fps: float
    missing: Missing
    transfer: Transfer
    codec: str
    crf: float | None
    preset: str | None
    pix_fmt: str | None
    encoder_options: dict[str, str]


class FilmOptions(SettingsOptions, total=False):
    """The fields of `Settings` and of `RunSettings` as keyword arguments."""

    restart: bool
    keep: bool
    strict: bool
    workers: int | None
    segment_seconds: float
    piece_seconds: float
    farm: str | None
    farm_tls: str | None
    path_map: tuple[str, ...]
    farm_storage: str | None
    priority: int


Group = TypeVar("Group", bound=BaseModel)


def checked(group: type[Group], options: Mapping[str, Any]) -> Group:
    """Return a group of settings from its fields by name.

    Raises `UsageError` that names the option and what was wrong with it.
    """
    try:
        return group(**options)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            near = did_you_mean(name, group.model_fields)
            raise UsageError(f"there is no option {name!r}{near}.", what=name) from error
        raise UsageError(
            f"`{name}`: {first['input']!r} will not do: {first['msg'].lower()}.",
            what=name,
            value=first["input"],
        ) from error


def make_settings(**options: Any) -> Settings:
    """Return settings from keyword arguments, the fields of `Settings`; raises `UsageError`."""
    return checked(Settings, options)


def make_film_settings(**options: Any) -> tuple[Settings, RunSettings]:
    """Return settings from the fields of `Settings` and of `RunSettings`; raises `UsageError`."""
    checked(_FilmSettings, options)
    running = {name: options.pop(name) for name in RunSettings.model_fields if name in options}
    return Settings(**options), RunSettings(**running)
