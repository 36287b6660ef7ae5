"""What a Caffe network description says: the inputs and the layers in their order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from filmcolor.errors import NetworkError
from filmcolor.networks.caffe.prototxt import Message, parse_prototxt
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of

# Descriptions older than Caffe's first release candidate call layers `layers` and write types in
# capitals; Deconvolution and the like follow the same scheme.
_OLD_TYPES = {
    "CONVOLUTION": "Convolution",
    "DECONVOLUTION": "Deconvolution",
    "RELU": "ReLU",
    "ELTWISE": "Eltwise",
    "CONCAT": "Concat",
    "POOLING": "Pooling",
    "SOFTMAX": "Softmax",
    "SILENCE": "Silence",
    "DROPOUT": "Dropout",
}


@dataclass(frozen=True)
class CaffeLayer:
    """One layer: its name, its type, the blobs it reads and writes, and its parameters."""

    name: str
    type: str
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    parameters: Message


@dataclass(frozen=True)
class CaffeNetwork:
    """A network description: input blobs (name, shape) and layers in order of execution."""

    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    layers: tuple[CaffeLayer, ...]


def parse_network(text: str) -> CaffeNetwork:
    """Parse a network description for the test phase.

    Raises:
        NetworkError: the text breaks the format or describes no network.
    """
    root = parse_prototxt(text)
    inputs = _root_inputs(root)
    layers = []
    for message in root.messages("layer") + root.messages("layers"):
        if not _belongs_to_test_phase(message):
            continue
        layer = CaffeLayer(
            name=message.text("name"),
            type=_OLD_TYPES.get(message.text("type"), message.text("type")),
            bottoms=tuple(message.texts("bottom")),
            tops=tuple(message.texts("top")),
            parameters=message,
        )
        if layer.type != "Input":
            layers.append(layer)
            continue
        shapes = [
            tuple(s.integers("dim")) for s in message.message("input_param").messages("shape")
        ]
        if len(shapes) == 1:
            shapes *= len(layer.tops)
        inputs += list(zip(layer.tops, shapes, strict=False))
    if not layers:
        raise NetworkError("the network description holds no layers")
    if not inputs:
        raise NetworkError("the network description has no Input layer and no field called input")
    return CaffeNetwork(tuple(inputs), tuple(layers))


def read_network(path: Path) -> CaffeNetwork:
    """Read a `.prototxt` file.

    Raises:
        NetworkError: it cannot be read or is not a network description; names the file.
    """
    refuse_special(path, NetworkError)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise NetworkError(
            f"Cannot read the network description {path}: {reason_of(error)}."
        ) from error
    except UnicodeDecodeError as error:
        raise NetworkError(f"{path}: not a network description, which is a text.") from error
    try:
        return parse_network(text)
    except NetworkError as error:
        raise NetworkError(f"{path}: {error}. Correct the file or take it away.") from None


def _root_inputs(root: Message) -> list[tuple[str, tuple[int, ...]]]:
    names = root.texts("input")
    shapes = [tuple(shape.integers("dim")) for shape in root.messages("input_shape")]
    if not shapes:
        dims = root.integers("input_dim")
        shapes = [tuple(dims[i : i + 4]) for i in range(0, len(dims), 4)]
    if len(names) != len(shapes):
        raise NetworkError(f"{len(names)} inputs are named but {len(shapes)} shapes are given")
    return list(zip(names, shapes, strict=True))


def _belongs_to_test_phase(layer: Message) -> bool:
    included = [rule.text("phase") for rule in layer.messages("include")]
    excluded = [rule.text("phase") for rule in layer.messages("exclude")]
    return "TEST" not in excluded and (not included or "TEST" in included or "" in included)
