"""How far a run has come in its budget, and the learning rate there."""

from __future__ import annotations

from dataclasses import dataclass

from filmcolor.errors import UsageError
from filmcolor.training.batch_sizes import BatchSizes
from filmcolor.training.config import TrainConfig


@dataclass(frozen=True)
class Budget:
    """How long a run lasts: a number of steps, a time, or whichever ends first.

    The learning rate rises to its height within the warm-up, stays there, and falls in a straight
    line to 0 in the last part of the budget ("warmup, stable, decay"). So a run that turns out
    too short can be given more: it goes on from where the decay began.
    """

    steps: float | None
    seconds: float | None
    warmup_steps: int
    decay: float

    @staticmethod
    def of(config: TrainConfig, pictures: int) -> Budget:
        """Return the budget of a run over a number of pictures.

        Raises:
            UsageError: the run would never end.
        """
        if config.minutes is None and config.epochs is None:
            raise UsageError("A training run needs an end: give `minutes` or `epochs`.")
        steps = None
        if config.epochs is not None:
            steps = max(1.0, config.epochs * pictures // BatchSizes.of(config).mean)
        seconds = None if config.minutes is None else 60 * config.minutes
        return Budget(steps, seconds, config.warmup_steps, config.decay)

    def done(self, step: int, seconds: float) -> float:
        """Return how much of the budget is used, 1 at its end."""
        of_steps = step / self.steps if self.steps is not None else 0.0
        of_time = seconds / self.seconds if self.seconds is not None else 0.0
        return max(of_steps, of_time)

    def decays(self, step: int, seconds: float) -> bool:
        """Return whether the learning rate is falling."""
        return self.done(step, seconds) > 1 - self.decay

    def rate(self, step: int, seconds: float) -> float:
        """Return the learning rate, as a share of the highest one."""
        warm = min(1.0, (step + 1) / self.warmup_steps) if self.warmup_steps else 1.0
        left = 1 - self.done(step, seconds)
        return warm * max(0.0, min(1.0, left / self.decay)) if self.decay else warm
