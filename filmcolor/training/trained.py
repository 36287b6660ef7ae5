"""What has been trained: the weights of a run or of a PyTorch file, and what is known of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from filmcolor.errors import InputError
from filmcolor.training.architectures import build_network
from filmcolor.training.checkpoint import load_checkpoint
from filmcolor.training.color_net import ColorNet
from filmcolor.training.config import TrainConfig, load_config, make_config
from filmcolor.training.history import History
from filmcolor.training.run import CONFIG, DATA, HISTORY
from filmcolor.training.torch_weights import put_weights, read_torch_file


@dataclass(frozen=True)
class Trained:
    """A network that is done.

    Attributes:
        network: with its weights, in evaluation mode, on the processor.
        config: of its run; for a PyTorch file, what is usual for its architecture.
        metadata: what the run says of it, for the file that it is exported to.
    """

    network: ColorNet
    config: TrainConfig
    metadata: Mapping[str, str]


def open_run(folder: Path, checkpoint: str) -> Trained:
    """Return the averaged weights of a run.

    Args:
        folder: of the run.
        checkpoint: a file in it.

    Raises:
        InputError: the folder holds no run, or another architecture's weights.
        UsageError: its configuration makes no sense.
    """
    config = load_config(folder / CONFIG)
    state = load_checkpoint(folder / checkpoint, torch.device("cpu"))
    network = build_network(config.arch).eval()
    put_weights(network, state.average, folder / checkpoint, called=config.arch)
    try:
        data: dict[str, Any] = json.loads((folder / DATA).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / DATA}: cannot be read ({error}).") from error
    metadata = {
        "filmcolor.training_data": f"sha256:{data['digest']}",
        "filmcolor.training_pictures": str(data["pictures"]),
        "filmcolor.training_steps": str(state.step),
        "filmcolor.training_config": config.model_dump_json(),
    }
    validations = History(folder / HISTORY).validations()
    scores = [record for record in validations if record["step"] == state.step]
    if scores:
        metadata["filmcolor.validation"] = json.dumps(scores[-1])
    return Trained(network, config, metadata)


def open_weights(path: Path, arch: str) -> Trained:
    """Return the weights of a PyTorch file: a state dict of an architecture, of any float type.

    Of a checkpoint the averaged weights are taken.

    Raises:
        InputError: it cannot be read, or holds something else than this architecture's weights.
        UsageError: there is no such architecture.
    """
    config = make_config(TrainConfig(), {"arch": arch})
    network = build_network(config.arch).eval()
    values = read_torch_file(path)
    weights = values.get("average", values)
    put_weights(network, weights, path, called=config.arch)
    return Trained(network, config, {})
