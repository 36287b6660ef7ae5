"""A film coloured piece by piece, by processes that know of nothing but its work folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import filmcolor
from filmcolor.api.films import prepare
from filmcolor.errors import OutputError, RestartNeededError, UsageError
from filmcolor.jobs.farm.begun import Begun
from filmcolor.jobs.farm.color_piece import ReadyPieces
from filmcolor.jobs.farm.join_pieces import join_pieces
from filmcolor.jobs.farm.path_map import PathMap
from filmcolor.jobs.work import work_place
from filmcolor.networks import Network
from tests.clips import read_frames
from tests.jobs.films import assert_same_film, hidden, shots_film
from tests.jobs.processes import finished, run, start, wait_for

_OPTIONS = {"codec": "x264", "segment_seconds": 0.6}
_PIECES = {**_OPTIONS, "piece_seconds": 0.6}


@pytest.fixture(scope="module")
def one(film: Path, tmp_path_factory: pytest.TempPathFactory, network: Network) -> Path:
    """The film in colour, as one process makes it."""
    output = tmp_path_factory.mktemp("one") / "one.mkv"
    filmcolor.colorize(film, output, network=network, **_OPTIONS)
    return output


def _segment(film: Path, output: Path, number: int) -> subprocess.Popen[str]:
    return start("segment", film, "--work", output, "--number", number)


def test_processes_give_the_same_film(
    film: Path, one: Path, tmp_path: Path, network_file: Path
) -> None:
    """As many as there are pieces, and one of these twice, at the same time."""
    many = tmp_path / "many.mkv"
    options = {"model": str(network_file), "engine": "onnxruntime", **_OPTIONS}
    assert len(prepare(film, many, **options, piece_seconds=1).pieces) == 2
    for process in [_segment(film, many, number) for number in (1, 1, 2)]:
        code, said = finished(process)
        assert code == 0, said
    code, said = run("join", "--work", many)
    assert code == 0, said
    assert_same_film(one, many)
    assert hidden(tmp_path) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_loops_of_the_documents(tmp_path: Path) -> None:
    """The plain loop, and Slurm's array, whose `sbatch` is one that runs what it gets at once."""
    page = Path(__file__).parents[2] / "docs" / "farm.md"
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    programs = tmp_path / "bin"
    programs.mkdir()
    python = shlex.quote(sys.executable)
    own = f'#!/bin/sh\nexec {python} -m filmcolor "$@"\n'
    sbatch = """#!/bin/sh
count=1
for word; do
  case "$word" in --array=1-*) count="${word#--array=1-}";; esac
  line="$word"
done
for number in $(seq "$count"); do SLURM_ARRAY_TASK_ID="$number" sh -c "$line" >&2 || exit 1; done
echo 1234
"""
    for name, text in (("filmcolor", own), ("sbatch", sbatch)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    for number, block in enumerate(blocks):
        folder = tmp_path / str(number)
        folder.mkdir()
        shots_film(folder / "film.mkv", (20, 20))
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-e", "-c", block],
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert len(read_frames(folder / "colour.mkv")) == 40
        assert hidden(folder) == []


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be killed so there")
def test_a_killed_process_leaves_nothing_half(
    tmp_path: Path, network: Network, network_file: Path
) -> None:
    film = shots_film(tmp_path / "film.mkv", (150, 20))
    one, many = tmp_path / "one.mkv", tmp_path / "many.mkv"
    options = {"model": str(network_file), "engine": "onnxruntime", **_OPTIONS}
    filmcolor.colorize(film, one, **options)
    found = prepare(film, many, **options)
    assert len(found.pieces) == 1
    process = _segment(film, many, 1)
    records = lambda: list(found.folder.glob("segment-*.json"))  # noqa: E731
    wait_for(lambda: len(records()) >= 2, process, "two segments")
    process.send_signal(signal.SIGKILL)
    finished(process)
    for record in records():
        assert record.with_suffix(".mov").is_file()
    done = ReadyPieces.of(Begun.at(many), network).color(1)
    assert done.frames_before > 0
    assert done.frames + done.frames_before == 170
    join_pieces(Begun.at(many))
    assert_same_film(one, many)


def test_missing_pieces_are_named(film: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "r.mkv"
    found = prepare(film, output, network=network, method="frame", **_PIECES)
    assert len(found.pieces) > 3
    ready = ReadyPieces.of(Begun.at(output), network)
    for piece in found.pieces[1:-1]:
        ready.color(piece.number)
    with pytest.raises(OutputError, match=rf"2 pieces of .* not done: 1,{len(found.pieces)}[.;]"):
        join_pieces(Begun.at(output))
    assert not output.exists()
    with pytest.raises(UsageError, match="`number`: 99"):
        ready.color(99)


def test_a_resumed_run_takes_over_what_others_have_done(
    film: Path, one: Path, tmp_path: Path, network: Network
) -> None:
    output = tmp_path / "r.mkv"
    found = prepare(film, output, network=network, **_PIECES)
    done = ReadyPieces.of(Begun.at(output), network).color(len(found.pieces))
    again = prepare(film, output, network=network, **_PIECES)
    assert [piece.number for piece in again.left] == [*range(1, len(found.pieces))]
    summary = filmcolor.colorize(film, output, network=network, **_OPTIONS)
    assert summary.frames_before == done.frames > 0
    assert_same_film(one, output)
    assert hidden(tmp_path) == []


def test_damaged_work_of_others_is_done_again(
    film: Path, one: Path, tmp_path: Path, network: Network
) -> None:
    output = tmp_path / "r.mkv"
    found = prepare(film, output, network=network, **_PIECES)
    ready = ReadyPieces.of(Begun.at(output), network)
    for piece in found.pieces:
        ready.color(piece.number)
    (found.folder / "segment-00001.json").write_text("{")
    video = found.folder / "segment-00002.mov"
    video.write_bytes(video.read_bytes()[:-1] + b"\0")
    with pytest.raises(OutputError, match="not done: "):
        join_pieces(Begun.at(output))
    assert sum(ready.color(piece.number).frames > 0 for piece in found.pieces) in (1, 2)
    join_pieces(Begun.at(output))
    assert_same_film(one, output)


def test_another_film_or_version_is_refused(film: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "r.mkv"
    found = prepare(film, output, network=network, **_PIECES)
    other = shots_film(tmp_path / "other.mkv", (14, 20))
    with pytest.raises(RestartNeededError, match=r"another input.* cannot be coloured here"):
        ReadyPieces.of(Begun.at(output, other), network)
    manifest = found.folder / "manifest.json"
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**facts, "av": "1.0"}), encoding="utf-8")
    with pytest.raises(RestartNeededError, match=r"PyAV 1\.0 \(now"):
        ReadyPieces.of(Begun.at(output), network)


