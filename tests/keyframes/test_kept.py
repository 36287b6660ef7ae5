"""Given colours belong to a run: it is resumed with the same ones, and with no others."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import filmcolor
from filmcolor.errors import OutputError
from filmcolor.jobs.resume import finish
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.jobs.work import work_place
from filmcolor.networks import Network
from filmcolor.planning.plan_file import read_plan
from filmcolor.summary import Progress
from tests.coloring.films import film_of, texture
from tests.jobs.films import assert_same_film

SIZE = 48, 64


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = [texture(SIZE, seed, 120) for seed in (1, 2) for _ in range(20)]
    return film_of(tmp_path_factory.mktemp("film") / "film.mkv", pictures)


def given(color: tuple[float, float], pts: int = 400) -> filmcolor.Given:
    weight = np.zeros(SIZE, np.float32)
    weight[10:30, 10:40] = 1
    return filmcolor.Given(
        1, pts, filmcolor.GivenColors(np.full((*SIZE, 2), color, np.float32), weight)
    )


def color(film: Path, output: Path, network: Network, **options: Any) -> None:
    filmcolor.colorize(film, output, network=network, codec="ffv1", segment_seconds=0.4, **options)


def stopping(at: int) -> Any:
    def progress(state: Progress) -> None:
        if state.phase == "color" and state.done == at:
            raise KeyboardInterrupt

    return progress


def test_resuming_needs_nothing_but_the_work_folder(
    film: Path, tmp_path: Path, quick_network: Network
) -> None:
    whole, broken = tmp_path / "whole.mkv", tmp_path / "broken.mkv"
    wanted: dict[str, Any] = {
        "keyframes": [given((30, -20))],
        "shots": {2: {"saturation": 0.5}},
    }
    color(film, whole, quick_network, **wanted)
    with pytest.raises(KeyboardInterrupt):
        color(film, broken, quick_network, progress=stopping(25), **wanted)
    for other, said in (
        ({}, "colours given to 1 keyframe .now colours given to none.|settings of single shots"),
        (wanted | {"keyframes": [given((30, -21))]}, "other colours given to keyframes"),
        (wanted | {"shots": {2: {"saturation": 0.4}}}, "other settings of single shots"),
    ):
        with pytest.raises(OutputError, match=said):
            color(film, broken, quick_network, **other)
    # The colour script is lost, too: what was given comes from the work folder.
    shutil.rmtree(work_place(broken) / "script")
    (unfinished,) = find_unfinished([broken])
    finish(unfinished)
    assert_same_film(whole, broken)


def test_lost_colors_are_told(film: Path, tmp_path: Path, quick_network: Network) -> None:
    output = tmp_path / "result.mkv"
    with pytest.raises(KeyboardInterrupt):
        color(film, output, quick_network, progress=stopping(25), keyframes=[given((30, -20))])
    (kept,) = work_place(output).glob("given-*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    (unfinished,) = find_unfinished([output])
    with pytest.raises(OutputError, match="missing or damaged; repeat the command"):
        finish(unfinished)
    color(film, output, quick_network, keyframes=[given((30, -20))])


def test_a_given_frame_becomes_a_keyframe(
    film: Path, tmp_path: Path, quick_network: Network
) -> None:
    plan = filmcolor.find_shots(film, rooms=False)
    pts = {keyframe.pts for shot in plan.shots for keyframe in shot.keyframes}
    at = next(each for each in range(40, 800, 40) if each not in pts)
    with pytest.raises(KeyboardInterrupt):
        color(
            film,
            tmp_path / "r.mkv",
            quick_network,
            progress=stopping(25),
            keyframes=[given((30, -20), at)],
        )
    kept = read_plan(work_place(tmp_path / "r.mkv") / "plan.json")
    assert {k.pts for shot in kept.shots for k in shot.keyframes} == pts | {at}
