"""What a run reports: progress on the way, and a summary at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Phase = Literal["plan", "keyframes", "color"]


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    done: int
    """Frames finished."""
    total: int | None
    """Frames in all, as far as the film's container tells; None where it does not."""
    phase: Phase = "color"
    """What is going on: the quick look for shots, then the one for keyframes, then colouring."""
    note: str = ""
    """A sentence that should be known now, not only when all is done."""


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True)
class Profile:
    """Where the time of a run went."""

    wall_seconds: float
    cpu_seconds: float
    """Of the whole process, all threads, user and system."""
    cores: int
    """Cores that the process may use."""
    stage_seconds: dict[str, float]
    """Wall-clock seconds inside each stage, added up over its threads. The stages run side by
    side; `encode` is the time that the main thread is inside the encoder, which has threads of
    its own, and `network` the time inside the network's engine, which has too."""

    @property
    def busy(self) -> float:
        """Part of the cores' time that was used, 0..1."""
        available = self.wall_seconds * self.cores
        return self.cpu_seconds / available if available > 0 else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the profile as plain values for `json.dumps`."""
        return {
            "wall_seconds": round(self.wall_seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
            "cores": self.cores,
            "busy": round(self.busy, 3),
            "stage_seconds": {name: round(s, 3) for name, s in self.stage_seconds.items()},
        }


@dataclass
class Summary:
    """What was done for one film or picture."""

    input: Path
    output: Path
    frames: int = 0
    frames_before: int = 0
    """How many of them an earlier, unfinished run had done."""
    seconds: float = 0.0
    """Wall-clock time of the run, in seconds."""
    duration: float = 0.0
    """Length of the result in seconds."""
    network: str = ""
    engine: str = ""
    """Engine and precision, such as `onnxruntime f32`."""
    method: str = ""
    codec: str = ""
    pix_fmt: str = ""
    shots: int | None = None
    """Shots of the film; None where the method does not ask for them."""
    segments: int = 0
    """In how many pieces the film was coloured; 0 for pictures."""
    network_passes: int = 0
    """How many frames the network saw."""
    profile: Profile | None = None
    """Where the time went."""
    warnings: list[str] = field(default_factory=list)
    """Sentences about everything that is not as in the source."""
    nodes: dict[str, float] = field(default_factory=dict)
    """Seconds that each computer of a farm worked on it; empty without one."""

    @property
    def fps(self) -> float:
        """Frames of this run per second of wall-clock time."""
        return (self.frames - self.frames_before) / self.seconds if self.seconds > 0 else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the summary as plain values for `json.dumps`."""
        values = asdict(self)
        values["input"], values["output"] = str(self.input), str(self.output)
        values["seconds"] = round(self.seconds, 3)
        values["duration"] = round(self.duration, 6)
        values["fps"] = round(self.fps, 2)
        values["profile"] = None if self.profile is None else self.profile.as_json()
        return values
