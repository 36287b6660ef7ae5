"""Put films together whose places come back, and count which shots are grouped rightly.

    python -m benchmarks.rooms FOLDER... [--films 40] [--boxed] [--model lite]

Precision and recall are of pairs of shots. `chosen` is the threshold that has the best recall at a
precision of 0.98 on films made of one half of the places; `there` are its figures on films made of
the other half.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.rooms.parts import Labels, Part, read_parts
from filmcolor.networks import load_network
from filmcolor.script.rooms import THRESHOLD, find_rooms

_THRESHOLDS = (0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4)
_WANTED_PRECISION = 0.98


@dataclass
class Pairs:
    """Pairs of shots, counted."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of the pairs in one room that show one place."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Share of the pairs that show one place that are in one room."""
        return self.right / max(self.right + self.missed, 1)

    def __str__(self) -> str:
        """Both, and how many were wrong."""
        return f"precision {self.precision:.4f} recall {self.recall:.4f} ({self.wrong} wrong)"


def films_of(parts: Sequence[Part], count: int, seed: int) -> Iterator[list[Part]]:
    """Yield films: parts of 2 to 14 places in any order, 40 shots at most."""
    rng = np.random.default_rng(seed)
    places = sorted({part.place for part in parts})
    for _ in range(count):
        some = rng.choice(places, min(len(places), int(rng.integers(2, 15))), replace=False)
        film = [part for part in parts if part.place in some]
        yield [film[i] for i in rng.permutation(len(film))[:40]]


def count_pairs(films: Sequence[Sequence[Part]], threshold: float) -> Pairs:
    """Group each film's shots and count the pairs of all of them."""
    labels, pairs = Labels(), Pairs()
    for film in films:
        rooms = find_rooms([part.keyframes for part in film], threshold=threshold)
        for i, one in enumerate(film):
            for j, other in enumerate(film[:i]):
                if not labels.counts(one, other):
                    continue
                grouped = rooms[i] is not None and rooms[i] == rooms[j]
                same = one.place == other.place
                pairs.right += grouped and same
                pairs.wrong += grouped and not same
                pairs.missed += same and not grouped
    return pairs


def _best_threshold(films: Sequence[Sequence[Part]]) -> float:
    counted = {threshold: count_pairs(films, threshold) for threshold in _THRESHOLDS}
    good = [t for t, pairs in counted.items() if pairs.precision >= _WANTED_PRECISION]
    return max(good, key=lambda threshold: counted[threshold].recall, default=_THRESHOLDS[-1])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rooms", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--films", type=int, default=40)
    parser.add_argument("--boxed", action="store_true", help="black bars beside each picture")
    parser.add_argument("--model", default="lite")
    options = parser.parse_args()
    files = sorted(path for folder in options.folders for path in folder.rglob("*.*"))
    network = load_network(options.model)
    parts = list(read_parts(files, network, boxed=options.boxed))
    films = list(films_of(parts, options.films, seed=3))
    print(f"{len(parts)} parts of {len({part.place for part in parts})} places")
    for threshold in _THRESHOLDS:
        print(f"threshold {threshold:.2f}: {count_pairs(films, threshold)}")
    print(f"all parts as one film: {count_pairs([parts], THRESHOLD)}")
    names = sorted({part.film for part in parts})
    for half in range(2):
        here = [part for part in parts if part.film in names[half::2]]
        there = [part for part in parts if part.film not in names[half::2]]
        chosen = _best_threshold(list(films_of(here, options.films // 2, seed=4)))
        found = count_pairs(list(films_of(there, options.films // 2, seed=5)), chosen)
        print(f"chosen {chosen:.2f} on half {half + 1}; there: {found}")
    many = [parts[i].keyframes for i in np.random.default_rng(0).integers(0, len(parts), 600)]
    began = time.perf_counter()
    find_rooms(many)
    print(f"600 shots of two keyframes: {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
