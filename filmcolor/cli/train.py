"""`filmcolor train`: train a colour network of one's own, and export it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from filmcolor.cli import options as o
from filmcolor.cli.console import put, say
from filmcolor.cli.stopping import exit_code
from filmcolor.errors import UsageError
from filmcolor.events import Event, Note, StepsDone, Validated
from filmcolor.training.config import ArchName, Computing, TrainConfig

_RUN = "The run"


class _TrainGroup(TyperGroup):
    """`train export ...` exports; everything else after `train` are arguments of training."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command's name where it was left out."""
        if not args or args[0] not in self.commands:
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_TrainGroup,
    help="Train a colour network on your own pictures and films; `train export` makes it usable.",
)


@app.command("run")
@o.takes_settings(
    *("minutes", "epochs", "arch", "seed", "size", "batch", "learning_rate", "decay", "dropout"),
    *("stochastic_depth", "encoder_rate", "freeze_encoder", "patience"),
    *("device", "precision", "threads", "workers", "pictures"),
    *("checkpoint_minutes", "validation_minutes"),
)
def run(
    data: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="DATA...",
            help="Folders, tar and zip files of pictures, colour films. A run that has its "
            "pictures needs none.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="RUN", help="The run's folder.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="A config.json to begin with, such as another run's.", rich_help_panel=_RUN
        ),
    ] = None,
    init: Annotated[
        Path | None,
        typer.Option(
            help="Start from the weights of another run, or of a PyTorch file.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    pretrained: Annotated[
        bool,
        typer.Option(
            "--pretrained",
            help="Start with an encoder from ImageNet (only efficientnet-lite2).",
            rich_help_panel=_RUN,
        ),
    ] = False,
    validation: Annotated[
        list[Path] | None,
        typer.Option(
            help="Pictures to validate on (default: some of DATA are held out).",
            rich_help_panel=_RUN,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing on the way.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    *,
    choices: TrainConfig,
    computing: Computing,
) -> None:
    """Train a network, or go on with a run that was stopped: the same command again.

    Ctrl-C ends it after the step that is being done and keeps the state. The run's folder holds
    the configuration, checkpoints, curves.png and validation.png, a sheet of pictures that the
    network has never seen.

    **Examples**

    `filmcolor train photos/ -o run --minutes 120`

    `filmcolor train shard-*.tar.gz holiday.mp4 -o run --epochs 30 --size 128`

    `filmcolor train photos.zip -o run --arch efficientnet-lite2 --pretrained --epochs 6
    --patience 3` starts from a network that knows what things are

    `filmcolor train -o run --minutes 240` gives the run more time

    `filmcolor train export run -o mine.onnx` writes the network as a file to colour with; see
    `filmcolor train export --help`
    """
    if output is None:
        raise UsageError("Name the run's folder with -o RUN. See filmcolor train --help.")
    from filmcolor.training import require_torch

    require_torch()
    from filmcolor.training.run import train

    summary = train(
        output,
        data or [],
        o.given(choices),
        config_file=config,
        initial=init,
        pretrained=pretrained,
        validation=validation or [],
        computing=computing,
        listeners=[] if quiet else [_show],
    )
    if as_json:
        put(json.dumps(summary.as_json()))
    elif not quiet:
        say(summary.as_line())
    if not summary.finished:
        raise typer.Exit(exit_code())


def _show(event: Event) -> None:
    """Print what training tells."""
    if isinstance(event, StepsDone):
        means = ", ".join(f"{name} {value:.4g}" for name, value in event.means.items())
        speed = f"{event.pictures_a_second:.0f} pictures/s"
        say(f"{event.share:6.1%} step {event.step}: {means}, {speed}")
    elif isinstance(event, Validated):
        scores = event.scores
        say(
            f"validation at step {event.step}: {scores['psnr']:.2f} dB (grey "
            f"{scores['grey_psnr']:.2f}), CIEDE2000 {scores['ciede2000']:.2f} (grey "
            f"{scores['grey_ciede2000']:.2f}), colourfulness {scores['share']:.0%} of the truth's"
        )
    elif isinstance(event, Note):
        say(event.text)


@app.command("export")
def export(
    source: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="The run's folder, or a PyTorch file of weights."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .onnx file to write.")],
    name: Annotated[
        str | None, typer.Option(help="The network's name (default: its architecture's).")
    ] = None,
    version: Annotated[str, typer.Option(help="The network's version.")] = "1",
    temperature: Annotated[
        float | None,
        typer.Option(help="Of the annealed mean: lower is livelier (default: as trained)."),
    ] = None,
    saturation: Annotated[float, typer.Option(help="Factor on all colour.")] = 1.0,
    liveliness: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="JSON: where colour becomes livelier (matrix, mean, picture, lightness).",
        ),
    ] = None,
    chroma_limit: Annotated[
        float | None, typer.Option(min=1, help="Largest chroma, in Lab (default: as trained).")
    ] = None,
    cast_limit: Annotated[
        float | None,
        typer.Option(min=1, help="Largest mean ab of a whole picture, in Lab (default: any)."),
    ] = None,
    short_side: Annotated[
        int | None,
        typer.Option(help="At which it is to see pictures (default: as it was validated)."),
    ] = None,
    confidence: Annotated[
        bool,
        typer.Option("--confidence", help="Add an output that says how sure each colour is, 0..1."),
    ] = False,
    checkpoint: Annotated[
        str,
        typer.Option(
            help="A checkpoint in the run's folder; best.pt is the one whose validation was best."
        ),
    ] = "checkpoint.pt",
    arch: Annotated[
        ArchName,
        typer.Option(help="Of the weights in a PyTorch file, see filmcolor train --help."),
    ] = "lite",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace FILE where it exists.")
    ] = False,
) -> None:
    """Write the network of a run as an ONNX file, to be used with `--model FILE.onnx`."""
    from filmcolor.training import require_torch

    require_torch()
    from filmcolor.training.export import export as write
    from filmcolor.training.liveliness import load_liveliness

    done = write(
        source,
        output,
        name=name,
        version=version,
        temperature=temperature,
        saturation=saturation,
        liveliness=None if liveliness is None else load_liveliness(liveliness),
        chroma_limit=chroma_limit,
        cast_limit=cast_limit,
        short_side=short_side,
        confidence=confidence,
        checkpoint=checkpoint,
        arch=arch,
        overwrite=overwrite,
    )
    kind = "float16" if done.half else "float32"
    say(
        f"{done.path}: {done.bytes / 1e6:.1f} MB, weights in {kind}, ab within "
        f"{done.difference:.2g} of PyTorch's"
    )
