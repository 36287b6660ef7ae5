"""The colour script on the disk: what is kept comes back, what is damaged is made again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filmcolor.errors import OutputError
from filmcolor.planning.shot import ShotFacts
from filmcolor.script.color_script import ColorScript, ShotLooks
from filmcolor.script.consensus import Agreed
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.on_disk import ScriptFolder


def agreed(pts: int, seed: int = 0) -> Agreed:
    rng = np.random.default_rng(abs(pts) + seed)
    ab, L = rng.normal(0, 30, (6, 8, 2)), rng.uniform(0, 100, (6, 8))
    return Agreed(pts, ab.astype(np.float32), L.astype(np.float32))


@pytest.fixture(params=["in memory", "on the disk"])
def script(request: pytest.FixtureRequest, tmp_path: Path) -> ColorScript:
    return ScriptInMemory() if request.param == "in memory" else ScriptFolder(tmp_path / "script")


def test_colors_come_back(script: ColorScript) -> None:
    assert not script.holds(3) and script.ab(3, 0) is None and script.keyframes == 0
    kept = [agreed(pts) for pts in (-512, 0, 40, 1 << 40)]
    script.keep(3, kept)
    script.keep(12, [agreed(7)])
    assert script.holds(3) and script.holds(12) and not script.holds(4)
    assert script.keyframes == 5
    for each in kept:
        found = script.ab(3, each.pts)
        assert found is not None and found.dtype == np.float32
        np.testing.assert_allclose(found, each.ab, rtol=1e-3, atol=1e-3)
    assert script.ab(3, 41) is None and script.ab(12, 40) is None and script.ab(4, 0) is None


def test_both_kinds_say_the_same(tmp_path: Path) -> None:
    memory, folder = ScriptInMemory(), ScriptFolder(tmp_path / "script")
    for script in (memory, folder):
        script.keep(1, [agreed(pts) for pts in range(0, 400, 40)])
    for pts in range(0, 400, 40):
        np.testing.assert_array_equal(memory.ab(1, pts), folder.ab(1, pts))


def test_a_shot_without_keyframes(script: ColorScript) -> None:
    script.keep(1, [])
    assert script.holds(1) and script.ab(1, 0) is None and script.keyframes == 0


def test_drafts_come_back_alike(tmp_path: Path) -> None:
    kept = [agreed(pts) for pts in range(0, 200, 40)]
    grids = tuple(np.random.default_rng(1).normal(0, 1, size) for size in ((3, 4, 20), (6, 8, 9)))
    looks = ShotLooks(tuple(grid.astype(np.float16).astype(np.float32) for grid in grids), 80)
    found = []
    for script in (ScriptInMemory(), ScriptFolder(tmp_path / "script")):
        assert not script.draft.holds(1) and script.draft.looks(1) is None
        script.draft.keep(1, kept, looks)
        assert script.draft.holds(1) and not script.holds(1)
        again = script.draft.looks(1)
        assert again is not None and again.pts == 80
        for one, other in zip(again.features, looks.features, strict=True):
            np.testing.assert_array_equal(one, other)
        found.append(list(script.draft.of(1)))
    for one_of, other_of, first in zip(*found, kept, strict=True):
        assert one_of.pts == other_of.pts == first.pts
        np.testing.assert_array_equal(one_of.ab, other_of.ab)
        np.testing.assert_array_equal(one_of.L, other_of.L)
        np.testing.assert_allclose(one_of.L, first.L, atol=0.21)


def test_a_finished_script_tells_of_its_shots(script: ColorScript) -> None:
    assert script.facts is None
    script.keep(1, [agreed(0)])
    script.finish({1: ShotFacts(room=1, kind="shot"), 2: ShotFacts(room=1, kind="title")})
    facts = script.facts
    assert facts is not None and facts[2] == ShotFacts(room=1, kind="title")


@given(cut=st.integers(0, 600))
def test_half_a_file_is_no_script(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("script")
    script = ScriptFolder(folder)
    script.keep(1, [agreed(0), agreed(40)])
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: min(cut, len(whole) - 1)])
    assert not script.holds(1) and script.ab(1, 0) is None and script.keyframes == 0


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    def breaks() -> Iterator[Agreed]:
        yield agreed(0)
        raise RuntimeError("no more")

    script = ScriptFolder(tmp_path)
    with pytest.raises(RuntimeError):
        script.keep(1, breaks())
    assert list(tmp_path.iterdir()) == [] and not script.holds(1)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="writing failed"):
        ScriptFolder(tmp_path / "file" / "script").keep(1, [agreed(0)])
