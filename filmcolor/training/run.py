"""A training run: a folder that holds everything about it, and from which it goes on.

config.json      what was chosen
data.json        which pictures, and their checksum
pictures/        the pictures, decoded (and validation-pictures/)
checkpoint.pt    the state to go on from
stable.pt        the state when the learning rate began to fall; a longer budget goes on there
best.pt          the state whose held-out pictures were best, in CIEDE2000; with learning by heart
                 it is not the last one (filmcolor train export RUN --checkpoint best.pt), and with
                 patience the run ends soon after
history.jsonl    what was reported; curves.png shows it
validation.png   what the network makes of pictures that it has never seen
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch

from filmcolor.errors import UsageError
from filmcolor.events import (
    CancelToken,
    Events,
    Listener,
    Note,
    check_cancelled,
    stopped_by,
)
from filmcolor.system.cpu import available_cores
from filmcolor.training.architectures import build_network
from filmcolor.training.checkpoint import load_checkpoint
from filmcolor.training.color_net import ColorNet
from filmcolor.training.config import Computing, TrainConfig, load_config, make_config
from filmcolor.training.crops import CropBatches
from filmcolor.training.history import History
from filmcolor.training.initial import TakenOver, load_weights
from filmcolor.training.loop import CHECKPOINT, STABLE, Intervals, Loop
from filmcolor.training.photo_sources import RGB
from filmcolor.training.photo_store import PhotoStore, build_store, open_store
from filmcolor.training.pretrained import load_pretrained
from filmcolor.training.schedule import Budget
from filmcolor.training.trainer import Machine, Trainer
from filmcolor.training.validation import Scores, Validator

CONFIG, DATA, HISTORY = "config.json", "data.json", "history.jsonl"
_BUDGET = frozenset({"minutes", "epochs", "decay", "patience"})
_TELL_EVERY = 2000


@dataclass(frozen=True)
class RunSummary:
    """How far a run has come; `scores` are there when its budget has ended in this call."""

    folder: Path
    step: int
    finished: bool
    scores: Scores | None

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        scores = None if self.scores is None else self.scores.as_json()
        return {
            "run": str(self.folder),
            "step": self.step,
            "finished": self.finished,
            "scores": scores,
        }

    def as_line(self) -> str:
        """Return a line for people."""
        if self.finished:
            return f"{self.folder}: finished after {self.step} steps"
        return f"{self.folder}: stopped after {self.step} steps; the same command goes on"


def train(
    folder: Path,
    sources: Sequence[Path],
    choices: Mapping[str, Any],
    *,
    config_file: Path | None = None,
    initial: Path | None = None,
    pretrained: bool = False,
    validation: Sequence[Path] = (),
    computing: Computing | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
) -> RunSummary:
    """Train a network, or go on with a run.

    SIGINT, SIGTERM and `cancel` end it after the step that is being done; the state is kept, and
    the same call goes on from there. With a budget in epochs, a run that was stopped or killed
    ends with exactly the weights of one that was not (on the same machine).

    Args:
        folder: the run's; made when missing, gone on from when it holds a run.
        sources: see `filmcolor.training.photo_sources.read_pictures`; may be empty where the
            pictures are decoded already.
        choices: fields of `TrainConfig`. For a run that exists only the budget may change.
        config_file: what holds where `choices` says nothing, for a new run.
        initial: weights that a new run starts from, see `filmcolor.training.initial`.
        pretrained: whether a new run starts with an encoder from ImageNet, see
            `filmcolor.training.pretrained`.
        validation: pictures to validate on, like `sources`; none: some are held out of `sources`.
        computing: how to compute it.
        listeners: each called with every event: `StepsDone`, `Validated` and `Note`, see
            `filmcolor.events`.
        cancel: by which another thread stops it.

    Raises:
        CancelledError: it was cancelled before there was anything to keep.
        InputError: a source, or what the folder holds, cannot be read.
        UsageError: choices make no sense or contradict the run's own.
    """
    computing, events = computing or Computing(), Events(listeners)
    config = _settled(folder, choices, config_file)
    machine = _machine(computing)
    network = _new_network(config)
    exists = (folder / CHECKPOINT).exists()
    taken_over = None if exists else _start(network, initial, pretrained)
    events.tell(Note(machine.as_line()))
    stores = computing.pictures or folder
    with stopped_by(cancel):
        store = _store(stores / "pictures", sources, events)
    if validation or (stores / "validation-pictures").exists():
        with stopped_by(cancel):
            held_out = _store(stores / "validation-pictures", validation, events)
        shown = _spread(held_out, np.arange(len(held_out)), config.held_out)
        numbers = np.arange(len(store))
    else:
        shuffled = np.random.default_rng([config.seed, 4]).permutation(len(store))
        count = min(config.held_out, len(store) // 10 + 1)
        shown, numbers = _spread(store, np.sort(shuffled[:count]), count), shuffled[count:]
        if not len(numbers):
            raise UsageError(f"{stores}: one picture is too few to train on.")
    budget = Budget.of(config, len(numbers))
    data = CropBatches(store, np.sort(numbers), config)
    trainer = Trainer(network, data, config, machine)
    if exists:
        _resume(folder, trainer, budget, machine.device)
        events.tell(Note(f"{folder}: going on from step {trainer.step}"))
    elif taken_over is not None:
        trainer.take_over_price(taken_over.price)
        events.tell(Note(taken_over.sentence))
    folder.mkdir(parents=True, exist_ok=True)
    config.save(folder / CONFIG)
    facts = {"digest": store.digest, "pictures": len(numbers), "held_out": len(shown)}
    (folder / DATA).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    history = History(folder / HISTORY)
    history.forget_after(trainer.step)
    validator = Validator(shown, config, machine.device, half=machine.half)
    intervals = Intervals(
        checkpoint=60 * computing.checkpoint_minutes, validation=60 * computing.validation_minutes
    )
    loop = Loop(folder, trainer, validator, history, intervals, events)
    with _stop_on_signals() as signalled:
        # Not within `stopped_by`: nothing may end the step, or the saving of the state, half way.
        scores = loop.run(
            data,
            config,
            budget,
            machine,
            lambda: signalled.is_set() or (cancel is not None and cancel.is_cancelled),
        )
    return RunSummary(folder, trainer.step, loop.finished(config, budget), scores)


def _new_network(config: TrainConfig) -> ColorNet:
    torch.manual_seed(config.seed)
    network = build_network(config.arch, config.dropout, config.stochastic_depth)
    if network.pretrained_part() is None:
        for name in ("stochastic_depth", "encoder_rate", "freeze_encoder"):
            if getattr(config, name) != TrainConfig.model_fields[name].default:
                raise UsageError(
                    f"`{name}`: {config.arch} has no encoder of its own to treat "
                    "apart; take `arch` efficientnet-lite2."
                )
    return network


def _start(network: ColorNet, initial: Path | None, pretrained: bool) -> TakenOver | None:
    """Give a new run's network the weights that it is to start from."""
    if pretrained and initial is not None:
        raise UsageError("Give either `init` or `pretrained`: both say what to start from.")
    if pretrained:
        return load_pretrained(network)
    return None if initial is None else load_weights(network, initial)


