"""A file name is a file name, whatever it looks like."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import filmcolor
from filmcolor.jobs.inspect import inspect
from filmcolor.networks import Network
from filmcolor.settings import Settings
from tests.clips import ffmpeg, make_clip, read_frames
from tests.networks.servers import Server
from tests.streams import add_streams

NAMES = [
    "two  words.mkv",
    'it\'s "quoted" `here` $HOME.mkv',
    "line\nbreak.mkv",
    "tab\there.mkv",
    "-o.mkv",
    "--overwrite.mkv",
    "-i -y.mkv",
    "100%.mkv",
    "%03d-%s-%%.mkv",
    "frame*?[a-b]{c}.mkv",
    "Füchse 狐 🦊.mkv",
    "e\u0301.mkv",
    "\u202eright to left.mkv",
    "concat:a.mkv|b.mkv",
    "file:film.mkv",
    "pipe:0.mkv",
    "pipe:",
    "crypto:film.mkv",
    "subfile,,start,0,end,0,,:film.mkv",
    "async:cache:film.mkv",
    "data:text,x.mkv",
    "lavfi:testsrc.mkv",
    "tee:a|b.mkv",
    "a;b&c|d>e.mkv",
    "~.mkv",
    "[s=1]film.mkv",
    "film.mkv\\",
]

windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames with sound, subtitles and a cover."""
    folder = tmp_path_factory.mktemp("film")
    plain = make_clip(folder / "plain.mkv", frames=6, audio="flac")
    return add_streams(plain, folder / "film.mkv", subtitles="subrip", cover=True)


def place(film: Path, name: str) -> Path:
    path = Path(name)
    try:
        path.write_bytes(film.read_bytes())
    except OSError as error:
        pytest.skip(f"no such name on this disk: {error}")
    return path


@windows
@pytest.mark.parametrize("name", NAMES)
def test_names_of_films(folder: Path, film: Path, tiny: Network, name: str) -> None:
    source = place(film, name)
    before = source.read_bytes()
    assert inspect(source, Settings())["container"] == "matroska"
    summary = filmcolor.colorize(source, network=tiny, preset="ultrafast", method="frame")
    assert summary.frames == len(read_frames(folder / summary.output)) == 6
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, summary.output.name])
    assert source.read_bytes() == before


@windows
@pytest.mark.parametrize("name", ["concat:out.mp4", "-y.mp4", "tee:x.mp4", "%d.mp4", "a\nb.mp4"])
def test_names_of_results(folder: Path, film: Path, tiny: Network, name: str) -> None:
    source = place(film, "film.mkv")
    summary = filmcolor.colorize(source, name, network=tiny, preset="ultrafast", method="frame")
    assert summary.output == Path(name)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["film.mkv", name])


@windows
def test_names_that_are_no_text(folder: Path, film: Path, tiny: Network) -> None:
    source = place(film, os.fsdecode(b"caf\xe9.mkv"))
    summary = filmcolor.colorize(source, network=tiny, preset="ultrafast", method="frame")
    assert summary.frames == 6


@windows
def test_addresses_are_not_asked(folder: Path, film: Path, tiny: Network, server: Server) -> None:
    address = f"{server.base}/file"
    with pytest.raises(filmcolor.InputError, match="an address, which is not opened"):
        filmcolor.colorize(address, network=tiny)
    place_of_name = Path(address)  # http:/127.0.0.1:.../file, three folders deep
    place_of_name.parent.mkdir(parents=True)
    place_of_name.write_bytes(film.read_bytes())
    result = filmcolor.colorize(
        address, "result.mkv", network=tiny, preset="ultrafast", method="frame"
    )
    assert result.frames == 6
    assert server.requests == []


@windows
def test_command_line_takes_a_name_after_two_dashes(folder: Path, film: Path) -> None:
    place(film, "-f.mkv")
    command = [sys.executable, "-m", "filmcolor", "info", "--", "-f.mkv"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    command[3:] = ["colorize", "--quiet", "no\nsuch.mkv"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


@windows
@pytest.mark.parametrize("name", ["scan%02d.png", "scan*.png", "scan?1.png", "scan%02d.gif"])
def test_a_picture_with_a_pattern_for_a_name(folder: Path, tiny: Network, name: str) -> None:
    """The file itself is meant, not those that fit the pattern."""
    source = Path(name)
    suffix = source.suffix
    count = 2 if suffix == ".gif" else 1  # a film, and a photo
    ffmpeg("-f", "lavfi", "-i", "color=white:s=32x24", "-frames:v", f"{count}", f"white{suffix}")
    for number in range(1, 4):
        ffmpeg("-f", "lavfi", "-i", "color=black:s=48x32", "-frames:v", "1", f"black{suffix}")
        Path(f"black{suffix}").replace(f"scan0{number}{suffix}")
    Path(f"white{suffix}").replace(source)
    facts = inspect(source, Settings())
    assert (facts["width"], facts["height"]) == (32, 24)
    assert facts.get("timing", {}).get("frames", 1) == count
    summary = filmcolor.colorize(
        source, "result" + (suffix if suffix == ".png" else ".mkv"), network=tiny
    )
    assert summary.frames == count
