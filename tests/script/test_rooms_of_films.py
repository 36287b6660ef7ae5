"""Shots that show the same place get the same colours for the same things."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from filmcolor.color.colorspace import Floats
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.networks.look import Look
from filmcolor.planning.plan import Plan
from filmcolor.script.color_script import ColorScript
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.on_disk import ScriptFolder
from filmcolor.script.shot_facts import with_shot_facts
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import make_settings
from tests.coloring.films import cut_at, film_of, texture

SIZE = 96, 128
FRAMES = 8


class Moody:
    """A network that has another opinion of a place each time, but knows it again.

    Its features are what the luma looks like around each place.
    """

    passes_at_once = 1

    def __init__(self, colors: Sequence[tuple[float, float]]) -> None:
        self._colors = list(colors)

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        return SIZE

    def predict(self, L: Floats) -> Floats:
        return self.look(L[0]).ab[None]

    def look(self, L: Floats) -> Look:
        color = self._colors.pop(0)
        ab = np.full((SIZE[0] // 4, SIZE[1] // 4, 2), color, np.float32)
        return Look(ab, None, tuple(_pieces(L, stride) for stride in (16, 8)))


def _pieces(L: Floats, stride: int) -> Floats:
    height, width = L.shape[0] // stride, L.shape[1] // stride
    small = cv2.resize(L, (width * 4, height * 4), interpolation=cv2.INTER_AREA)
    pieces = small.reshape(height, 4, width, 4).transpose(0, 2, 1, 3).reshape(height, width, 16)
    return np.ascontiguousarray(pieces - pieces.mean(axis=2, keepdims=True), np.float32)


@pytest.fixture
def dialogue(tmp_path: Path) -> Path:
    """Two places, shown in turn, and a third one in the end."""
    a, b, c = (texture(SIZE, seed, level=100 + 10 * seed) for seed in (1, 2, 3))
    pictures = [picture for place in (a, b, a, b, c) for picture in [place] * FRAMES]
    return film_of(tmp_path / "dialogue.mkv", pictures)


OPINIONS = [(20.0, 0.0), (0.0, 10.0), (12.0, 8.0), (-8.0, 10.0), (0.0, -20.0)]


def script_of(film: Path, script: ColorScript, plan: Plan) -> Plan:
    task = ScriptTask(FilmReader(probe(film)), plan, make_settings(), script)
    return write_script(task, FilmNetworks(Moody(OPINIONS)))


def mean_colors(script: ColorScript, plan: Plan) -> np.ndarray:
    means = []
    for number, shot in enumerate(plan.shots, 1):
        ab = script.ab(number, shot.keyframes[0].pts)
        assert ab is not None
        means.append(ab.mean((0, 1)))
    return np.array(means)


def test_returning_places_keep_their_colors(dialogue: Path) -> None:
    script = ScriptInMemory()
    plan = script_of(dialogue, script, cut_at(dialogue, 8, 16, 24, 32))
    rooms = [shot.room for shot in plan.shots]
    assert rooms[0] == rooms[2] != rooms[1] == rooms[3]
    assert rooms[4] not in rooms[:4]
    found, said = mean_colors(script, plan), np.array(OPINIONS)
    for one, other in ((0, 2), (1, 3)):
        before, after = (np.hypot(*(colors[one] - colors[other])) for colors in (said, found))
        assert after < 0.5 * before
    np.testing.assert_allclose(found[4], said[4], atol=0.1)


def test_a_few_frames_tell_the_same_about_shots(dialogue: Path) -> None:
    plan = cut_at(dialogue, 8, 16, 24, 32)
    told = with_shot_facts(FilmReader(probe(dialogue)), plan, Moody(OPINIONS))
    assert told == script_of(dialogue, ScriptInMemory(), plan)
    assert told.shots[0].room == told.shots[2].room is not None
    assert {shot.kind for shot in told.shots} == {"shot"}


def test_rooms_of_the_plan_are_followed(dialogue: Path) -> None:
    plan = cut_at(dialogue, 8, 16, 24, 32)
    alone = plan.model_copy(
        update={
            "shots": tuple(
                shot.model_copy(update={"room": number})
                for number, shot in enumerate(plan.shots, 1)
            )
        }
    )
    script = ScriptInMemory()
    script_of(dialogue, script, alone)
    np.testing.assert_allclose(mean_colors(script, alone), np.array(OPINIONS), atol=0.1)


def test_a_script_that_was_broken_off_comes_out_the_same(dialogue: Path, tmp_path: Path) -> None:
    plan = cut_at(dialogue, 8, 16, 24, 32)
    whole, broken = ScriptFolder(tmp_path / "whole"), ScriptFolder(tmp_path / "broken")
    told = script_of(dialogue, whole, plan)
    task = ScriptTask(FilmReader(probe(dialogue)), plan, make_settings(), broken)
    with pytest.raises(IndexError):  # the network has no more to say
        write_script(task, FilmNetworks(Moody(OPINIONS[:3])))
    assert broken.draft.holds(1) and not broken.draft.holds(5) and broken.facts is None
    kept = sum(broken.draft.holds(number) for number in range(1, 6))
    again = write_script(task, FilmNetworks(Moody(OPINIONS[kept:])))
    assert again == told and broken.facts == whole.facts
    np.testing.assert_array_equal(mean_colors(broken, plan), mean_colors(whole, plan))
    assert not (tmp_path / "broken" / "draft").exists()
    # What is finished is not looked for again.
    assert write_script(task, FilmNetworks(Moody([]))) == told
