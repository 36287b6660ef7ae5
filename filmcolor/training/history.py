"""What a run has reported so far: lines of JSON, and curves drawn from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from filmcolor.system.atomic_output import atomic_output


class History:
    """The records of a run, one JSON object a line, each with the number of its step."""

    def __init__(self, path: Path) -> None:
        """Go on with the file where it exists."""
        self._path = path
        self.records: list[dict[str, Any]] = []
        if path.exists():
            # A kill may have cut the last line off; its step is done and written again.
            *whole, _ = path.read_text(encoding="utf-8").split("\n")
            self.records = [json.loads(line) for line in whole]

    def forget_after(self, step: int) -> None:
        """Drop what was reported after a step, because the run goes on from there."""
        self.records = [record for record in self.records if record["step"] <= step]
        lines = "".join(json.dumps(record) + "\n" for record in self.records)
        with atomic_output(self._path) as unfinished:
            unfinished.write_text(lines, encoding="utf-8")

    def add(self, record: dict[str, Any]) -> None:
        """Append a record."""
        self.records.append(record)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def validations(self) -> list[dict[str, Any]]:
        """Return the records of validations, in order."""
        return [record for record in self.records if "share" in record]

    def since_best(self) -> int:
        """Return how many validations came after the best one, which is lowest in CIEDE2000."""
        scores = [record["ciede2000"] for record in self.validations()]
        return len(scores) - 1 - scores.index(min(scores)) if scores else 0

    def draw(self, path: Path) -> None:
        """Draw every number that was reported, against steps, as a PNG."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        names = sorted({name for record in self.records for name in record} - {"step", "pictures"})
        if not names:
            return
        columns = min(4, len(names))
        rows = -(-len(names) // columns)
        figure = Figure(figsize=(4 * columns, 2.6 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        for place, name in enumerate(names, 1):
            points = [(r["step"], r[name]) for r in self.records if name in r]
            axes = figure.add_subplot(rows, columns, place)
            axes.plot(*zip(*points, strict=True), linewidth=1)
            axes.set_title(name, fontsize=9)
            axes.tick_params(labelsize=7)
            axes.grid(alpha=0.3)
        figure.savefig(path, dpi=90)
