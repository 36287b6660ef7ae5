"""What is asked about one film besides settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filmcolor.api.times import Time
from filmcolor.api.wishes import wishes
from filmcolor.jobs.job import FilmRequest
from filmcolor.media.opening import open_source
from filmcolor.media.positions import resolve_range
from filmcolor.media.timecode import parse_positions
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import ShotSettings
from filmcolor.script.given import Given, Spread
from filmcolor.settings import RunSettings, Settings


@dataclass(frozen=True)
class AskedOfFilm:
    """The arguments of `filmcolor.colorize` that say which part of a film, and how, as given."""

    start: Time | None
    end: Time | None
    plan: str | Path | Plan | None
    shots: Mapping[int, ShotSettings | Mapping[str, Any]] | None
    keyframes: str | Path | Sequence[Given] | None
    spread: Spread | None
    overwrite: bool

    def request(
        self, source: Path, output: Path | None, settings: Settings, running: RunSettings
    ) -> FilmRequest:
        """Open the film and read all that is named; raises as `filmcolor.colorize` does."""
        first, last = parse_positions(self.start, self.end)
        film = open_source(source, settings, strict=running.strict)
        wanted = wishes(film.info, self.plan, self.shots, self.keyframes, self.spread)
        return FilmRequest(
            film,
            output,
            settings,
            resolve_range(film.info, first, last),
            wanted.plan,
            wanted.changes,
            overwrite=self.overwrite,
            run=running,
        )
