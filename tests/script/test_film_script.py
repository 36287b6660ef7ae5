"""The colour script from Python: found without colouring, changed, and taken back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import filmcolor
from filmcolor.media.decode.probe import probe
from filmcolor.networks import Network
from tests.coloring.films import film_of, texture
from tests.jobs.films import assert_same_film


@pytest.fixture
def two_shots(tmp_path: Path) -> Path:
    one, other = texture((96, 128), 1, 90), texture((96, 128), 2, 150)
    return film_of(tmp_path / "two.mkv", [one] * 12 + [other] * 12)


def test_what_keyframes_will_have(two_shots: Path, network: Network) -> None:
    plan, script = filmcolor.color_script(two_shots, network=network)
    assert [(shot.number, shot.kind) for shot in plan.shots] == [(1, "shot"), (2, "shot")]
    assert script.keyframes == sum(len(shot.keyframes) for shot in plan.shots)
    assert isinstance(script, filmcolor.ColorScript)
    for shot in plan.shots:
        for keyframe in shot.keyframes:
            ab = script.ab(shot.number or 0, keyframe.pts)
            assert ab is not None and ab.dtype == np.float32 and ab.shape[2] == 2


def test_a_changed_script_is_taken_back(two_shots: Path, tmp_path: Path, network: Network) -> None:
    plan, script = filmcolor.color_script(two_shots, network=network)
    shot = plan.shots[1]
    pts = shot.keyframes[0].pts
    ab = script.ab(shot.number or 0, pts)
    assert ab is not None
    green = filmcolor.GivenColors(0 * ab + np.float32([-15, 12]), 0 * ab[..., 0] + 1)
    given = filmcolor.Given(shot.number or 0, pts, green)
    plain, changed = tmp_path / "plain.mkv", tmp_path / "changed.mkv"
    for output, keyframes in ((plain, []), (changed, [given])):
        filmcolor.colorize(
            two_shots, output, plan=plan, keyframes=keyframes, network=network, codec="ffv1"
        )
    with pytest.raises(AssertionError):
        assert_same_film(plain, changed)
    told, again = filmcolor.color_script(two_shots, plan=plan, keyframes=[given], network=network)
    assert told == plan
    found = again.given(shot.number or 0, pts)
    assert found is not None
    np.testing.assert_allclose(found.ab, green.ab, atol=0.02)
    assert probe(changed).frames == probe(two_shots).frames


def test_pictures_have_none(tmp_path: Path) -> None:
    (tmp_path / "photo.png").touch()
    with pytest.raises(filmcolor.UsageError, match="no keyframes"):
        filmcolor.color_script(tmp_path / "photo.png")
