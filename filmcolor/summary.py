"""What a run reports: progress on the way, and a summary at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    done: int
    """Frames finished."""
    total: int | None
    """Frames in all, as far as the film's container tells; None where it does not."""


ProgressCallback = Callable[[Progress], None]


@dataclass
class Summary:
    """What was done for one film or picture."""

    input: Path
    output: Path
    frames: int = 0
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
    warnings: list[str] = field(default_factory=list)
    """Sentences about everything that is not as in the source."""

    @property
    def fps(self) -> float:
        """Frames per second of wall-clock time."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the summary as plain values for `json.dumps`."""
        values = asdict(self)
        values["input"], values["output"] = str(self.input), str(self.output)
        values["seconds"] = round(self.seconds, 3)
        values["duration"] = round(self.duration, 6)
        values["fps"] = round(self.fps, 2)
        return values
