"""An interrupted run carries on, and its result is that of one that was not interrupted."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import filmcolor
from filmcolor.cli.app import app
from filmcolor.cli.console import one_line
from filmcolor.errors import OutputError
from filmcolor.jobs.manifest import NAME, read_manifest
from filmcolor.jobs.resume import finish
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.jobs.work import work_place
from filmcolor.networks import Network
from filmcolor.summary import Progress, Summary
from filmcolor.system.interruption import Interrupted
from tests.clips import make_clip, moving_pattern, read_luma
from tests.jobs.films import assert_same_film, film_with_streams, hidden, shots_film

SHOTS = (14, 70, 20, 12, 24)
"""The second is long enough to be cut inside."""
FRAMES = sum(SHOTS)
STOPPED = 32


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film_with_streams(tmp_path_factory.mktemp("film"), SHOTS)


@pytest.fixture(scope="module")
def whole(film: Path, tmp_path_factory: pytest.TempPathFactory, network: Network) -> Path:
    """That film in colour, of one run."""
    output = tmp_path_factory.mktemp("whole") / "whole.mkv"
    assert color(film, output, network).segments > 4
    return output


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of which something is kept after `STOPPED` frames."""
    return film_with_streams(tmp_path_factory.mktemp("short"), (14, 22))


def color(film: Path, output: Path, network: Network, **options: Any) -> Summary:
    chosen = {"codec": "ffv1", "segment_seconds": 0.6} | options
    return filmcolor.colorize(film, output, network=network, **chosen)


def interrupt_at(*frames: int) -> Any:
    """A progress callback that interrupts when so many frames are done in all."""

    def progress(state: Progress) -> None:
        if state.phase == "color" and state.done in frames:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("method", ["propagate", "smooth", "frame"])
def test_the_result_is_the_same(film: Path, tmp_path: Path, network: Network, method: str) -> None:
    whole, broken = tmp_path / "whole.mkv", tmp_path / "broken.mkv"
    summary = color(film, whole, network, method=method)
    assert (summary.frames, summary.frames_before) == (FRAMES, 0)
    assert summary.segments > 4
    kept = []
    for at in (30, 77, FRAMES):
        with pytest.raises(KeyboardInterrupt):
            color(film, broken, network, method=method, progress=interrupt_at(at))
        done = find_unfinished([broken])[0].as_json()
        kept.append(done["frames"])
        assert done["frames"] < at
        assert not broken.exists()
    assert kept == sorted(kept)
    assert kept[-1] > 100
    summary = color(film, broken, network, method=method)
    assert (summary.frames, summary.frames_before) == (FRAMES, kept[-1])
    assert_same_film(whole, broken)
    assert hidden(tmp_path) == []


def test_segments_do_not_change_colors(
    film: Path, whole: Path, tmp_path: Path, network: Network
) -> None:
    """Cut in segments or not, even inside of a shot: the same pictures."""
    one = tmp_path / "one.mkv"
    assert color(film, one, network, segment_seconds=60).segments == 1
    assert_same_film(one, whole)


def test_luma_and_times_are_the_films(film: Path, whole: Path) -> None:
    for (old_time, old), (new_time, new) in zip(read_luma(film), read_luma(whole), strict=True):
        assert old_time == new_time
        assert (old == new).all()


def test_x264_is_the_same_too(film: Path, tmp_path: Path, network: Network) -> None:
    whole, broken = tmp_path / "whole.mp4", tmp_path / "broken.mp4"
    color(film, whole, network, codec="x264")
    with pytest.raises(KeyboardInterrupt):
        color(film, broken, network, codec="x264", progress=interrupt_at(90))
    assert color(film, broken, network, codec="x264").frames_before > 0
    assert_same_film(whole, broken)


def test_a_part_of_a_film(film: Path, tmp_path: Path, network: Network) -> None:
    whole, broken = tmp_path / "whole.mkv", tmp_path / "broken.mkv"
    part = {"start": "9f", "end": "121f"}
    color(film, whole, network, **part)
    with pytest.raises(KeyboardInterrupt):
        color(film, broken, network, **part, progress=interrupt_at(70))
    assert color(film, broken, network, **part).frames == 112
    assert_same_film(whole, broken)


def test_the_films_shots_are_not_looked_for_again(
    film: Path, tmp_path: Path, network: Network
) -> None:
    output = tmp_path / "r.mkv"
    with pytest.raises(
        Interrupted, match=r"interrupted; \d of \d segments are done, and `filmcolor resume"
    ):
        color(film, output, network, progress=interrupt_at(60))
    seen: list[Progress] = []
    color(film, output, network, progress=seen.append)
    assert {state.phase for state in seen} == {"color"}
    assert seen[0].done > 14
    assert seen[-1].done == FRAMES


