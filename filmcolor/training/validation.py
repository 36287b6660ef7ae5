"""Numbers and a sheet of pictures of what the network has learnt, on pictures held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from filmcolor.networks.input_sizing import FixedSize, InputSizing, ShortSide
from filmcolor.previews.contact_sheet import Cell, draw_sheet
from filmcolor.training.color_net import ColorNet
from filmcolor.training.color_tensors import (
    ciede2000,
    colorfulness,
    lab_from_linear,
    lightness,
    linear_from_srgb,
    rgb_from_lab,
)
from filmcolor.training.config import TrainConfig
from filmcolor.training.encoding import BinCodec
from filmcolor.training.film_look import luma
from filmcolor.training.photo_sources import RGB

_SHEET_PICTURES, _SHEET_COLUMNS = 32, 4


@dataclass(frozen=True)
class Scores:
    """Means over pictures, of 8-bit RGB at the pictures' own size.

    The network sees the luma; its colours are put on the truth's lightness. `share` is the mean
    colourfulness over the truth's; the `grey_` ones are those of the pictures without colour.
    """

    pictures: int
    psnr: float
    ciede2000: float
    colourfulness: float
    share: float
    grey_psnr: float
    grey_ciede2000: float

    def as_json(self) -> dict[str, float]:
        """Return the numbers, rounded, for `json.dumps`."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def sizing_of_network(network: ColorNet, short_side: int) -> InputSizing:
    """Return at which size a network is to see a picture."""
    if network.input_size is not None:
        return FixedSize(*network.input_size)
    return ShortSide(short_side, network.multiple)


class Validator:
    """Colours pictures with a network, and compares."""

    def __init__(
        self, pictures: Sequence[RGB], config: TrainConfig, device: torch.device, *, half: bool
    ) -> None:
        """Compare with `pictures`; with `half` the network multiplies in bfloat16."""
        self._pictures = pictures
        self._config, self._device, self._half = config, device, half
        self._codec = BinCodec(device)

    def __call__(self, network: ColorNet) -> tuple[Scores, NDArray[np.uint8]]:
        """Return scores, and a sheet (height, width, 3) of grey, coloured and true pictures."""
        sizing = sizing_of_network(network, self._config.validation_size)
        rows: list[tuple[float, ...]] = []
        cells: list[Cell] = []
        every = max(1, len(self._pictures) // _SHEET_PICTURES)
        for number, picture in enumerate(self._pictures):
            truth = torch.from_numpy(picture.astype(np.float32) / 255)
            lab = lab_from_linear(linear_from_srgb(truth))
            ab = self._colors(network, lightness(linear_from_srgb(luma(truth))), sizing)
            colored, scores = _compare(lab, ab, truth)
            grey, grey_scores = _compare(lab, torch.zeros_like(ab), truth)
            rows.append((*scores, *grey_scores))
            if number % every == 0 and len(cells) < _SHEET_PICTURES:
                caption = f"{scores[0]:.1f} dB, CIEDE2000 {scores[1]:.1f}"
                cells.append(Cell((_codes(grey), _codes(colored), picture), caption))
        p, d, c, true_c, grey_p, grey_d, _, _ = np.mean(rows, axis=0).tolist()
        sheet = draw_sheet(_same_size(cells), _SHEET_COLUMNS, "grey, coloured, true")
        return Scores(len(rows), p, d, c, c / true_c, grey_p, grey_d), sheet

    @torch.inference_mode()
    def _colors(self, network: ColorNet, L: Tensor, sizing: InputSizing) -> Tensor:
        height, width = L.shape
        rows, columns = sizing.size_for(height, width)
        shrinks = rows <= height and columns <= width
        way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        seen = cv2.resize(L.numpy(), (columns, rows), interpolation=way).astype(np.float32)
        inputs = torch.from_numpy(seen)[None, None].to(self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._half):
            output = network(inputs.contiguous(memory_format=torch.channels_last))
        output = output[0].permute(1, 2, 0).float()
        if network.gives_bins:
            config = self._config
            output = self._codec.decode(output, config.temperature, config.chroma_limit)
        small = output.cpu().numpy()
        ab = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        return torch.from_numpy(ab.astype(np.float32))


def _compare(lab: Tensor, ab: Tensor, truth: Tensor) -> tuple[Tensor, tuple[float, ...]]:
    """Return the 8-bit picture in 0..1; PSNR, CIEDE2000, colourfulness, true colourfulness."""
    rgb = (rgb_from_lab(torch.cat([lab[..., :1], ab], dim=-1)) * 255).round() / 255
    shown = lab_from_linear(linear_from_srgb(rgb))
    error = max(float(((rgb - truth) ** 2).mean()), 1e-7)
    return rgb, (
        -10 * float(np.log10(error)),
        float(ciede2000(shown[..., 1:], lab[..., 1:]).mean()),
        float(colorfulness(rgb.reshape(-1, 3))),
        float(colorfulness(truth.reshape(-1, 3))),
    )


def _codes(rgb: Tensor) -> NDArray[np.uint8]:
    return (rgb * 255).round().numpy().astype(np.uint8)


def _same_size(cells: Sequence[Cell]) -> list[Cell]:
    """Bring all pictures to the height of the lowest, so that a sheet's rows line up."""
    height = min(cell.pictures[0].shape[0] for cell in cells)

    def fitted(picture: RGB) -> RGB:
        width = max(1, round(picture.shape[1] * height / picture.shape[0]))
        return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )

    return [Cell([fitted(picture) for picture in cell.pictures], cell.caption) for cell in cells]
