"""Steps of training, with reports, checkpoints and validations at their times."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import cv2
from torch import Tensor

from filmcolor.training.checkpoint import save_checkpoint
from filmcolor.training.config import TrainConfig
from filmcolor.training.crops import CropBatches, batches_from
from filmcolor.training.history import History
from filmcolor.training.schedule import Budget
from filmcolor.training.trainer import Machine, Trainer
from filmcolor.training.validation import Scores, Validator

CHECKPOINT, STABLE, BEST = "checkpoint.pt", "stable.pt", "best.pt"
CURVES, SHEET = "curves.png", "validation.png"

Report = Callable[[str], None]


@dataclass(frozen=True)
class Intervals:
    """How often something happens beside the steps, in seconds."""

    report: float = 20.0
    checkpoint: float = 300.0
    validation: float = 1200.0


class Loop:
    """Trains until the budget is used up."""

    def __init__(
        self,
        folder: Path,
        trainer: Trainer,
        validator: Validator,
        history: History,
        intervals: Intervals,
        report: Report,
    ) -> None:
        """Write into the run's `folder`; `report` is called with a line now and then."""
        self._folder, self._trainer, self._validator = folder, trainer, validator
        self._history, self._intervals, self._report = history, intervals, report
        self._parts: dict[str, float | Tensor] = {}
        self._parts_from = trainer.step
        self._reported_at = self._saved_at = self._validated_at = time.monotonic()

    def run(
        self, data: CropBatches, config: TrainConfig, budget: Budget, machine: Machine, stop: Event
    ) -> Scores | None:
        """Train until the budget ends or `stop` is set; return the scores at the budget's end."""
        trainer = self._trainer
        if budget.done(trainer.step, trainer.seconds) >= 1:
            return None
        batches = batches_from(
            data, trainer.step, workers=machine.workers, pinned=machine.device.type == "cuda"
        )
        decays = budget.decays(trainer.step, trainer.seconds)
        began, rate = time.monotonic() - trainer.seconds, 0.0
        while budget.done(trainer.step, trainer.seconds) < 1 and not stop.is_set():
            if not decays and budget.decays(trainer.step, trainer.seconds):
                decays = True
                save_checkpoint(trainer.state(), self._folder / STABLE)
            rate = config.learning_rate * budget.rate(trainer.step, trainer.seconds)
            for name, value in trainer.train_on(next(batches), rate).items():
                self._parts[name] = self._parts.get(name, 0.0) + value
            now = time.monotonic()
            trainer.seconds = now - began
            if now - self._reported_at >= self._intervals.report:
                self._describe(rate, budget, config.batch)
            if now - self._saved_at >= self._intervals.checkpoint:
                self._save()
            if now - self._validated_at >= self._intervals.validation:
                self._validate(data)
        self._describe(rate, budget, config.batch)
        if stop.is_set():
            self._save()
            return None
        scores = self._validate(data)
        self._save()
        return scores

    def _describe(self, rate: float, budget: Budget, batch: int) -> None:
        trainer = self._trainer
        steps = trainer.step - self._parts_from
        if not steps:
            return
        now = time.monotonic()
        speed = steps * batch / max(now - self._reported_at, 1e-9)
        means = {name: round(float(total) / steps, 5) for name, total in self._parts.items()}
        record = {"step": trainer.step, "learning_rate": rate, **means, "pictures_a_second": speed}
        self._history.add({**record, "pictures_a_second": round(speed, 1)})
        done = budget.done(trainer.step, trainer.seconds)
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in means.items())
        self._report(f"{done:6.1%} step {trainer.step}: {numbers}, {speed:.0f} pictures/s")
        self._parts, self._parts_from, self._reported_at = {}, trainer.step, now

    def _save(self) -> None:
        save_checkpoint(self._trainer.state(), self._folder / CHECKPOINT)
        self._history.draw(self._folder / CURVES)
        self._saved_at = time.monotonic()

    def _validate(self, data: CropBatches) -> Scores:
        self._trainer.count_statistics(data)
        scores, sheet = self._validator(self._trainer.average)
        before = [record["ciede2000"] for record in self._history.records if "share" in record]
        if scores.ciede2000 < min(before, default=math.inf):
            save_checkpoint(self._trainer.state(), self._folder / BEST)
        self._history.add({"step": self._trainer.step, **scores.as_json()})
        self._history.draw(self._folder / CURVES)
        # Encoded in memory, since cv2 cannot write to every path on Windows.
        (self._folder / SHEET).write_bytes(cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())
        self._report(
            f"validation at step {self._trainer.step}: {scores.psnr:.2f} dB (grey "
            f"{scores.grey_psnr:.2f}), CIEDE2000 {scores.ciede2000:.2f} (grey "
            f"{scores.grey_ciede2000:.2f}), colourfulness {scores.share:.0%} of the truth's"
        )
        self._validated_at = time.monotonic()
        return scores
