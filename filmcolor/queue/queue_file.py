"""The file in which a queue is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from filmcolor.api.command_line import colorize_command
from filmcolor.errors import OutputError
from filmcolor.queue.queued_film import State
from filmcolor.system.outputs import write_durably
from filmcolor.wording.reasons import reason_of

FOLDER: Final = ".filmcolor-queue"
"""Hidden, in the folder of the queue; the lock of whoever works on it lies there, too."""
_NAME: Final = "queue.json"
_LARGEST = 64 << 20


class Entry(BaseModel):
    """A film of the queue, as it is kept."""

    model_config = ConfigDict(extra="forbid")

    id: str
    source: str
    output: str | None
    options: dict[str, Any]
    """Keyword arguments of `filmcolor.colorize`."""
    state: State = "waiting"
    result: str | None = None
    """Where the result goes, once that is known."""
    frames: int = 0
    total: int | None = None
    notes: list[str] = []
    reason: str = ""

    @property
    def command(self) -> str:
        """The command line that does the same."""
        output = None if self.output is None else Path(self.output)
        return colorize_command(Path(self.source), output, self.options)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    films: list[Entry] = []


def read_queue(folder: Path) -> list[Entry]:
    """Return the films of the queue of a folder; none where there is no queue.

    Raises `OutputError` when its file is damaged.
    """
    path = folder / FOLDER / _NAME
    try:
        if path.stat().st_size > _LARGEST:
            raise OutputError(f"{path}: too large for a queue; remove it.", file=path)
        return _File.model_validate_json(path.read_bytes()).films
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)}).", file=path) from error
    except (ValidationError, RecursionError) as error:
        raise OutputError(
            f"{path}: is no queue that this version of filmcolor can read; remove it.", file=path
        ) from error


def write_queue(folder: Path, films: list[Entry]) -> None:
    """Write the queue of a folder, in one step; raises `OutputError` when that fails."""
    data = _File(films=films).model_dump_json(indent=1) + "\n"
    write_durably(folder / FOLDER / _NAME, data.encode())
