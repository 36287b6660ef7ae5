"""Count what is found of generated cards, and which shots of films are taken for one.

    python -m benchmarks.titles [FOLDER...] [--cards 100] [--fonts FOLDER]

Of real films every shot is named that is not called a shot: look at those.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.titles.cards import aged, bars, leader, text_card
from filmcolor.color.shrink import shrink
from filmcolor.errors import FilmcolorError
from filmcolor.media.opening import open_source
from filmcolor.planning.detection.titles import kind_of_shot
from filmcolor.planning.planner import plan_film
from filmcolor.planning.shot import ShotKind
from filmcolor.settings import SourceSettings

_LONG_SIDE = 256
_FRAMES = 5


def generated(count: int, fonts: Sequence[Path], seed: int = 5) -> dict[str, Counter[ShotKind]]:
    """Return for each kind of card as what it was seen."""
    rng = np.random.default_rng(seed)
    found: dict[str, Counter[ShotKind]] = {}
    for _ in range(count):
        card, test_picture = text_card(rng, fonts=fonts), bars(rng)
        countdown = iter([leader(rng, number) for number in (7, 6, 5)])
        films = {
            "cards": aged(partial(np.copy, card), rng),
            "cards that fade": aged(partial(np.copy, card), rng, fade=True),
            "leaders": aged(partial(next, countdown), rng),
            "bars": aged(partial(np.copy, test_picture), rng),
        }
        for name, frames in films.items():
            found.setdefault(name, Counter())[kind_of_shot(frames)] += 1
    return found


def kinds_in_film(path: Path) -> list[tuple[str, ShotKind]]:
    """Return the timecode and kind of each shot of a film."""
    with closing(open_source(path, SourceSettings())) as source:
        info = source.info
        shots = plan_film(source.reopen()).shots
        scale = _LONG_SIDE / max(info.height, info.width)
        size = round(info.height * scale), round(info.width * scale)
        wanted = {
            shot.first_frame + int((k + 0.5) * shot.frames / _FRAMES): number
            for number, shot in enumerate(shots)
            for k in range(_FRAMES)
        }
        keyframes: list[list[np.ndarray]] = [[] for _ in shots]
        for index, frame in enumerate(source.frames()):
            if index in wanted:
                small = shrink(frame.luma, info.encoding.depth, *size)
                keyframes[wanted[index]].append(small)
    return [
        (shot.time, kind_of_shot(frames))
        for shot, frames in zip(shots, keyframes, strict=True)
        if frames
    ]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.titles", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--cards", type=int, default=100)
    parser.add_argument("--fonts", type=Path, help="folder with TrueType fonts")
    options = parser.parse_args()
    fonts = sorted(options.fonts.rglob("*.ttf")) if options.fonts else ()
    for name, seen in generated(options.cards, fonts).items():
        print(f"{name:16}", ", ".join(f"{kind} {count}" for kind, count in seen.most_common()))
    films = shots = 0
    for path in sorted(path for folder in options.folders for path in folder.rglob("*.*")):
        try:
            kinds = kinds_in_film(path)
        except FilmcolorError:
            continue
        films, shots = films + 1, shots + len(kinds)
        for number, (time, kind) in enumerate(kinds, 1):
            if kind != "shot":
                print(f"{path.name} shot {number} at {time}: {kind}")
    if options.folders:
        print(f"{shots} shots of {films} films")


if __name__ == "__main__":
    main()
