"""What a node of a farm is asked to do, and what it answers: plain values, no objects."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Step = Literal["look", "color"]


@dataclass(frozen=True)
class Stage:
    """Where a node finds all that it needs for a task, when it sees no folder of the others."""

    address: str
    """Of the storage."""
    film: str
    """The name of the film's folder there."""
    files: str
    """The checksum of the list of its files, see `filmcolor.jobs.farm.staged_job.StagedJob`."""


@dataclass(frozen=True)
class FarmTask:
    """One step of one film."""

    step: Step
    """`look`: find its shots and colour its keyframes. `color`: colour a piece."""
    folder: str
    """Its work folder, as the coordinator sees it."""
    film: str
    """The name of the film, for people."""
    number: int = 0
    """Of the piece."""
    shots: str = ""
    """Which shots these are, for people."""
    state: str = ""
    """A checksum of all on which the outcome depends: film, settings, plan, network."""
    paths: tuple[tuple[str, str], ...] = ()
    """Beginnings of paths here, and what stands in their place on nodes."""
    versions: dict[str, str] = field(default_factory=dict)
    """The coordinator's; others give other films."""
    stage: Stage | None = None
    """None: nodes see the folders themselves."""
    copy: int = 0
    """How often this was asked for before: copies are tasks of their own."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The name of the task, also for people who look at Dask's dashboard."""
        said = json.dumps([self.state, self.folder, self.step, self.number, self.copy])
        what = self.shots or ("shots and keyframes" if self.step == "look" else str(self.number))
        return (self.step, self.film, what, hashlib.sha256(said.encode()).hexdigest()[:32])

    @property
    def words(self) -> str:
        """What it is, for people."""
        return f"{self.film}, {self.key[2]}"

    def as_json(self) -> dict[str, Any]:
        """Return plain values, from which `FarmTask.of` makes the same again."""
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, Any]) -> FarmTask:
        """Return the task of which `as_json` told."""
        paths = tuple((here, there) for here, there in values["paths"])
        stage = None if values["stage"] is None else Stage(**values["stage"])
        return cls(**{**values, "paths": paths, "stage": stage})


Trouble = Literal["film", "unfit", "killed", "stopped"]


@dataclass(frozen=True)
class FarmAnswer:
    """What became of a task on a node."""

    node: str
    """The name of the computer."""
    worker: str
    """The address of the worker."""
    seconds: float
    cpu_seconds: float = 0.0
    frames: int = 0
    """Coloured now, not before."""
    trouble: Trouble | None = None
    """film: an error like any. unfit: this node cannot do such tasks. killed: the process is gone.
    stopped: somebody else was quicker, or the coordinator did not want it any more."""
    message: str = ""
