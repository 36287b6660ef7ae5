"""The loop: batches in, steps of the optimiser, checkpoints and reports out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import update_bn

from filmcolor.errors import NetworkError
from filmcolor.networks.bins import BIN_COUNT
from filmcolor.training.architectures import build_network
from filmcolor.training.checkpoint import Checkpoint
from filmcolor.training.color_net import ColorNet
from filmcolor.training.color_tensors import lab_from_linear, linear_from_srgb
from filmcolor.training.config import TrainConfig
from filmcolor.training.crops import CropBatches
from filmcolor.training.encoding import BinCodec, class_weights
from filmcolor.training.film_look import film_lightness
from filmcolor.training.losses import BinLoss, ColorLoss
from filmcolor.training.optimizers import Optimizers

_LONGEST_GRADIENT = 5.0
_COUNTED_BATCHES = 40
_COUNTED_CROPS = 3000


@dataclass(frozen=True)
class Machine:
    """What the run is computed on; the results do not depend on it beyond rounding.

    Attributes:
        device: where the network lives.
        half: whether it multiplies in bfloat16.
        workers: processes that make batches.
        threads: of the processor.
    """

    device: torch.device
    half: bool
    workers: int
    threads: int

    def as_line(self) -> str:
        """Return what a user may want to know."""
        number = "bfloat16" if self.half else "float32"
        return f"computed on {self.device.type} in {number}, threads: {self.threads}"


class Trainer:
    """A network in training: its weights, their average, the optimiser, and steps done."""

    def __init__(
        self, network: ColorNet, data: CropBatches, config: TrainConfig, machine: Machine
    ) -> None:
        """Begin with the weights that `network` has."""
        self._config, self._machine = config, machine
        device = machine.device
        layers: Any = network.to(device)
        self.network: ColorNet = layers.to(memory_format=torch.channels_last).train()
        average: Any = build_network(config.arch)  # without dropout
        average.load_state_dict(self.network.state_dict())
        average = average.to(device).to(memory_format=torch.channels_last)
        self.average: ColorNet = average.eval().requires_grad_(False)
        self.step = 0
        self.seconds = 0.0
        self._optimizers = Optimizers(self.network, config)
        self._loss: BinLoss | ColorLoss = ColorLoss()
        if network.gives_bins:
            weights = class_weights(_count_bins(data), config.loss.rebalance)
            self._loss = BinLoss(config, BinCodec(device), weights)

    def freeze_encoder(self, frozen: bool) -> None:
        """Keep the encoder as it is from the next step on, its batch statistics too, or not."""
        encoder = self.network.pretrained_part()
        if encoder is not None and encoder.training == frozen:
            encoder.requires_grad_(not frozen).train(not frozen)

    def train_on(self, batch: Tensor, rate: float) -> dict[str, float | Tensor]:
        """Do one step on a batch of crops, uint8 (n, size, size, 3), at a learning rate.

        Returns the parts of the loss by name.

        Raises:
            NetworkError: the loss has become infinite or no number.
        """
        machine = self._machine
        L, lab = self._examples(batch.to(machine.device, non_blocking=True), self.step)
        # Dropout draws from torch's own generator: by the step, so that resumed runs end alike.
        drawn = np.random.default_rng([self._config.seed, 5, self.step])
        torch.manual_seed(int(drawn.integers(2**62)))
        with torch.autocast(machine.device.type, torch.bfloat16, enabled=machine.half):
            output = self.network(L.contiguous(memory_format=torch.channels_last))
        # Every other row and column of the output is enough: their neighbours say nearly the same,
        # and the softmax over 313 bins would be much of the work.
        rows, columns = slice(self.step % 2, None, 2), slice(self.step // 2 % 2, None, 2)
        loss, parts = self._loss(output[:, :, rows, columns], lab[:, rows, columns])
        torch.autograd.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), _LONGEST_GRADIENT)
        if not norm.isfinite():
            raise NetworkError(
                f"The loss is no number any more at step {self.step}: the learning rate "
                f"{rate:.2g} is too high. Start another run with a lower `learning_rate`; `init` "
                "with this run's folder takes its last checkpoint over."
            )
        self._optimizers.step(rate)
        self.step += 1
        self._move_average()
        report: dict[str, float | Tensor] = {name: part.detach() for name, part in parts.items()}
        return {**report, "gradient": norm, "price": self._loss.price.price}

    def _examples(self, batch: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return L (n, 1, h, w) as the network sees it, and Lab at the size of its output."""
        config = self._config
        rgb = batch.float() / 255
        light = linear_from_srgb(rgb).permute(0, 3, 1, 2)
        small = functional.avg_pool2d(light, self.network.stride).permute(0, 2, 3, 1)
        choices = np.random.default_rng([config.seed, 3, step])
        grain = torch.Generator(rgb.device).manual_seed(int(choices.integers(2**62)))
        return film_lightness(rgb, config.film_look, choices, grain), lab_from_linear(small)

    @torch.no_grad()
    def _move_average(self) -> None:
        # A young average forgets its beginning faster.
        keep = min(self._config.average, (1 + self.step) / (10 + self.step))
        for mean, now in zip(
            self.average.state_dict().values(), self.network.state_dict().values(), strict=True
        ):
            if mean.is_floating_point():
                mean.lerp_(now, 1 - keep)
            else:
                mean.copy_(now)

    @torch.no_grad()
    def count_statistics(self, data: CropBatches) -> None:
        """Count anew what batch normalisation knows of the averaged weights' activations.

        Its running means are those of weights that have changed since, and of pictures of which
        parts were left out (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and
        Better Generalization", section 3.2).
        """
        device = self._machine.device

        def examples() -> Iterator[Tensor]:
            crops = min(_COUNTED_CROPS, data.pictures)
            for step in range(math.ceil(crops / data.sizes.mean)):
                with torch.autocast(device.type, enabled=False):
                    L, _ = self._examples(data[step].to(device), step)
                yield L.contiguous(memory_format=torch.channels_last)

        with torch.autocast(device.type, torch.bfloat16, enabled=self._machine.half):
            update_bn(examples(), self.average)

    def state(self) -> Checkpoint:
        """Return everything that later steps depend on."""
        price = self._loss.price
        return Checkpoint(
            step=self.step,
            seconds=self.seconds,
            network=self.network.state_dict(),
            average=self.average.state_dict(),
            optimizer=self._optimizers.state(),
            price=(price.multiplier, price.share),
        )

    def take_over_price(self, price: tuple[float, float] | None) -> None:
        """Begin with the price of colourfulness that another run has found."""
        if price is not None:
            self._loss.price.multiplier, self._loss.price.share = price

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint of the same configuration."""
        self.network.load_state_dict(checkpoint.network)
        self.average.load_state_dict(checkpoint.average)
        self._optimizers.restore(checkpoint.optimizer)
        self._loss.price.multiplier, self._loss.price.share = checkpoint.price
        self.step, self.seconds = checkpoint.step, checkpoint.seconds


def _count_bins(data: CropBatches) -> NDArray[np.float64]:
    """Count how many pixels fall into each bin, on batches of the run."""
    codec, counts = BinCodec(torch.device("cpu")), np.zeros(BIN_COUNT)
    for step in range(_COUNTED_BATCHES):
        small = np.stack(
            [
                cv2.resize(crop, (16, 16), interpolation=cv2.INTER_AREA)
                for crop in data[step].numpy()
            ]
        )
        lab = lab_from_linear(linear_from_srgb(torch.from_numpy(small).float() / 255))
        nearest = codec.targets(lab[..., 1:])[0][..., 0]
        counts += np.bincount(nearest.numpy().ravel(), minlength=BIN_COUNT)
    return counts
