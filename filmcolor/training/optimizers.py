"""What turns gradients into new weights: Muon for the matrices inside, AdamW for all else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from filmcolor.training.color_net import ColorNet
from filmcolor.training.config import TrainConfig

_BETAS = 0.9, 0.99
_MOMENTUM = 0.95
_SHARE = "share_of_rate"
"""Key of a group of weights: its learning rate as a factor on the run's."""
_STEP_OF_ADAM = 0.2
"""Root mean square of Muon's steps at rate 1: about that of AdamW's (Liu et al., section 2.2)."""

_POLAR = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488034314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
)
_SAFETY = 1.01
"""The polynomials expect no singular value above 1; bfloat16 rounds, so there is room left."""


def orthogonal(matrix: Tensor) -> Tensor:
    """Return a matrix with the same singular vectors and all singular values near 1.

    Five steps of X <- a X + (b A + c A A) X, A = X X', with the coefficients of Amsel, Persson,
    Musco, Gower, "The Polar Express" (2025), in bfloat16. Values between 0.8 and 1.2 are near
    enough; singular values below a thousandth of the largest may stay smaller.

    matrix: float (m, n); the result has its shape, float32.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).bfloat16()
    x = x / (x.norm() * _SAFETY + 1e-7)
    for a, b, c in _POLAR:
        a, b, c = a / _SAFETY, b / _SAFETY**3, c / _SAFETY**5
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return (x.T if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Steps whose singular values are all alike, so that no direction is neglected.

    Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024), with Nesterov
    momentum and decoupled weight decay; the length of the steps is that of Liu et al., "Muon is
    Scalable for LLM Training" (2025), so that AdamW's learning rates suit. The kernels of a
    convolution are taken as a matrix of one row per output channel.
    """

    def __init__(self, parameters: Iterable[Any], rate: float, weight_decay: float) -> None:
        """Move `parameters`, each of two or more dimensions, or groups of such."""
        super().__init__(parameters, {"lr": rate, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Do one step along the gradients; `closure` is not used."""
        for group in self.param_groups:
            rate = group["lr"]
            for weights in group["params"]:
                if weights.grad is None:
                    continue
                state = self.state[weights]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weights)
                momentum = state["momentum"].lerp_(weights.grad, 1 - _MOMENTUM)
                ahead = weights.grad.lerp(momentum, _MOMENTUM).flatten(1)
                length = _STEP_OF_ADAM * max(ahead.shape) ** 0.5
                weights.mul_(1 - rate * group["weight_decay"])
                weights.add_(orthogonal(ahead).view_as(weights), alpha=-rate * length)


class Optimizers:
    """All that moves the weights of one network."""

    def __init__(self, network: ColorNet, config: TrainConfig) -> None:
        """Share the weights out: with `muon`, it gets the convolutions between first and last."""
        hidden = list(_hidden_kernels(network)) if config.optimizer == "muon" else []
        known = {id(kernel) for kernel in hidden}
        others = [weights for weights in network.parameters() if id(weights) not in known]
        encoder = network.pretrained_part()
        slower = set() if encoder is None else {id(weights) for weights in encoder.parameters()}

        def groups(parameters: Iterable[Tensor], weight_decay: float) -> list[dict[str, Any]]:
            """Share weights out by their rates, the run's own and the encoder's."""
            shares: dict[float, list[Tensor]] = {}
            for weights in parameters:
                share = config.encoder_rate if id(weights) in slower else 1.0
                shares.setdefault(share, []).append(weights)
            return [
                {"params": of_share, _SHARE: share, "weight_decay": weight_decay}
                for share, of_share in shares.items()
            ]

        matrices = groups((w for w in others if w.ndim > 1), config.weight_decay)
        rest = groups((w for w in others if w.ndim <= 1), 0.0)
        adam = torch.optim.AdamW([*matrices, *rest], config.learning_rate, betas=_BETAS)
        self._all: dict[str, torch.optim.Optimizer] = {"adamw": adam}
        if hidden:
            decay = config.weight_decay
            self._all["muon"] = Muon(groups(hidden, decay), config.learning_rate, decay)

    def step(self, rate: float) -> None:
        """Do one step at a learning rate, along the gradients of the weights; forget these."""
        for optimizer in self._all.values():
            for group in optimizer.param_groups:
                group["lr"] = rate * group.get(_SHARE, 1.0)  # older checkpoints say none
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Any]:
        """Return what later steps depend on."""
        return {name: optimizer.state_dict() for name, optimizer in self._all.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of the same network and configuration."""
        for name, optimizer in self._all.items():
            optimizer.load_state_dict(state[name])


def _hidden_kernels(network: nn.Module) -> Iterator[Tensor]:
    """Yield the kernels of convolutions that mix channels, without those of the last one.

    The first one, of a picture with one channel, mixes none; nor does a depthwise one.
    """
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    for layer in convolutions[:-1]:
        if layer.weight.shape[1] > 1:
            yield layer.weight
