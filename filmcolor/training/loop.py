"""Steps of training, with events, checkpoints and validations at their times."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
from torch import Tensor

from filmcolor.events import Events, Note, StepsDone, Validated
from filmcolor.training.checkpoint import save_checkpoint
from filmcolor.training.config import TrainConfig
from filmcolor.training.crops import CropBatches, batches_from
from filmcolor.training.history import History
from filmcolor.training.schedule import Budget
from filmcolor.training.trainer import Machine, Trainer
from filmcolor.training.validation import Scores, Validator

CHECKPOINT, STABLE, BEST = "checkpoint.pt", "stable.pt", "best.pt"
CURVES, SHEET = "curves.png", "validation.png"


@dataclass(frozen=True)
class Intervals:
    """How often something happens beside the steps, in seconds."""

    checkpoint: float
    validation: float
    report: float = 20.0


class Loop:
    """Trains until the budget is used up."""

    def __init__(
        self,
        folder: Path,
        trainer: Trainer,
        validator: Validator,
        history: History,
        intervals: Intervals,
        events: Events,
    ) -> None:
        """Write into the run's `folder`; `events` are told of steps and validations."""
        self._folder, self._trainer, self._validator = folder, trainer, validator
        self._history, self._intervals, self._events = history, intervals, events
        self._parts: dict[str, float | Tensor] = {}
        self._parts_from = trainer.step
        self._crops = 0
        self._reported_at = self._saved_at = self._validated_at = time.monotonic()

    def run(
        self,
        data: CropBatches,
        config: TrainConfig,
        budget: Budget,
        machine: Machine,
        is_stopped: Callable[[], bool],
    ) -> Scores | None:
        """Train until the end or until it is stopped; return the scores at the end.

        The end is that of the budget, or comes when validations have not become better for long.
        """
        trainer = self._trainer
        if self.finished(config, budget):
            return None
        batches = batches_from(
            data, trainer.step, workers=machine.workers, pinned=machine.device.type == "cuda"
        )
        decays = budget.decays(trainer.step, trainer.seconds)
        began, rate = time.monotonic() - trainer.seconds, 0.0
        scores: Scores | None = None
        while not self.finished(config, budget) and not is_stopped():
            trainer.freeze_encoder(self._done(budget) < config.freeze_encoder)
            if not decays and budget.decays(trainer.step, trainer.seconds):
                decays = True
                save_checkpoint(trainer.state(), self._folder / STABLE)
            rate = config.learning_rate * budget.rate(trainer.step, trainer.seconds)
            batch = next(batches)
            self._crops += len(batch)
            for name, value in trainer.train_on(batch, rate).items():
                self._parts[name] = self._parts.get(name, 0.0) + value
            scores = None
            now = time.monotonic()
            trainer.seconds = now - began
            if now - self._reported_at >= self._intervals.report:
                self._describe(rate, budget)
            if now - self._saved_at >= self._intervals.checkpoint:
                self._save()
            if now - self._validated_at >= self._intervals.validation:
                scores = self._validate(data)
        self._describe(rate, budget)
        if is_stopped():
            self._save()
            return None
        scores = scores or self._validate(data)
        self._save()
        if self._done(budget) < 1:
            since = self._history.since_best()
            text = f"ended early: {since} validations were no better than {BEST}'s"
            self._events.tell(Note(text))
        return scores

    def finished(self, config: TrainConfig, budget: Budget) -> bool:
        """Return whether the run is at its end."""
        patience = config.patience
        stale = patience is not None and self._history.since_best() >= patience
        return stale or self._done(budget) >= 1

    def _done(self, budget: Budget) -> float:
        return budget.done(self._trainer.step, self._trainer.seconds)

    def _describe(self, rate: float, budget: Budget) -> None:
        trainer = self._trainer
        steps = trainer.step - self._parts_from
        if not steps:
            return
        now = time.monotonic()
        speed = self._crops / max(now - self._reported_at, 1e-9)
        means = {name: round(float(total) / steps, 5) for name, total in self._parts.items()}
        record = {"step": trainer.step, "learning_rate": rate, **means, "pictures_a_second": speed}
        self._history.add({**record, "pictures_a_second": round(speed, 1)})
        done = self._done(budget)
        self._events.tell(StepsDone(trainer.step, done, means, speed))
        self._parts, self._parts_from, self._crops = {}, trainer.step, 0
        self._reported_at = now

    def _save(self) -> None:
        save_checkpoint(self._trainer.state(), self._folder / CHECKPOINT)
        self._history.draw(self._folder / CURVES)
        self._saved_at = time.monotonic()

    def _validate(self, data: CropBatches) -> Scores:
        self._trainer.count_statistics(data)
        scores, sheet = self._validator(self._trainer.average)
        self._history.add({"step": self._trainer.step, **scores.as_json()})
        if self._history.since_best() == 0:
            save_checkpoint(self._trainer.state(), self._folder / BEST)
        self._history.draw(self._folder / CURVES)
        # Encoded in memory, since cv2 cannot write to every path on Windows.
        (self._folder / SHEET).write_bytes(cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())
        self._events.tell(Validated(self._trainer.step, scores.as_json()))
        self._validated_at = time.monotonic()
        return scores