OTHER = {
    r"saturation 1\.0 \(now 1\.2\)": {"saturation": 1.2},
    r"method propagate \(now smooth\)": {"method": "smooth"},
    r"start none given \(now 0\.08\)": {"start": "2f"},
    r"segment-seconds 0\.6 \(now 0\.7\)": {"segment_seconds": 0.7},
    r"no strict \(now strict\)": {"strict": True},
}
"""Settings that are not those of `color`, and what is said of them."""


def test_other_settings_are_refused(short: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "r.mkv"
    with pytest.raises(KeyboardInterrupt):
        color(short, output, network, progress=interrupt_at(STOPPED))
    before = sorted(path.name for path in work_place(output).iterdir())
    for words, options in OTHER.items():
        with pytest.raises(OutputError, match=f"begun with .*{words}.*`restart`"):
            color(short, output, network, **options)
        assert sorted(path.name for path in work_place(output).iterdir()) == before
    together = {name: value for options in OTHER.values() for name, value in options.items()}
    summary = color(short, output, network, restart=True, **together)
    assert (summary.frames, summary.frames_before) == (34, 0)
    assert hidden(tmp_path) == []


def test_another_film_is_refused(short: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "r.mkv"
    with pytest.raises(KeyboardInterrupt):
        color(short, output, network, progress=interrupt_at(STOPPED))
    other = shots_film(tmp_path / "other.mkv", SHOTS)
    with pytest.raises(OutputError, match=r"another input, film\.mkv"):
        color(other, output, network)
    moved = tmp_path / "moved.mkv"
    moved.write_bytes(short.read_bytes())
    assert color(moved, output, network).frames_before > 0


def test_a_damaged_segment_is_made_again(
    film: Path, whole: Path, tmp_path: Path, network: Network
) -> None:
    """And with it those before it in the same shot, where they are needed."""
    broken = tmp_path / "broken.mkv"
    with pytest.raises(KeyboardInterrupt):
        color(film, broken, network, progress=interrupt_at(120))
    folder = work_place(broken)
    segments = sorted(folder.glob("segment-*.mov"))
    assert len(segments) >= 4
    segments[0].write_bytes(segments[0].read_bytes()[:-1] + b"?")
    segments[2].unlink()
    for state in folder.glob("segment-*.npz"):
        state.write_bytes(b"no archive")
    summary = color(film, broken, network)
    assert summary.frames_before < 100
    assert_same_film(whole, broken)


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"version": 99}', "\x00"])
def test_a_damaged_manifest_is_named(
    short: Path, tmp_path: Path, network: Network, content: str
) -> None:
    output = tmp_path / "r.mkv"
    work_place(output).mkdir()
    (work_place(output) / NAME).write_text(content, encoding="utf-8")
    with pytest.raises(OutputError, match=r"not a manifest .*`restart`"):
        color(short, output, network)
    assert color(short, output, network, restart=True, end="3f").frames == 3


def test_a_changed_plan_in_the_work_folder(short: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "r.mkv"
    with pytest.raises(KeyboardInterrupt):
        color(short, output, network, progress=interrupt_at(STOPPED))
    plan = work_place(output) / "plan.json"
    plan.write_text(plan.read_text(encoding="utf-8").replace("settings", "setings"), "utf-8")
    with pytest.raises(OutputError, match=r"plan\.json: was changed or damaged"):
        color(short, output, network)


def test_a_plan_of_the_users_own(film: Path, tmp_path: Path, network: Network) -> None:
    plan_file = tmp_path / "plan.json"
    filmcolor.find_shots(film, plan_file)
    values = json.loads(plan_file.read_text(encoding="utf-8"))
    values["shots"][1]["settings"] = {"saturation": 0.5}
    plan_file.write_text(json.dumps(values), encoding="utf-8")
    whole, broken = tmp_path / "whole.mkv", tmp_path / "broken.mkv"
    color(film, whole, network, plan=plan_file)
    with pytest.raises(KeyboardInterrupt):
        color(film, broken, network, plan=plan_file, progress=interrupt_at(60))
    with pytest.raises(OutputError, match="a plan \\(now none given\\)"):
        color(film, broken, network)
    values["shots"][1]["settings"] = {"saturation": 0.6}
    plan_file.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(OutputError, match="another plan"):
        color(film, broken, network, plan=plan_file)
    finish(find_unfinished([tmp_path])[0])
    assert_same_film(whole, broken)


def test_a_plan_without_frequent_keyframes(tmp_path: Path, network: Network) -> None:
    """Where a keyframe of an edited plan stands between two frames, the film is not cut."""
    film = make_clip(tmp_path / "film.mp4", frames=60)
    plan_file = tmp_path / "plan.json"
    filmcolor.find_shots(film, plan_file)
    values = json.loads(plan_file.read_text(encoding="utf-8"))
    shot = values["shots"][0]
    step = (shot["end_pts"] - shot["pts"]) // 60
    shot["keyframes"] = [
        {"frame": n, "pts": n * step + (step // 2 if n % 20 else 0)} for n in range(0, 60, 10)
    ]
    plan_file.write_text(json.dumps(values), encoding="utf-8")
    whole, broken = tmp_path / "whole.mkv", tmp_path / "broken.mkv"
    divided = {"plan": plan_file, "segment_seconds": 0.25}
    color(film, whole, network, plan=plan_file, segment_seconds=60)
    with pytest.raises(KeyboardInterrupt):
        color(film, broken, network, progress=interrupt_at(50), **divided)
    summary = color(film, broken, network, **divided)
    assert summary.frames_before > 0
    assert_same_film(whole, broken)


def test_work_folders_are_private(short: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "r.mkv"
    modes = []

    def progress(_: Progress) -> None:
        modes.append(work_place(output).stat().st_mode & 0o777)

    color(short, output, network, progress=progress)
    if hasattr(__import__("os"), "getuid"):
        assert set(modes) == {0o700}


def test_resume_finds_films(short: Path, tmp_path: Path, network: Network) -> None:
    own = tmp_path / short.name
    own.write_bytes(short.read_bytes())
    for name in ("a.mkv", "b.mkv"):
        with pytest.raises(KeyboardInterrupt):
            color(own, tmp_path / name, network, saturation=1.3, progress=interrupt_at(STOPPED))
    (tmp_path / ".c.mkv.filmcolor").mkdir()
    (tmp_path / ".c.mkv.filmcolor" / NAME).write_text("damaged", encoding="utf-8")
    found = find_unfinished([tmp_path])
    assert [item.output for item in found] == [tmp_path / "a.mkv", tmp_path / "b.mkv"]
    assert [item.output for item in find_unfinished([own])] == [item.output for item in found]
    assert find_unfinished([tmp_path / "b.mkv"]) == found[1:]
    assert find_unfinished([found[0].folder, tmp_path]) == found
    for item in found:
        assert finish(item).frames_before > 0
    assert_same_film(tmp_path / "a.mkv", tmp_path / "b.mkv")
    assert find_unfinished([tmp_path]) == []


def test_a_segment_is_kept_before_the_next_one_is_encoded(tmp_path: Path, network: Network) -> None:
    """Two encoders at once would take twice the memory; this one is slow to finish."""
    pictures = [moving_pattern((320, 240))(index) for index in range(8)]
    film = make_clip(
        tmp_path / "film.mp4", frames=75, picture=lambda n: pictures[n % 8], size=(320, 240)
    )
    output = tmp_path / "r.mp4"
    kept = []

    def look(state: Progress) -> None:
        if state.phase == "color" and state.done:
            manifest = read_manifest(work_place(output))
            assert manifest is not None
            kept.append((state.done, sum(record.frames for record in manifest.segments)))

    options = {"codec": "x264", "preset": "veryslow", "method": "frame", "segment_seconds": 1}
    color(film, output, network, **options, progress=look)
    assert kept == [(done, (done - 1) // 25 * 25) for done in range(1, 76)]


def test_short_films_are_kept_in_pieces_too(tmp_path: Path, network: Network) -> None:
    """By default, no more than a few seconds are lost."""
    film = shots_film(tmp_path / "film.mkv", (100, 90, 60))
    whole, broken = tmp_path / "whole.mkv", tmp_path / "broken.mkv"
    filmcolor.colorize(film, whole, network=network, preset="ultrafast")
    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(
            film, broken, network=network, preset="ultrafast", progress=interrupt_at(240)
        )
    done = finish(find_unfinished([broken])[0])
    assert done.frames_before >= 240 - 8 * 25
    assert_same_film(whole, broken)


def test_the_command_that_is_named_works(
    short: Path, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pasted as it is, whatever the names, also where the result lies deeper in a folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("a  film's.mkv", "-o.mkv", "out/1931/r.mkv"):
        with pytest.raises(Interrupted) as found:
            color(short, Path(name), network, engine="onnxruntime", progress=interrupt_at(STOPPED))
        words = re.findall("`(.*)`", one_line(found.value))
        arguments = shlex.split(words[0]) if os.name == "posix" else []
        if arguments:
            assert arguments[0] == "filmcolor"
            done = CliRunner().invoke(app, arguments[1:])
            assert done.exit_code == 0, done.output
            assert Path(name).is_file()


def test_folders_in_folders_are_searched(short: Path, tmp_path: Path, network: Network) -> None:
    with pytest.raises(KeyboardInterrupt):
        color(short, tmp_path / "out" / "1931" / "r.mkv", network, progress=interrupt_at(STOPPED))
    assert [item.output.name for item in find_unfinished([tmp_path / "out"])] == ["r.mkv"]
    (tmp_path / "out" / "1931").rename(tmp_path / "out" / ".trash")
    assert find_unfinished([tmp_path / "out"]) == []
