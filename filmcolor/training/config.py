"""What a training run is: everything that its result depends on, kept in the run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from filmcolor.errors import InputError, UsageError
from filmcolor.settings import checked
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of

ArchName = Literal["lite", "source-cnn", "efficientnet-lite2"]
OptimizerName = Literal["muon", "adamw"]
Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "f32", "bf16"]


class _Object(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FilmLook(_Object):
    """How often, 0 to 1, a picture gets each trait of `filmcolor.training.film_look`."""

    orthochromatic: float = Field(default=0.15, ge=0, le=1)
    gamma: float = Field(default=0.7, ge=0, le=1)
    fading: float = Field(default=0.5, ge=0, le=1)
    blur: float = Field(default=0.3, ge=0, le=1)
    halation: float = Field(default=0.1, ge=0, le=1)
    grain: float = Field(default=0.45, ge=0, le=1)
    flicker: float = Field(default=0.15, ge=0, le=1)
    scratches: float = Field(default=0.1, ge=0, le=1)


class LossWeights(_Object):
    """What the network is rewarded for, see `filmcolor.training.losses`."""

    cross_entropy: float = Field(default=1.0, ge=0, description="Of the bins, per nat.")
    rebalance: float = Field(default=0.6, ge=0, le=1, description="Exponent of the class weights.")
    ciede2000: float = Field(default=0.15, ge=0, description="Of the decoded colours.")
    psnr: float = Field(default=0.1, ge=0, description="Of the decoded picture, per dB.")
    colourfulness: float | None = Field(
        default=0.8,
        gt=0,
        le=2,
        description="Wanted share of the truth's; null: as it comes.",
    )


Side = Annotated[int, Field(ge=32, le=1024, multiple_of=32)]
Sides = Annotated[
    tuple[Side, ...],
    Field(min_length=1),
    BeforeValidator(lambda value: (value,) if isinstance(value, int) else value),
]


class TrainConfig(_Object):
    """All choices of a training run.

    Lengths of time count only while the run is trained, over all its resumptions.
    """

    model_config = ConfigDict(title="The run")

    arch: ArchName = Field(default="lite", description="The network's architecture.")
    seed: int = Field(default=0, ge=0, description="Number that decides all chance.")
    size: Sides | None = Field(
        default=None,
        description="Side of the crops, in pixels; of several, each has its turn. Default: what "
        "suits the architecture.",
    )
    batch: int = Field(
        default=48,
        ge=2,
        le=8192,
        description="Crops a step; where sizes take turns, of the first one, of others as many as "
        "cost alike.",
    )
    smallest_crop: float = Field(
        default=0.5, gt=0, le=1, description="Area of the smallest crop, of the largest square's."
    )
    minutes: float | None = Field(default=None, gt=0, description="Train for so long.")
    epochs: float | None = Field(
        default=None, gt=0, description="Train for so many passes over the pictures."
    )
    optimizer: OptimizerName = "muon"
    learning_rate: float = Field(default=1e-3, gt=0, description="The highest there is.")
    warmup_steps: int = Field(default=200, ge=0)
    decay: float = Field(
        default=0.3, ge=0, le=1, description="Last part of the budget, in which the rate falls."
    )
    weight_decay: float = Field(default=0.02, ge=0)
    dropout: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of the deep parts left out at random, so that few pictures are not "
        "learnt by heart.",
    )
    stochastic_depth: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="The same for whole blocks of efficientnet-lite2's encoder, the deepest most.",
    )
    encoder_rate: float = Field(
        default=1.0,
        gt=0,
        le=10,
        description="Learning rate of efficientnet-lite2's encoder, as a factor on the others'.",
    )
    freeze_encoder: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="First part of the budget in which that encoder stays as it is.",
    )
    average: float = Field(
        default=0.999, ge=0, lt=1, description="What the averaged weights keep a step."
    )
    temperature: float = Field(default=0.38, gt=0, le=2, description="Of the annealed mean.")
    chroma_limit: float | None = Field(
        default=45.0,
        gt=0,
        description="What decoded chroma comes near to but does not pass; null: no limit.",
    )
    patience: int | None = Field(
        default=None,
        ge=1,
        description="End after so many validations without a better one (best.pt holds that).",
    )
    held_out: int = Field(default=300, ge=1, description="Pictures taken from DATA for validation.")
    validation_size: int = Field(
        default=160, ge=32, description="Short side at which it is validated."
    )
    loss: LossWeights = LossWeights()
    film_look: FilmLook = FilmLook()

    def save(self, path: Path) -> None:
        """Write the configuration as JSON, to be read by `load_config` and by people."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


class Computing(_Object):
    """How a run is computed; nothing of it changes the result beyond rounding."""

    model_config = ConfigDict(title="Computing")

    device: Device = Field(
        default="auto", description="auto takes a CUDA device where there is one."
    )
    precision: Precision = Field(
        default="auto",
        description="Of the multiplications; bf16 is taken only where the hardware has it, as it "
        "is slower when emulated.",
    )
    threads: int | None = Field(
        default=None, ge=1, description="Processor threads. Default: all cores."
    )
    workers: int | None = Field(
        default=None,
        ge=0,
        description="Processes that cut pictures; 0: the run does it itself. Default: as many as "
        "the device needs.",
    )
    pictures: Path | None = Field(
        default=None,
        description="Where decoded pictures are kept, which runs may share. Default: in RUN.",
    )
    checkpoint_minutes: float = Field(default=5.0, ge=0, description="Between checkpoints.")
    validation_minutes: float = Field(default=20.0, ge=0, description="Between validations.")


def load_config(path: Path) -> TrainConfig:
    """Read a configuration.

    Raises:
        InputError: the file cannot be read.
        UsageError: it holds something that is no configuration.
    """
    refuse_special(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).") from error
    try:
        return TrainConfig.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        name = f"`{name}`" if name else "the file"
        raise UsageError(
            f"{path}: {name}: {first['input']!r} will not do: {first['msg'].lower()}."
        ) from error


def make_config(base: TrainConfig, choices: Mapping[str, Any]) -> TrainConfig:
    """Return `base` with other values for some of its fields.

    Raises:
        UsageError: a value will not do.
    """
    return checked(TrainConfig, {**base.model_dump(), **choices})
