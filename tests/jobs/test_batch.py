"""Whole folders: what becomes of each file, and what the report says."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor import CancelledError, CancelToken, Network, OutputError, colorize
from filmcolor.events import Done, Event, Events, FilmBegun, FilmDone, FrameDone, Planned
from filmcolor.jobs.batch import find_inputs, run_batch
from filmcolor.jobs.batch_report import BatchResult
from filmcolor.media.encode.ffmpeg import Outcome, try_ffmpeg
from filmcolor.settings import Settings
from tests.clips import ffmpeg, make_clip, read_frames

FAST = Settings(preset="ultrafast")


def run(
    inputs: list[Any], output: Path, network: Network, **options: Any
) -> dict[str, BatchResult]:
    found = find_inputs(inputs, output, recursive=True)
    results = run_batch(found, output, FAST, network, **options)
    return {result.input.name: result for result in results}


def test_results_may_go_beside_the_films(archive: Path, network: Network) -> None:
    results = run([archive], archive, network)
    assert results["a film.mp4"].output == archive / "a film.color.mp4"
    assert results["beach.mp4"].output == archive / "1931" / "summer" / "beach.color.mp4"
    again = find_inputs([archive], archive, recursive=True)
    assert len(again) == 4


def test_batch_colors_what_it_can(archive: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "out"

    results = run([archive], output, network)

    states = {name: result.status for name, result in results.items()}
    assert states == {
        "a film.mp4": "done",
        "bad.mp4": "failed",
        "photo.png": "done",
        "beach.mp4": "done",
    }
    assert "bad.mp4" in results["bad.mp4"].message
    assert results["bad.mp4"].output is None
    for name in ("a film.color.mp4", "1931/summer/beach.color.mp4"):
        assert len(read_frames(output / name)) == 3
    with Image.open(output / "1931" / "photo.color.png") as image:
        assert image.mode == "RGB"
    files = sorted(path.name for path in output.rglob("*") if path.is_file())
    assert files == ["a film.color.mp4", "beach.color.mp4", "photo.color.png", "report.json"]


def test_report(archive: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "out"
    results = run([archive], output, network)

    report = json.loads((output / "report.json").read_text(encoding="utf-8"))

    assert {key: report[key] for key in ("done", "skipped", "failed")} == {
        "done": 3,
        "skipped": 0,
        "failed": 1,
    }
    assert [entry["input"] for entry in report["files"]] == [str(r.input) for r in results.values()]
    entry = next(e for e in report["files"] if e["input"].endswith("a film.mp4"))
    assert entry["status"] == "done"
    assert entry["frames"] == 3
    assert entry["seconds"] > 0
    assert entry["output"] == str(output / "a film.color.mp4")
    bad = next(e for e in report["files"] if e["input"].endswith("bad.mp4"))
    assert (bad["status"], bad["output"]) == ("failed", None)
    assert "bad.mp4" in bad["message"]


def test_second_run_skips_what_is_done(archive: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "out"
    first = run([archive], output, network)
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*.color.*")}
    (output / "1931" / "photo.color.png").unlink()

    began = time.perf_counter()
    second = run([archive], output, network)
    took = time.perf_counter() - began

    assert {name: result.status for name, result in second.items()} == {
        "a film.mp4": "skipped",
        "beach.mp4": "skipped",
        "photo.png": "done",
        "bad.mp4": "failed",
    }
    assert second["a film.mp4"].output == first["a film.mp4"].output
    for path, changed in before.items():
        if path.suffix == ".mp4":
            assert path.stat().st_mtime_ns == changed
    assert took < 5
    report = json.loads((output / "report.json").read_text(encoding="utf-8"))
    assert (report["done"], report["skipped"], report["failed"]) == (1, 2, 1)


def test_overwrite_does_everything_again(archive: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "out"
    run([archive / "a film.mp4"], output, network)
    (output / "a film.color.mp4").write_bytes(b"old")
    results = run([archive / "a film.mp4"], output, network, overwrite=True)
    assert results["a film.mp4"].status == "done"
    assert len(read_frames(output / "a film.color.mp4")) == 3


def test_same_stem_twice_gives_two_results(
    tmp_path: Path, tiny_film: Path, network: Network
) -> None:
    shutil.copy(tiny_film, tmp_path / "a.mp4")
    make_clip(tmp_path / "a.mkv", frames=2, size=(48, 32))
    output = tmp_path / "out"

    results = run([tmp_path / "a.mp4", tmp_path / "a.mkv"], output, network)

    outputs = {name: result.output for name, result in results.items()}
    assert len(set(outputs.values())) == 2
    assert len(read_frames(output / "a.mp4.color.mp4")) == 3
    assert len(read_frames(output / "a.mkv.color.mkv")) == 2
    again = run([tmp_path / "a.mp4", tmp_path / "a.mkv"], output, network)
    assert {result.status for result in again.values()} == {"skipped"}


@pytest.mark.parametrize("folders", [("one", "two"), ("one/x", "two/x")])
def test_same_name_from_two_folders(
    tmp_path: Path, tiny_film: Path, network: Network, folders: tuple[str, ...]
) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(tiny_film, tmp_path / folder / "reel.mp4")
    output = tmp_path / "out"

    found = find_inputs([tmp_path / folder for folder in folders], output)
    results = run_batch(found, output, FAST, network)

    assert [result.status for result in results] == ["done", "done"]
    assert len({result.output for result in results}) == 2
    assert all(len(read_frames(result.output)) == 3 for result in results if result.output)
    again = run_batch(found, output, FAST, network)
    assert [result.status for result in again] == ["skipped", "skipped"]
    assert [result.output for result in again] == [result.output for result in results]


def test_film_that_needs_another_container_is_skipped_too(tmp_path: Path, network: Network) -> None:
    film = make_clip(tmp_path / "old.avi", frames=2, size=(48, 32), codec="mpeg4")
    output = tmp_path / "out"
    first = run([film], output, network)["old.avi"]
    assert first.status == "done"
    assert run([film], output, network)["old.avi"].status == "skipped"


def test_what_a_container_takes_is_tried_once(
    tmp_path: Path, sound_clip: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = 0

    def counted(*given: Any) -> Outcome:
        nonlocal trials
        trials += 1
        return try_ffmpeg(*given)

    monkeypatch.setattr("filmcolor.media.encode.mux_trial.try_ffmpeg", counted)
    film = shutil.copy(sound_clip, tmp_path)
    colorize(film, network=network, preset="ultrafast")
    alone, trials = trials, 0
    run([film], tmp_path / "out", network)
    assert trials == alone > 0


def test_events(archive: Path, tmp_path: Path, network: Network) -> None:
    """What is told between the beginning and the end of a film is about that film."""
    seen: list[Event] = []
    film, bad, photo = archive / "a film.mp4", archive / "1931" / "bad.mp4", archive / "notes.txt"
    results = filmcolor.batch(
        [film, bad, photo, archive / "1931" / "photo.png"],
        tmp_path / "out",
        network=network,
        preset="ultrafast",
        listeners=[seen.append],
    )
    begun = [event for event in seen if isinstance(event, FilmBegun)]
    done = [event for event in seen if isinstance(event, FilmDone)]
    assert [(event.film, event.number, event.count) for event in begun] == [
        (result.input, number, 4) for number, result in enumerate(results, 1)
    ]
    assert [(e.film, e.status, e.output, e.message) for e in done] == [
        (result.input, result.status, result.output, result.message) for result in results
    ]
    assert [event.status for event in done] == ["done", "failed", "skipped", "done"]
    first = seen[: seen.index(done[0])]
    assert [(e.phase, e.done) for e in first if isinstance(e, FrameDone)] == [
        (phase, number) for phase in ("plan", "keyframes", "color") for number in (1, 2, 3)
    ]
    assert isinstance(first[-1], Done)
    last = seen[seen.index(begun[3]) :]
    assert [type(event) for event in last] == [FilmBegun, FrameDone, Done, FilmDone]


def test_a_cancelled_batch_stops_and_carries_on(
    archive: Path, tmp_path: Path, network: Network
) -> None:
    """In the middle of a film, which has not failed."""
    token, output = CancelToken(), tmp_path / "out"
    films = [archive / "1931" / "photo.png", archive / "a film.mp4", archive / "1931" / "summer"]
    options: dict[str, Any] = {"network": network, "preset": "ultrafast"}
    seen: list[Event] = []

    def listen(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Planned):
            token.cancel()

    with pytest.raises(CancelledError, match="carries on"):
        filmcolor.batch(films, output, listeners=[listen], cancel=token, **options)
    assert [event.film for event in seen if isinstance(event, FilmBegun)] == films[:2]
    report = json.loads((output / "report.json").read_text())
    assert [entry["status"] for entry in report["files"]] == ["done"]
    results = filmcolor.batch(films, output, **options)
    assert [result.status for result in results] == ["skipped", "done", "done"]


def test_output_folder_that_cannot_be_made(archive: Path, tmp_path: Path, network: Network) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="out"):
        run([archive / "a film.mp4"], tmp_path / "out", network)


def test_films_of_one_name_one_after_the_other(
    tmp_path: Path, tiny_film: Path, network: Network
) -> None:
    """What one run has made of a film is not taken for what another is to become."""
    shutil.copy(tiny_film, tmp_path / "old.mp4")
    make_clip(tmp_path / "old.avi", frames=2, size=(48, 32), codec="mpeg4")
    make_clip(tmp_path / "OLD.mkv", frames=4, size=(48, 32))
    output = tmp_path / "out"
    for name in ("old.mp4", "old.avi", "OLD.mkv"):
        assert run([tmp_path / name], output, network)[name].status == "done"
    again = run([tmp_path / name for name in ("OLD.mkv", "old.avi", "old.mp4")], output, network)
    assert {result.status for result in again.values()} == {"skipped"}
    assert len({str(result.output).lower() for result in again.values()}) == 3
    for name, frames in (("old.mp4", 3), ("old.avi", 2), ("OLD.mkv", 4)):
        result = again[name].output
        assert result is not None
        assert len(read_frames(result)) == frames


def test_unfinished_work_on_another_film_is_left_alone(
    tmp_path: Path, tiny_film: Path, network: Network
) -> None:
    shutil.copy(tiny_film, tmp_path / "old.mp4")
    make_clip(tmp_path / "old.avi", frames=2, size=(48, 32), codec="mpeg4")
    output = tmp_path / "out"

    def interrupt(event: Event) -> None:
        if isinstance(event, FrameDone) and event.phase == "color":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([tmp_path / "old.mp4"], output, network, events=Events([interrupt]))
    assert run([tmp_path / "old.avi"], output, network)["old.avi"].status == "done"
    assert run([tmp_path / "old.mp4"], output, network)["old.mp4"].status == "done"
    assert len(list(output.glob("*.color.*"))) == 2


def test_report_keeps_what_was_found(tmp_path: Path, tiny_film: Path, network: Network) -> None:
    """The damage of a film that is skipped now, and the films that are not named now."""
    shutil.copy(tiny_film, tmp_path / "whole.mp4")
    film = make_clip(
        tmp_path / "bad.mkv", frames=50, size=(96, 64), codec="mpeg2video", muxer="matroska"
    )
    data = bytearray(film.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 900] = bytes(900)
    film.write_bytes(data)
    output = tmp_path / "out"
    first = run([film, tmp_path / "whole.mp4"], output, network)["bad.mkv"]
    assert first.warnings
    second = run([film], output, network)["bad.mkv"]
    assert (second.status, second.warnings, second.frames) == (
        "skipped",
        first.warnings,
        first.frames,
    )
    report = json.loads((output / "report.json").read_text(encoding="utf-8"))
    entries = {Path(entry["input"]).name: entry for entry in report["files"]}
    assert entries["bad.mkv"]["warnings"] == first.warnings
    assert entries["whole.mp4"]["status"] == "done"
    assert (report["done"], report["skipped"]) == (1, 1)


def test_a_file_of_that_name_is_not_replaced(
    tmp_path: Path, tiny_film: Path, network: Network
) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "report.json").write_text('{"my": "own"}')
    with pytest.raises(OutputError, match=r"report\.json: not a report of filmcolor"):
        run([tiny_film], output, network)
    assert (output / "report.json").read_text() == '{"my": "own"}'


def test_what_is_no_film_is_passed_over(
    archive: Path, tmp_path: Path, tiny_film: Path, network: Network
) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", archive / "song.mp3")
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", archive / "sound.mp4")
    (archive / "drawing.ans").write_text("\x1b[31mred\x1b[0m")
    named = ["notes.txt", "song.mp3", "sound.mp4", "drawing.ans", "1931/bad.mp4"]
    results = run([archive / name for name in named], tmp_path / "out", network)
    assert {name: result.status for name, result in results.items()} == {
        "notes.txt": "skipped",
        "song.mp3": "skipped",
        "sound.mp4": "skipped",
        "drawing.ans": "skipped",
        "bad.mp4": "failed",
    }
    assert results["notes.txt"].message == "is no film"


def test_films_in_color_can_be_passed_over(
    tmp_path: Path, tiny_film: Path, network: Network, astronaut: np.ndarray
) -> None:
    source = tmp_path / "films"
    source.mkdir()
    shutil.copy(tiny_film, source / "grey.mp4")
    Image.fromarray(astronaut).save(source / "grey.png")
    color = "testsrc2=s=96x64:d=0.4"
    ffmpeg("-f", "lavfi", "-i", color, source / "color.mp4")
    ffmpeg("-f", "lavfi", "-i", color, "-frames:v", "1", source / "color.png")
    # A black beginning hides no colour; a tint is no colour.
    ffmpeg("-f", "lavfi", "-i", f"{color},fade=in:0:3", source / "fade.mp4")
    sepia = "format=gray,format=rgb24,colorchannelmixer=rr=1:gg=.75:bb=.45"
    ffmpeg("-f", "lavfi", "-i", f"{color},{sepia}", source / "tint.mp4")
    results = run([source], tmp_path / "out", network, skip_colored=True)
    passed = {name for name, result in results.items() if result.message == "is in colour already"}
    assert passed == {"color.mp4", "color.png", "fade.mp4"}
    assert {results[name].status for name in ("grey.mp4", "grey.png", "tint.mp4")} == {"done"}
    results = run([source], tmp_path / "out", network)
    assert results["color.mp4"].status == "done"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names there are Unicode")
def test_the_report_is_utf8_whatever_files_are_called(tmp_path: Path, network: Network) -> None:
    bad = tmp_path / os.fsdecode(b"bad\xff.png")
    Image.fromarray(np.zeros((16, 16), np.uint8)).save(bad)
    run([bad], tmp_path / "out", network)
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert os.fsencode(report["files"][0]["input_path"]) == os.fsencode(bad)
    assert run([bad], tmp_path / "out", network)[bad.name].status == "skipped"
