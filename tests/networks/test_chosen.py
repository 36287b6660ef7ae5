"""On which engine a network runs when nobody names one, and with how many threads."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

import filmcolor
from filmcolor.errors import NetworkError
from filmcolor.networks import installed_engines, load_network
from filmcolor.networks.chosen import load_chosen_network, load_shot_networks, network_threads
from filmcolor.networks.engines.engine import PASSES_AT_ONCE
from filmcolor.planning.shot import ShotSettings
from filmcolor.settings import EngineName, make_settings
from filmcolor.system.cpu import available_cores
from tests.networks.test_cost import network as convolutions


def _engine(**options: str) -> str:
    return load_chosen_network(make_settings(model="lite", **options)).engine


def test_a_small_network_that_sees_only_keyframes_begins_at_once() -> None:
    assert _engine() == _engine(method="propagate") == "onnxruntime"


@pytest.mark.parametrize("method", ["frame", "smooth"])
def test_one_that_sees_every_frame_is_fast(method: str) -> None:
    assert _engine(method=method) == installed_engines()[0]


def test_every_engine_that_can_be_named_is_there_or_can_be_installed() -> None:
    for engine in get_args(EngineName):
        if engine == "auto" or engine in installed_engines():
            load_network("lite", engine=engine)
        else:
            with pytest.raises(NetworkError, match="Install it with"):
                load_network("lite", engine=engine)


@pytest.mark.parametrize("engine", installed_engines())
def test_the_users_engine(engine: str) -> None:
    assert _engine(engine=engine) == engine


def test_films_are_coloured_on_it(tmp_path: Path, grey_clip: Path) -> None:
    output = tmp_path / "r.mp4"
    assert "onnxruntime" in filmcolor.colorize(grey_clip, output, model="lite", end="2f").engine
    every_frame = filmcolor.colorize(
        grey_clip, output, model="lite", end="2f", method="frame", overwrite=True
    )
    assert every_frame.engine.split()[0] == installed_engines()[0]


def test_a_large_network_gets_all_cores(tmp_path: Path) -> None:
    large = convolutions(tmp_path / "large.onnx", [256, 256])
    assert network_threads(large) == available_cores()
    assert network_threads("lite") == max(1, available_cores() // PASSES_AT_ONCE)


def test_the_network_of_a_shot_is_chosen_alike(tmp_path: Path, grey_clip: Path) -> None:
    plan = filmcolor.find_shots(grey_clip)
    shot = plan.shots[0].model_copy(update={"settings": ShotSettings(network="lite")})
    plan = plan.model_copy(update={"shots": (shot,)})
    for method in ("propagate", "frame"):
        loaded = load_shot_networks(plan, make_settings(method=method))
        assert loaded["lite"].engine == _engine(method=method)
