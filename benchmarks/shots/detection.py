"""Measures how well shots are found, on labelled films and on films put together from them.

    python -m benchmarks.shots FOLDER... [--films 12] [--half tuning|held-out] [--seed 0]

`FOLDER` holds the films that `labels.json` names; those that are there are used. Prints
precision, recall and F1 of filmcolor and, where it can be imported, of PySceneDetect's detectors.
A cut counts as found within one frame, a fade or dissolve anywhere inside it. The thresholds of
all were chosen on the tuning half (every other film by name) with seed 0.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.shots.films import FilmMaker, LabelledFilm, Transition, read_films, shots_of
from benchmarks.shots.pyscenedetect import detectors as peers
from filmcolor.planning.shots import ShotDetector

Detector = Callable[[Sequence[NDArray[np.uint8]], Sequence[Fraction]], list[int]]
"""From thumbnails and times to the first frames of new shots."""

SLACK = {"cut": 1, "dissolve": 3, "fade": 3, "other": 3}
"""Frames by which a join may lie outside the transition."""


@dataclass
class Score:
    """How many joins were found."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: Score) -> Score:
        """Return the sum."""
        return Score(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """Share of the joins found that are right."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of the joins that were found."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


def own(frames: Sequence[NDArray[np.uint8]], times: Sequence[Fraction]) -> list[int]:
    """Find shots with filmcolor."""
    detector = ShotDetector()
    for frame, at in zip(frames, times, strict=True):
        detector.add(frame, at)
    return [join.position for join in detector.joins()]


def compare(
    found: Sequence[int], known: Sequence[Transition]
) -> tuple[dict[str, Score], list[int], list[Transition]]:
    """Return a score for each kind of transition (`none`: found where nothing is), what was found
    wrongly, and what was missed."""
    scores: dict[str, Score] = {}
    open_ones = list(known)
    wrong = []
    for position in found:
        fitting = [
            t for t in known if t.first - SLACK[t.kind] <= position <= t.last + SLACK[t.kind]
        ]
        free = [t for t in fitting if t in open_ones]
        if free:
            best = min(free, key=lambda t: (t.kind != "cut", t.last - t.first))
            open_ones.remove(best)
            if best.kind != "other":
                scores[best.kind] = scores.get(best.kind, Score()) + Score(right=1)
        elif not any(t.kind == "other" for t in fitting):
            wrong.append(position)
            scores["none"] = scores.get("none", Score()) + Score(wrong=1)
    missed = [t for t in open_ones if t.kind != "other"]
    for t in missed:
        scores[t.kind] = scores.get(t.kind, Score()) + Score(missed=1)
    return scores, wrong, missed


def measure(
    detector: Detector, films: Sequence[LabelledFilm], verbose: bool
) -> tuple[dict[str, Score], float]:
    """Return the scores over all films, and milliseconds a frame."""
    total: dict[str, Score] = {}
    seconds, frames = 0.0, 0
    for film in films:
        began = time.perf_counter()
        found = detector(film.frames, film.times)
        seconds += time.perf_counter() - began
        frames += len(film.frames)
        scores, wrong, missed = compare(found, film.transitions)
        for kind, score in scores.items():
            total[kind] = total.get(kind, Score()) + score
        if verbose and (wrong or missed):
            lost = [(t.kind, t.first, t.last) for t in missed]
            print(f"    {film.name}: wrong {wrong}, missed {lost}")
    return total, 1000 * seconds / max(1, frames)


def report(name: str, scores: dict[str, Score], cost: float) -> None:
    """Print one line."""
    everything = sum(scores.values(), Score())
    kinds = ", ".join(
        f"{kind} {scores[kind].right}/{scores[kind].right + scores[kind].missed}"
        for kind in ("cut", "dissolve", "fade")
        if kind in scores
    )
    print(
        f"  {name:24} P {everything.precision:.3f}  R {everything.recall:.3f}  "
        f"F1 {everything.f1:.3f}  {kinds}, wrong {everything.wrong}  {cost:.2f} ms a frame"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.shots", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--films", type=int, default=12, help="films to put together, per age")
    parser.add_argument("--half", choices=["tuning", "held-out", "all"], default="all")
    parser.add_argument("--seed", type=int, default=0, help="of the films that are put together")
    parser.add_argument("--verbose", action="store_true", help="say what was wrong or missed")
    options = parser.parse_args(arguments)
    real = sorted(read_films(options.folders), key=lambda film: film.name)
    if options.half != "all":
        real = real[0 if options.half == "tuning" else 1 :: 2]
    shots = [shot for film in real for shot in shots_of(film)]
    made = {
        word: [
            FilmMaker(shots, options.seed + 100 * age + number).film(f"{word} {number}", age)
            for number in range(options.films)
        ]
        for age, word in enumerate(("clean", "worn", "bad"))
    }
    detectors: dict[str, Detector] = {"filmcolor": own} | peers()
    for title, films in {
        "labelled films": real,
        **{f"put together, {word}": films for word, films in made.items()},
    }.items():
        count = sum(len(film.frames) for film in films)
        print(f"{title}: {len(films)} films, {count} frames")
        for name, detector in detectors.items():
            report(name, *measure(detector, films, options.verbose))
