"""How far colours of one place are apart in shots that show it again, before and after they agree.

    python -m benchmarks.rooms.colors FILM...

For films with returning shots, made or real: places of the keyframe that stands for a shot are
found in that of the room's next shot (`filmcolor.script.places`, confidence 0.5 and more), and the
mean distance in ab is taken between them, of the colours that each shot has by itself and of those
in the colour script.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.evaluation.returns import SURE, distance_ab
from filmcolor.media.opening import open_source
from filmcolor.networks import load_network
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.script.color_script import ShotDrafts
from filmcolor.script.grids import averaged
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.places import FeatureScale, PlaceMatch, match_places
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import make_settings


def distances(path: Path, network: FilmNetworks) -> Iterator[tuple[str, float, float]]:
    """Yield pairs of shots, as text, with the distance in ab before and after."""
    settings = make_settings()
    source, script = open_source(path, settings), ScriptInMemory()
    drafts = script.draft
    plan = write_script(ScriptTask(source, plan_film(source), settings, script), network)
    pairs = list(_returns(plan))
    looks = {number: drafts.looks(number) for pair in pairs for number in pair}
    features = {number: look.features for number, look in looks.items() if look is not None}
    if not features:
        return
    scale = FeatureScale.of(features.values())
    for one, other in pairs:
        match = match_places(features[one], features[other], scale)
        sure = match.confidence >= SURE
        if sure.sum() < 20:
            continue
        before = [_draft(drafts, number) for number in (one, other)]
        after = [_final(script, number, looks[number].pts) for number in (one, other)]  # type: ignore[union-attr]
        yield f"{one} and {other}", _apart(before, match), _apart(after, match)


def _returns(plan: Plan) -> Iterator[tuple[int, int]]:
    rooms: dict[int, list[int]] = {}
    for shot in plan.shots:
        if shot.room is not None and shot.kind == "shot":
            rooms.setdefault(shot.room, []).append(shot.number or 1)
    for numbers in rooms.values():
        yield from pairwise(numbers)


def _draft(drafts: ShotDrafts, number: int) -> Floats:
    looks = drafts.looks(number)
    assert looks is not None
    return next(each.ab for each in drafts.of(number) if each.pts == looks.pts)


def _final(script: ScriptInMemory, number: int, pts: int) -> Floats:
    ab = script.ab(number, pts)
    assert ab is not None
    return ab


def _apart(pair: Sequence[Floats], match: PlaceMatch) -> float:
    one, other = pair
    return distance_ab(averaged(one, match.confidence.shape), other, match)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rooms.colors")
    parser.add_argument("films", nargs="+", type=Path)
    network = FilmNetworks(load_network("lite"))
    found: list[tuple[float, float]] = []
    print("| film | shots | before | after |\n| --- | --- | ---: | ---: |")
    for path in parser.parse_args().films:
        for pair, before, after in distances(path, network):
            found.append((before, after))
            print(f"| {path.name} | {pair} | {before:.2f} | {after:.2f} |", flush=True)
    if found:
        means = np.mean(found, axis=0)
        print(f"| mean of {len(found)} | | {means[0]:.2f} | {means[1]:.2f} |")


if __name__ == "__main__":
    main()
