"""Writes the network of a run as an ONNX file that filmcolor loads."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper
from torch import Tensor, nn
from torch.nn import functional

from filmcolor.errors import NetworkError, UsageError
from filmcolor.networks.bins import BIN_COUNT, ab_bins
from filmcolor.networks.cost import COST_KEY, multiply_adds_per_pixel
from filmcolor.networks.engines.onnx_runtime import onnx_runtime
from filmcolor.networks.onnx.writer import OPSET
from filmcolor.system.outputs import check_output, publish, work_folder
from filmcolor.training.color_net import ColorNet
from filmcolor.training.encoding import limit_cast, limit_chroma
from filmcolor.training.liveliness import Liveliness
from filmcolor.training.loop import CHECKPOINT
from filmcolor.training.onnx_passes import fold_pads, store_as_float16
from filmcolor.training.trained import Trained, open_run, open_weights

_TOLERANCE = 0.5
"""How far ab of the file may be from the run's own, in units of Lab, with weights in float16."""

_HALF_SURE = 15.0
"""Standard deviation of a cell's colour, in units of Lab, at which its confidence is a half."""


@dataclass(frozen=True)
class ExportSummary:
    """What was written.

    Attributes:
        path: the file.
        bytes: its size.
        half: whether the weights are stored as float16.
        difference: largest difference of ab from the network in training, in units of Lab.
    """

    path: Path
    bytes: int
    half: bool
    difference: float


def export(
    source: Path,
    output: Path,
    *,
    name: str | None = None,
    version: str = "1",
    temperature: float | None = None,
    saturation: float = 1.0,
    liveliness: Liveliness | None = None,
    chroma_limit: float | None = None,
    cast_limit: float | None = None,
    short_side: int | None = None,
    confidence: bool = False,
    checkpoint: str = CHECKPOINT,
    arch: str = "lite",
    overwrite: bool = False,
) -> ExportSummary:
    """Write weights, of a run those that are averaged, as ONNX: L in, ab out, batch norm folded.

    Weights are stored as float16 and cast to float32 when loaded, unless that moves a colour by
    more than half a unit of Lab.

    Args:
        source: the folder of a run, or a PyTorch file that holds a state dict.
        output: the `.onnx` file.
        name: of the network, for its metadata; None: its architecture's.
        version: the same.
        temperature: of the annealed mean; None: the run's.
        saturation: factor on ab.
        liveliness: what else is done to ab, before it is limited.
        chroma_limit: what chroma comes near to but does not pass; None: the run's. It calms single
            vivid spots: networks that are asked to be lively put them where they know nothing.
        cast_limit: the same for the mean of ab over a whole picture; None: no limit. It keeps veils
            of one colour off pictures.
        short_side: at which the network is to see pictures; None: as it was validated.
        confidence: whether to add an output `confidence`, (n, 1, h', w') in 0..1, see
            `Confidence`.
        checkpoint: a file in the run's folder.
        arch: of the weights in a PyTorch file; a run knows its own.
        overwrite: whether `output` may be replaced.

    Raises:
        InputError: the folder holds no run, or the file no weights of this architecture.
        OutputError: the file cannot be written, or exists.
        UsageError: there is no such architecture, or it can tell no confidence.
        NetworkError: ONNX Runtime computes something else than PyTorch.
    """
    check_output(output, source, overwrite)
    trained = open_weights(source, arch) if source.is_file() else open_run(source, checkpoint)
    network, config = trained.network, trained.config
    if confidence and not network.gives_bins:
        raise UsageError(f"`confidence`: {config.arch} gives one colour, not how likely each is.")
    if chroma_limit is None and network.gives_bins:
        chroma_limit = config.chroma_limit
    decoder = _Decoder(
        network,
        temperature or config.temperature,
        saturation,
        liveliness or Liveliness(),
        chroma_limit,
        cast_limit,
        confidence,
    ).eval()
    height, width = network.input_size or (5 * network.multiple, 6 * network.multiple)
    example = 100 * torch.rand((1, 1, height, width), generator=torch.Generator().manual_seed(0))
    metadata = _metadata(trained, short_side)
    metadata |= {"filmcolor.name": name or config.arch, "filmcolor.version": version}
    if network.gives_bins:
        metadata["filmcolor.temperature"] = str(temperature or config.temperature)
        metadata["filmcolor.saturation"] = str(saturation)
    if liveliness is not None:
        metadata["filmcolor.liveliness"] = liveliness.model_dump_json()
    if chroma_limit is not None:
        metadata["filmcolor.chroma_limit"] = str(chroma_limit)
    if cast_limit is not None:
        metadata["filmcolor.cast_limit"] = str(cast_limit)
    with work_folder(output) as work, torch.inference_mode():
        plain = work / "f32.onnx"
        _write_onnx(decoder, network, example, plain)
        expected = decoder(example)[0].numpy()
        for half in (True, False):
            written = work / f"{half}.onnx"
            _finish(plain, written, metadata, half=half)
            difference = float(np.abs(_run(written, example.numpy()) - expected).max())
            if difference <= _TOLERANCE:
                break
        else:
            raise NetworkError(
                f"{source}: ONNX Runtime gives colours that are {difference:.3g} from PyTorch's; "
                "the export is not to be trusted with these versions of PyTorch and ONNX Runtime."
            )
        publish(written, output, source, overwrite)
    return ExportSummary(output, output.stat().st_size, half, difference)