def _settled(folder: Path, choices: Mapping[str, Any], config_file: Path | None) -> TrainConfig:
    """Return the configuration of a new run, or of one that exists with its budget renewed."""
    if not (folder / CONFIG).exists():
        base = load_config(config_file) if config_file is not None else TrainConfig()
        return make_config(base, choices)
    config = load_config(folder / CONFIG)
    wanted = make_config(config, choices)
    for name in choices:
        if name not in _BUDGET and getattr(wanted, name) != getattr(config, name):
            raise UsageError(
                f"{folder}: this run has {name.replace('_', '-')} {getattr(config, name)}; "
                "name another folder for another run."
            )
    return wanted


def _machine(computing: Computing) -> Machine:
    threads = computing.threads or available_cores()
    torch.set_num_threads(threads)
    cuda = torch.cuda.is_available()
    if computing.device == "cuda" and not cuda:
        raise UsageError("`device` cuda: PyTorch finds no such device here; take cpu or auto.")
    device = torch.device("cuda" if cuda and computing.device != "cpu" else "cpu")
    on_cuda = device.type == "cuda"
    has_bfloat16 = torch.cuda.is_bf16_supported() if on_cuda else _cpu_has_bfloat16()
    half = has_bfloat16 and computing.precision != "f32"
    workers = computing.workers
    if workers is None:
        workers = 1 if device.type == "cpu" else max(1, min(8, threads - 1))
    return Machine(device, half, workers, threads)


def _cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; without that it is slower than float32."""
    return any(
        bool(getattr(torch.cpu, name, bool)())
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )


def _store(folder: Path, sources: Sequence[Path], events: Events) -> PhotoStore:
    if not sources:
        if not folder.exists():
            raise UsageError(f"{folder}: there are no pictures yet; name some to train on.")
        return open_store(folder)

    def tell(count: int) -> None:
        if count % _TELL_EVERY == 0:
            events.tell(Note(f"{count} pictures decoded"))
        check_cancelled()

    return build_store(folder, sources, tell)


def _spread(store: PhotoStore, numbers: np.ndarray[Any, Any], count: int) -> list[RGB]:
    """Return `count` pictures, evenly spread over those with the given numbers."""
    places = np.linspace(0, len(numbers) - 1, min(count, len(numbers)))
    return [store[int(numbers[int(place)])] for place in places]


def _resume(folder: Path, trainer: Trainer, budget: Budget, device: torch.device) -> None:
    trainer.restore(load_checkpoint(folder / CHECKPOINT, device))
    if not (folder / STABLE).exists():
        return
    stable = load_checkpoint(folder / STABLE, device)
    if not budget.decays(stable.step, stable.seconds):
        # A longer budget: back to before the decay, whose end is kept under a name of its own.
        (folder / CHECKPOINT).replace(folder / f"checkpoint-{trainer.step}.pt")
        (folder / STABLE).replace(folder / CHECKPOINT)
        trainer.restore(stable)


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """Provide an event that SIGINT and SIGTERM set (in the main thread; elsewhere nothing does)."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def request(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
