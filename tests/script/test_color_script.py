"""The colour script on the disk: what is kept comes back, what is damaged is made again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filmcolor.errors import OutputError
from filmcolor.script.color_script import ColorScript, ScriptFolder, ScriptInMemory
from filmcolor.script.consensus import Agreed


def agreed(pts: int, seed: int = 0) -> Agreed:
    return Agreed(pts, np.random.default_rng(abs(pts) + seed).normal(0, 30, (6, 8, 2)).astype("f4"))


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