class Confidence(nn.Module):
    """How sure a network is of each cell's colour: 1 / (1 + v / 15^2), in 0..1.

    v is the variance of the colour over the bins, with the annealed shares: the mean squared
    distance in ab from their mean. So confidence is 1 where one colour alone is likely, and a half
    where likely colours lie 15 units of Lab from the mean. It costs a product with the bins'
    squares, where an entropy would take a logarithm for each bin of each cell.
    """

    def __init__(self) -> None:
        """There is nothing to choose."""
        super().__init__()
        self.square = nn.Conv2d(BIN_COUNT, 1, 1, bias=False)
        squares = torch.from_numpy((ab_bins() ** 2).sum(axis=1) / _HALF_SURE**2)
        self.square.weight = nn.Parameter(squares.reshape(1, BIN_COUNT, 1, 1))

    def forward(self, shares: Tensor, mean: Tensor) -> Tensor:
        """Return (n, 1, h, w) of the bins' shares (n, 313, h, w) and their mean (n, 2, h, w)."""
        around = self.square(shares) - (mean / _HALF_SURE).square().sum(dim=1, keepdim=True)
        return 1 / (1 + functional.relu(around))  # rounding may leave less than nothing


class _Decoder(nn.Module):
    """A network with the annealed mean (Zhang et al. 2016, section 2.3) on top: L in, ab out.

    The result is a tuple of ab, and confidence where it is wanted.
    """

    def __init__(
        self,
        network: ColorNet,
        temperature: float,
        saturation: float,
        liveliness: Liveliness,
        chroma_limit: float | None,
        cast_limit: float | None,
        confidence: bool,
    ) -> None:
        super().__init__()
        self.network = network
        self.saturation = saturation
        self.liveliness = liveliness
        self.chroma_limit = chroma_limit
        self.cast_limit = cast_limit
        self.confidence = Confidence() if confidence else None
        if network.gives_bins:
            self._sharpen(temperature)
            self.mean = nn.Conv2d(BIN_COUNT, 2, 1, bias=False)
            centres = torch.from_numpy(saturation * ab_bins().T.copy())
            self.mean.weight = nn.Parameter(centres.reshape(2, BIN_COUNT, 1, 1))

    def _sharpen(self, temperature: float) -> None:
        """Divide logits by the temperature in the weights that make them: it costs no pass then."""
        bins = self.network.bins
        assert isinstance(bins, nn.Conv2d) and bins.bias is not None
        bins.weight = nn.Parameter(bins.weight / temperature)
        bins.bias = nn.Parameter(bins.bias / temperature)

    def forward(self, L: Tensor) -> tuple[Tensor, ...]:
        output: Tensor = self.network(L)
        others: list[Tensor] = []
        if self.network.gives_bins:
            shares = torch.softmax(output, dim=1)
            ab: Tensor = self.mean(shares)
            if self.confidence is not None:
                others.append(self.confidence(shares, ab / self.saturation))
        else:
            ab = self.saturation * output
        if self.liveliness != Liveliness():
            ab = self.liveliness.enliven(ab, functional.avg_pool2d(L, self.network.stride))
        ab = limit_cast(limit_chroma(ab, self.chroma_limit, dim=1), self.cast_limit)
        return (ab, *others)


def _write_onnx(decoder: _Decoder, network: ColorNet, example: Tensor, path: Path) -> None:
    outputs = ["ab"] if decoder.confidence is None else ["ab", "confidence"]
    sizes = {name: {0: "n"} for name in ("L", *outputs)}
    if network.input_size is None:
        sizes = {name: {0: "n", 2: "h_out", 3: "w_out"} for name in outputs}
        sizes["L"] = {0: "n", 2: "h", 3: "w"}
    with warnings.catch_warnings():
        # The newer exporter needs one more package, and its graphs suit fewer engines.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            decoder,
            (example,),
            str(path),
            input_names=["L"],
            output_names=outputs,
            dynamic_axes=sizes,
            opset_version=OPSET,
            dynamo=False,
        )


def _finish(source: Path, path: Path, metadata: dict[str, str], *, half: bool) -> None:
    model = onnx.load(source)
    fold_pads(model)
    metadata = {**metadata, COST_KEY: f"{multiply_adds_per_pixel(model, 'L'):.0f}"}
    if half:
        store_as_float16(model)
    model.producer_name = "filmcolor"
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _run(path: Path, L: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnx_runtime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ab: NDArray[np.float32] = session.run(["ab"], {"L": L})[0]
    return ab


def _metadata(trained: Trained, short_side: int | None) -> dict[str, str]:
    network, config = trained.network, trained.config
    metadata = {
        "filmcolor.arch": config.arch,
        "filmcolor.bins": f"zhang2016-{BIN_COUNT}" if network.gives_bins else "none",
        **trained.metadata,
        "filmcolor.created": datetime.now(timezone.utc).date().isoformat(),
    }
    if network.input_size is not None:
        metadata["filmcolor.input_size"] = "{}x{}".format(*network.input_size)
    else:
        metadata["filmcolor.short_side"] = str(short_side or config.validation_size)
        metadata["filmcolor.multiple"] = str(network.multiple)
    return metadata
