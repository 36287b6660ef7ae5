"""Networks that a plan names for single shots: found before work begins, and part of the run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import filmcolor
from benchmarks.networks.tiny import write_network
from filmcolor.errors import NetworkError, OutputError
from filmcolor.jobs.resume import finish
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.networks import Network
from filmcolor.summary import Progress
from tests.jobs.films import SHOTS, assert_same_film, hidden

FAST: dict[str, Any] = {"codec": "ffv1", "segment_seconds": 0.6}


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The network of all shots but the second."""
    return write_network(tmp_path / "other.onnx")


@pytest.fixture
def plan(film: Path, tmp_path: Path, network_file: Path) -> Path:
    """A plan whose second shot has a network file of its own."""
    path = tmp_path / "plan.json"
    filmcolor.find_shots(film, path)
    values = json.loads(path.read_text(encoding="utf-8"))
    assert [shot["number"] for shot in values["shots"]] == [1, 2]
    own = tmp_path / "own.onnx"
    shutil.copy(network_file, own)
    values["shots"][1]["settings"] = {"network": str(own)}
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_a_missing_network_is_said_before_the_first_frame(
    film: Path, plan: Path, tmp_path: Path, network: Network, workers: int
) -> None:
    plan.write_text(plan.read_text("utf-8").replace("own.onnx", "onw.onnx"), "utf-8")
    seen: list[Progress] = []
    with pytest.raises(NetworkError, match=r"^shot 2 of the plan: .*onw\.onnx"):
        filmcolor.colorize(
            film,
            tmp_path / "r.mkv",
            plan=plan,
            network=network,
            workers=workers,
            progress=seen.append,
        )
    assert seen == []
    assert hidden(tmp_path) == []


def test_it_belongs_to_the_run(film: Path, plan: Path, tmp_path: Path, other: Path) -> None:
    whole, broken = tmp_path / "whole.mkv", tmp_path / "broken.mkv"
    filmcolor.colorize(film, whole, plan=plan, model=str(other), **FAST)

    def interrupt(state: Progress) -> None:
        if state.phase == "color" and state.done == sum(SHOTS) - 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(film, broken, plan=plan, model=str(other), progress=interrupt, **FAST)
    own, kept = tmp_path / "own.onnx", (tmp_path / "own.onnx").read_bytes()
    shutil.copy(other, own)
    with pytest.raises(OutputError, match=r"begun with model own \(now own of other weights"):
        filmcolor.colorize(film, broken, plan=plan, model=str(other), **FAST)
    own.write_bytes(kept)
    assert finish(find_unfinished([broken])[0]).frames_before > 0
    assert_same_film(whole, broken)


def test_workers_use_it(film: Path, plan: Path, tmp_path: Path, other: Path) -> None:
    one, two = tmp_path / "one.mkv", tmp_path / "two.mkv"
    filmcolor.colorize(film, one, plan=plan, model=str(other), **FAST)
    filmcolor.colorize(film, two, plan=plan, model=str(other), workers=2, **FAST)
    assert_same_film(one, two)
