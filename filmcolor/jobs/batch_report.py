"""What became of each file of a batch, in the output folder, over all runs that wrote there."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from filmcolor.errors import OutputError
from filmcolor.system.outputs import write_durably
from filmcolor.wording.reasons import reason_of

REPORT_NAME = "report.json"


@dataclass
class BatchResult:
    """What became of one file."""

    input: Path
    output: Path | None
    status: Literal["done", "skipped", "failed"]
    message: str = ""
    frames: int = 0
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    nodes: dict[str, float] = field(default_factory=dict)
    """Seconds that each computer of a farm worked on it; empty without one."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`; `input_path` and `output_path` are absolute."""
        values = asdict(self)
        values["input"] = str(self.input)
        values["output"] = None if self.output is None else str(self.output)
        values["seconds"] = round(self.seconds, 3)
        values["input_path"] = _absolute(self.input)
        values["output_path"] = None if self.output is None else _absolute(self.output)
        return values


class BatchReport:
    """The report in a folder. Files that a later run does not touch stay as they were."""

    def __init__(self, folder: Path) -> None:
        """Read the report of earlier runs; raises `OutputError` where it is no such report."""
        self._path = folder / REPORT_NAME
        self._entries: dict[str, dict[str, Any]] = {}
        for entry in _read(self._path):
            self._entries[entry["input_path"]] = entry

    def done_before(self, path: Path) -> BatchResult | None:
        """Return what an earlier run found about a film whose result is still there."""
        entry = self._entries.get(_absolute(path), {})
        output = entry.get("output_path")
        if not isinstance(output, str) or not Path(output).is_file():
            return None
        return BatchResult(
            path,
            Path(output),
            "skipped",
            "has a result already",
            frames=int(entry.get("frames") or 0),
            seconds=float(entry.get("seconds") or 0),
            warnings=[str(warning) for warning in entry.get("warnings") or ()],
            nodes=dict(entry.get("nodes") or {}),
        )

    def made_from(self, output: Path) -> Path | None:
        """Return the film that a result was made from, where that is known."""
        wanted = _absolute(output)
        for source, entry in self._entries.items():
            if entry.get("output_path") == wanted:
                return Path(source)
        return None

    def enter(self, result: BatchResult) -> None:
        """Enter what became of a file."""
        entry = result.as_json()
        self._entries.pop(entry["input_path"], None)
        self._entries[entry["input_path"]] = entry

    def write(self) -> None:
        """Bring the report on the disk up to date; raises `OutputError` when that fails."""
        counts = Counter(entry.get("status") for entry in self._entries.values())
        report = {
            "done": counts["done"],
            "skipped": counts["skipped"],
            "failed": counts["failed"],
            "files": list(self._entries.values()),
        }
        try:
            text = json.dumps(report, indent=2, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # names that are no UTF-8: as escapes they are still JSON
            text = json.dumps(report, indent=2).encode()
        write_durably(self._path, text)


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100  (a link keeps its own name)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)}).") from error
    try:
        files = json.loads(data.decode("utf-8", "surrogateescape"))["files"]
        entries = [dict(entry) for entry in files]
        for entry in entries:
            entry.setdefault("input_path", _absolute(Path(entry["input"])))
            entry.setdefault("output_path", entry["output"] and _absolute(Path(entry["output"])))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise OutputError(
            f"{path}: not a report of filmcolor, which would write its own there; move it away, "
            "or name another folder."
        ) from error
    yield from entries