def test_networks_are_found_by_name_where_filmcolor_lies_elsewhere(
    film: Path, tmp_path: Path
) -> None:
    output = tmp_path / "r.mkv"
    options = {"model": "lite", "engine": "onnxruntime", "shots": {1: {"network": "lite"}}}
    options["end"] = "40f"
    found = prepare(film, output, **options, **_PIECES)
    manifest = found.folder / "manifest.json"
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    for network in (facts["network"], facts["shot_networks"]["lite"]):
        network["path"] = "/not/here/lite.onnx"
    manifest.write_text(json.dumps(facts), encoding="utf-8")
    done = ReadyPieces.of(Begun.at(output)).color(len(found.pieces))
    assert done.frames > 0


def test_a_film_that_was_not_prepared(film: Path, tmp_path: Path) -> None:
    for command in (["segment", film, "--number", "1"], ["join"]):
        code, said = run(*command, "--work", tmp_path / "r.mkv")
        assert code == 1
        assert len(said.splitlines()) == 1
    assert not work_place(tmp_path / "r.mkv").exists()


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/mnt/archive/a.mkv", "/srv/films/a.mkv"),
        ("/mnt/archive", "/srv/films"),
        ("/mnt/archive2/a.mkv", "/mnt/archive2/a.mkv"),
        ("/mnt/archive/new/a.mkv", "Z:\\a.mkv"),
        ("C:\\films\\a.mkv", "/films/a.mkv"),
    ],
)
def test_paths_that_differ(path: str, there: str) -> None:
    pairs = ["/mnt/archive=/srv/films/", "/mnt/archive/new/=Z:", "C:\\films=/films"]
    assert PathMap.parse(pairs).there(path) == there


@pytest.mark.parametrize("pair", ["", "=", "/a", "/a=", "=/b"])
def test_what_is_no_pair_of_paths(pair: str) -> None:
    with pytest.raises(UsageError, match="`path_map`"):
        PathMap.parse([pair])
