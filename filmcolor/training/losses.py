"""What the network is trained for."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from filmcolor.training.color_tensors import ciede2000, colorfulness, psnr, rgb_from_lab
from filmcolor.training.config import TrainConfig
from filmcolor.training.encoding import BinCodec
from filmcolor.training.film_look import luma

_STEP, _STIFFNESS = 0.01, 3.0
_LIMITS = (-0.5, 3.0)
_MEMORY = 0.9


class ColorfulnessPrice:
    """How much colourfulness is worth, so that the pictures have the wanted share of the truth's.

    Least error alone makes pale pictures. So the loss pays for colourfulness, at a price that
    rises while the pictures are paler than wanted and falls while they are livelier: the method
    of multipliers (Hestenes 1969) for the constraint "share = wanted". Where the network is sure
    it then gives full colour, and where it is not it stays pale, since that is where a unit of
    colourfulness costs the least error.

    Attributes:
        multiplier: the part of the price that stays while the share is the wanted one.
        share: of the truth's colourfulness that the pictures have, averaged over recent steps.
    """

    def __init__(self, wanted: float | None) -> None:
        """Aim at a share of the truth's colourfulness; None pays nothing."""
        self._wanted = wanted
        self.multiplier = 0.0
        self.share = wanted or 0.0

    @property
    def price(self) -> float:
        """What the truth's colourfulness is worth, in units of the loss."""
        if self._wanted is None:
            return 0.0
        return self.multiplier + _STIFFNESS * (self._wanted - self.share)

    def update(self, share: float) -> None:
        """Take notice of the share in one step."""
        self.share = _MEMORY * self.share + (1 - _MEMORY) * share
        if self._wanted is not None:
            moved = self.multiplier + _STEP * (self._wanted - self.share)
            self.multiplier = min(max(moved, _LIMITS[0]), _LIMITS[1])


class BinLoss:
    """Loss of a network that gives logits on the 313 bins.

    The sum of the cross entropy to soft targets, rebalanced as in Zhang et al. (2016), section
    2.2, and of errors of the decoded colours: CIEDE2000 and PSNR, less the price of their
    colourfulness.
    """

    def __init__(self, config: TrainConfig, codec: BinCodec, weights: NDArray[np.float32]) -> None:
        """Use the class weights (313,) of `filmcolor.training.encoding.class_weights`."""
        self._config, self._codec = config, codec
        self._weights = weights
        self.price = ColorfulnessPrice(config.loss.colourfulness)

    def __call__(self, output: Tensor, lab: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss and its parts, by name, each averaged over the batch.

        output is the network's (n, 313, h, w), lab the truth (n, h, w, 3) at the same size.
        """
        weights, temperature = self._config.loss, self._config.temperature
        truth = lab.flatten(1, 2)
        logits = output.permute(0, 2, 3, 1).flatten(1, 2).float()
        parts: dict[str, Tensor] = {}
        loss = logits.new_zeros(())
        if weights.cross_entropy:
            bins, shares = self._codec.targets(truth[..., 1:])
            of_class = torch.from_numpy(self._weights).to(logits.device)[bins[..., 0]]
            log_p = functional.log_softmax(logits, dim=-1).gather(-1, bins)
            parts["cross_entropy"] = -((log_p * shares).sum(-1) * of_class).sum() / of_class.sum()
            loss = loss + weights.cross_entropy * parts["cross_entropy"]
        if weights.ciede2000 or weights.psnr:
            ab = self._codec.decode(logits, temperature, self._config.chroma_limit)
            rgb = rgb_from_lab(torch.cat([truth[..., :1], ab], dim=-1))
            true_rgb = rgb_from_lab(truth)
            # As in a film that is coloured: the luma stays what it was.
            rgb = rgb + (luma(true_rgb) - luma(rgb))[..., None]
            parts["ciede2000"] = ciede2000(ab, truth[..., 1:]).mean()
            parts["psnr"] = psnr(rgb, true_rgb).mean()
            share = colorfulness(rgb).mean() / colorfulness(true_rgb).mean()
            parts["colourfulness"] = share
            self.price.update(share.item())
            loss = loss + weights.ciede2000 * parts["ciede2000"] - weights.psnr * parts["psnr"]
            loss = loss - self.price.price * share
        return loss, parts


class ColorLoss:
    """Loss of a network that gives ab: the mean squared error, in units of 128."""

    def __init__(self) -> None:
        """There is nothing to choose."""
        self.price = ColorfulnessPrice(None)

    def __call__(self, output: Tensor, lab: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss and its parts; output is ab (n, 2, h, w), lab the truth (n, h, w, 3)."""
        ab, truth = output.permute(0, 2, 3, 1).float(), lab[..., 1:]
        loss = ((ab - truth) ** 2).mean() / 128**2
        return loss, {"squared_error": loss, "ciede2000": ciede2000(ab, truth).mean()}
