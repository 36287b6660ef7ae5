"""A run as a whole: where results go, what is reported, and that nothing is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import filmcolor
from filmcolor.api import preview
from filmcolor.errors import InputError, OutputError, UsageError
from filmcolor.networks import Network
from filmcolor.summary import Progress
from tests.clips import frame_times, make_clip, read_frames, read_luma


def test_the_result_stands_beside_the_source(network: Network, grey_clip: Path) -> None:
    before = grey_clip.read_bytes()
    summary = filmcolor.colorize(grey_clip, network=network)
    assert summary.output == grey_clip.with_name("film.color.mp4")
    names = sorted(path.name for path in grey_clip.parent.iterdir())
    assert names == ["film.color.mp4", "film.mp4"]
    assert grey_clip.read_bytes() == before


def test_the_summary(packaged_network: Network, grey_clip: Path) -> None:
    summary = filmcolor.colorize(grey_clip, network=packaged_network)
    assert (summary.input, summary.frames, summary.network) == (grey_clip, 12, "lite")
    assert (summary.codec, summary.pix_fmt, summary.method) == ("x264", "yuv420p", "propagate")
    assert summary.duration == pytest.approx(0.48)
    assert summary.engine.startswith("onnxruntime")
    assert summary.seconds > 0
    assert summary.fps == pytest.approx(12 / summary.seconds)
    values = summary.as_json()
    assert values["output"] == str(summary.output)
    assert values["frames"] == 12


def test_progress(network: Network, grey_clip: Path) -> None:
    seen: list[Progress] = []
    filmcolor.colorize(grey_clip, network=network, progress=seen.append)
    assert seen == [
        Progress(done, 12, phase)
        for phase in ("plan", "keyframes", "color")
        for done in range(1, 13)
    ]
    seen.clear()
    result = grey_clip.with_name("part.mp4")
    filmcolor.colorize(
        grey_clip, result, start="3f", end="8f", network=network, progress=seen.append
    )
    looked, colored = seen[:10], seen[10:]
    assert [(step.done, step.phase) for step in looked] == [
        (n, phase) for phase in ("plan", "keyframes") for n in range(1, 6)
    ]
    assert colored == [Progress(done, 5, "color") for done in range(1, 6)]


def test_progress_without_a_plan_to_make(network: Network, grey_clip: Path) -> None:
    seen: list[Progress] = []
    filmcolor.colorize(grey_clip, network=network, method="frame", progress=seen.append)
    assert seen == [Progress(done, 12, "color") for done in range(1, 13)]


def test_paths_may_be_text(network: Network, grey_clip: Path) -> None:
    output = str(grey_clip.with_name("r.mkv"))
    assert filmcolor.colorize(str(grey_clip), output, network=network).output == Path(output)
    assert len(frame_times(Path(output))) == 12


def test_folders_are_made(network: Network, grey_clip: Path) -> None:
    output = grey_clip.parent / "new" / "deeper" / "r.mp4"
    filmcolor.colorize(grey_clip, output, network=network)
    assert [path.name for path in output.parent.iterdir()] == ["r.mp4"]


def test_nothing_is_overwritten_unasked(network: Network, grey_clip: Path) -> None:
    output = grey_clip.with_name("r.mp4")
    output.write_text("precious", encoding="utf-8")
    with pytest.raises(OutputError, match=r"r\.mp4: exists already"):
        filmcolor.colorize(grey_clip, output, network=network)
    assert output.read_text(encoding="utf-8") == "precious"
    filmcolor.colorize(grey_clip, output, network=network, overwrite=True)
    assert len(frame_times(output)) == 12


def test_a_failure_keeps_what_was_there(network: Network, grey_clip: Path) -> None:
    output = grey_clip.with_name("r.mp4")
    output.write_text("precious", encoding="utf-8")
    with pytest.raises(UsageError):
        filmcolor.colorize(grey_clip, output, network=network, overwrite=True, preset="none")
    with pytest.raises(InputError):
        filmcolor.colorize(grey_clip, output, network=network, overwrite=True, start=99)
    assert output.read_text(encoding="utf-8") == "precious"
    assert sorted(p.name for p in output.parent.iterdir()) == ["film.mp4", "r.mp4"]


def test_the_source_is_never_overwritten(network: Network, grey_clip: Path) -> None:
    before = grey_clip.read_bytes()
    other = grey_clip.parent / "." / "film.mp4"
    for output in (grey_clip, other, os.path.relpath(grey_clip)):
        with pytest.raises(OutputError, match="own source"):
            filmcolor.colorize(grey_clip, output, network=network, overwrite=True)
    link = grey_clip.with_name("link.mp4")
    os.link(grey_clip, link)
    with pytest.raises(OutputError, match="own source"):
        filmcolor.colorize(grey_clip, link, network=network, overwrite=True)
    assert grey_clip.read_bytes() == before


def test_something_that_appears_in_the_meantime_stays(network: Network, grey_clip: Path) -> None:
    output = grey_clip.with_name("r.mp4")

    def progress(_: Progress) -> None:
        output.write_text("precious", encoding="utf-8")

    with pytest.raises(OutputError, match="exists already"):
        filmcolor.colorize(grey_clip, output, network=network, progress=progress)
    assert output.read_text(encoding="utf-8") == "precious"
    # The work is not lost: once the file is out of the way, there is little left to do.
    output.unlink()
    assert filmcolor.colorize(grey_clip, output, network=network).frames_before == 12
    assert sorted(p.name for p in output.parent.iterdir()) == ["film.mp4", "r.mp4"]


def test_an_output_that_is_a_folder(network: Network, grey_clip: Path) -> None:
    """The result goes into it, whatever it is called."""
    folder = grey_clip.with_name("folder.mp4")
    folder.mkdir()
    for overwrite in (False, True):
        summary = filmcolor.colorize(grey_clip, folder, network=network, overwrite=overwrite)
        assert summary.output == folder / "film.color.mp4"


def test_a_place_where_nothing_can_be_written(network: Network, grey_clip: Path) -> None:
    blocked = grey_clip.parent / "film.mp4" / "r.mp4"  # a file stands where a folder should
    with pytest.raises(OutputError, match="nothing can be written there"):
        filmcolor.colorize(grey_clip, blocked, network=network)


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="this user may write everywhere",
)
def test_a_folder_without_permission(network: Network, grey_clip: Path) -> None:
    folder = grey_clip.parent / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(OutputError, match="nothing can be written there"):
        filmcolor.colorize(grey_clip, folder / "r.mp4", network=network)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize(("phase", "at"), [("plan", 6), ("color", 1), ("color", 6), ("color", 12)])
def test_only_work_is_left_after_a_failure_on_the_way(
    network: Network, grey_clip: Path, error: type[BaseException], phase: str, at: int
) -> None:
    def progress(state: Progress) -> None:
        if (state.phase, state.done) == (phase, at):
            raise error

    with pytest.raises(error):
        filmcolor.colorize(grey_clip, network=network, progress=progress)
    left = sorted(path.name for path in grey_clip.parent.iterdir())
    assert left == ([] if phase == "plan" else [".film.color.mp4.filmcolor"]) + ["film.mp4"]
    # and the next run is not disturbed
    assert filmcolor.colorize(grey_clip, network=network).frames == 12
    left = sorted(path.name for path in grey_clip.parent.iterdir())
    assert left == ["film.color.mp4", "film.mp4"]


def test_unknown_options_are_named(network: Network, grey_clip: Path) -> None:
    with pytest.raises(UsageError, match="sturation"):
        filmcolor.colorize(grey_clip, network=network, sturation=2)
    with pytest.raises(UsageError, match="deinterlace"):
        filmcolor.colorize(grey_clip, network=network, deinterlace="maybe")


def test_two_runs_give_the_same_film(packaged_network: Network, grey_clip: Path) -> None:
    films = [grey_clip.with_name(name) for name in ("a.mkv", "b.mkv")]
    for film in films:
        filmcolor.colorize(grey_clip, film, network=packaged_network, codec="ffv1")
    for one, other in zip(read_frames(films[0]), read_frames(films[1]), strict=True):
        assert one.time == other.time
        np.testing.assert_array_equal(one.y, other.y)
        np.testing.assert_array_equal(one.u, other.u)
        np.testing.assert_array_equal(one.v, other.v)


@pytest.mark.parametrize("first", ["colorize", "preview", "Settings"])
def test_all_functions_can_be_called_in_any_order(first: str) -> None:
    code = f"import filmcolor; filmcolor.{first}; print(all(map(callable, (filmcolor.colorize, "
    code += "filmcolor.preview, filmcolor.colorize_image, filmcolor.load_network))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_side_by_side(network: Network, tmp_path: Path) -> None:
    """A clip of preview: the grey film on the left, the colour film on the right."""
    source = make_clip(tmp_path / "film.mkv", frames=6, codec="ffv1")
    clip = tmp_path / "clip.mkv"
    preview(source, clip, start="1f", frames=3, network=network, codec="ffv1")
    found = read_frames(clip)
    assert [frame.time for frame in found] == [0, Fraction(1, 25), Fraction(2, 25)]
    for frame, (_, luma) in zip(found, read_luma(source)[1:4], strict=True):
        np.testing.assert_array_equal(frame.y, np.hstack([luma, luma]))
        assert frame.u is not None
        assert frame.v is not None
        assert set(np.unique(frame.u[:, :32])) == set(np.unique(frame.v[:, :32])) == {128}
        assert (frame.u[:, 32:] != 128).any()
