"""Whatever goes wrong ends in one clear line, and the work folder carries on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import filmcolor
from filmcolor.errors import FilmcolorError, InputError
from filmcolor.jobs.work import work_place
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.networks import Network
from filmcolor.summary import Progress
from tests.jobs.films import SHOTS, assert_same_film, hidden, shots_film
from tests.jobs.processes import finished, run, start, wait_for

FRAMES = sum(SHOTS)
KEPT = r"(shots are found|segments are done), and `filmcolor resume .*r\.mkv` carries on\.$"
not_on_windows = pytest.mark.skipif(sys.platform == "win32", reason="not so on Windows")


def in_phase(phase: str, number: int, act: Callable[[], object]) -> Callable[[Progress], None]:
    """A progress callback that does something when so many frames are done."""

    def progress(state: Progress) -> None:
        if state.phase == phase and state.done == number:
            act()

    return progress


at_frame = partial(in_phase, "color")


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.fixture
def own(film: Path, tmp_path: Path) -> Path:
    """A copy of the film that may be changed."""
    copy = tmp_path / "film.mkv"
    copy.write_bytes(film.read_bytes())
    return copy


@not_on_windows
@pytest.mark.parametrize("after", [30, FRAMES])
def test_the_film_is_removed(own: Path, tmp_path: Path, network: Network, after: int) -> None:
    output, saved = tmp_path / "r.mkv", own.read_bytes()
    with pytest.raises(InputError, match=rf"film\.mkv: is gone .*{KEPT}"):
        filmcolor.colorize(
            own, output, network=network, segment_seconds=0.6, progress=at_frame(after, own.unlink)
        )
    own.write_bytes(saved)
    summary = filmcolor.colorize(own, output, network=network, segment_seconds=0.6)
    assert summary.frames == FRAMES
    assert hidden(tmp_path) == []


@not_on_windows
@pytest.mark.parametrize("after", [30, FRAMES])
def test_the_film_is_changed(own: Path, tmp_path: Path, network: Network, after: int) -> None:
    """The same command would not carry on, so that is not said; what is said works."""
    output = tmp_path / "r.mkv"
    other = shots_film(tmp_path / "other.mkv", SHOTS[::-1])

    def color(**options: Any) -> filmcolor.Summary:
        return filmcolor.colorize(own, output, network=network, segment_seconds=0.6, **options)

    with pytest.raises(
        InputError,
        match=r"film\.mkv: was changed while it was being read; when it is complete, begin anew "
        r"with `restart`\.$",
    ):
        color(progress=at_frame(after, lambda: own.write_bytes(other.read_bytes())))
    assert work_place(output).is_dir()
    with pytest.raises(FilmcolorError, match=r"another input, film.* `restart`\.$"):
        color()
    assert color(restart=True).frames_before == 0
    wanted = filmcolor.colorize(other, network=network, segment_seconds=0.6)
    assert_same_film(wanted.output, output)


@not_on_windows
def test_the_film_cannot_be_read_any_more_as_it_was_changed(
    tmp_path: Path, network: Network
) -> None:
    film = shots_film(tmp_path / "film.mkv", (80,) * 5)
    output, saved = tmp_path / "r.mkv", film.read_bytes()
    options = {"network": network, "strict": True}
    overwrite = at_frame(1, lambda: film.write_bytes(b"still being copied"))
    with pytest.raises(
        InputError, match=r"film\.mkv: .*; it was changed .*, begin anew with `restart`\.$"
    ):
        filmcolor.colorize(film, output, progress=overwrite, **options)
    film.write_bytes(saved)
    assert filmcolor.colorize(film, output, restart=True, **options).frames == 400


def test_other_settings_do_not_carry_on(
    film: Path, tmp_path: Path, network: Network, network_file: Path
) -> None:
    """Another network is noticed when it is loaded: then, too, nothing else is claimed."""
    output = tmp_path / "r.mkv"
    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(
            film, output, network=network, segment_seconds=0.6, progress=at_frame(50, interrupt)
        )
    with pytest.raises(FilmcolorError, match=r"begun with model small .*`restart`\.$"):
        filmcolor.colorize(film, output, model="lite", segment_seconds=0.6)
    assert filmcolor.colorize(film, output, network=network, segment_seconds=0.6).frames_before > 0


@not_on_windows
def test_the_disk_is_full(film: Path, tmp_path: Path, network_file: Path) -> None:
    """No file may grow beyond a limit: to a program, that looks like a full disk."""
    import resource

    output = tmp_path / "r.mkv"
    command = ["colorize", film, "-o", output, "--model", network_file, "--engine", "onnxruntime"]
    command += ["--segment-seconds", "0.6", "--codec", "ffv1"]
    whole = tmp_path / "whole.mkv"
    options = [word if word != output else whole for word in command]
    assert run(*options)[0] == 0
    # Enough for a segment, not for all of them in one file.
    limit = whole.stat().st_size // 2
    code, said = finished(
        start(*command, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit,) * 2))
    )
    assert code == 1
    (line,) = said.splitlines()
    assert line.startswith("filmcolor: ")
    assert line.lower().startswith(f"filmcolor: {output}: ".lower())
    assert "file too large" in line.lower()
    assert "segment-" not in line
    assert ".filmcolor" not in line.replace(f"resume {output}", "")
    assert f"segments are done, and `filmcolor resume {output}` carries on." in line
    assert not output.exists()
    code, said = run(*command)
    assert code == 0, said
    assert f"{FRAMES} of them done before" in said
    assert_same_film(whole, output)
    assert hidden(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_is_full_from_the_beginning(
    film: Path, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "r.mkv"

    def fill() -> None:
        (work_place(output) / "segment-00002.mov.part").unlink(missing_ok=True)
        (work_place(output) / "segment-00002.mov.part").symlink_to("/dev/full")

    with pytest.raises(FilmcolorError, match=rf"(?i)no space left.*{KEPT}"):
        filmcolor.colorize(
            film, output, network=network, segment_seconds=0.6, progress=at_frame(20, fill)
        )
    summary = filmcolor.colorize(film, output, network=network, segment_seconds=0.6)
    assert summary.frames_before > 0


@not_on_windows
def test_ctrl_c_twice(film: Path, tmp_path: Path, network_file: Path) -> None:
    """The second time it ends at once, and what is done is kept all the same."""
    output = tmp_path / "r.mkv"
    command = ["colorize", film, "-o", output, "--model", network_file, "--engine", "onnxruntime"]
    command += ["--segment-seconds", "0.6"]
    process = start(*command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    wait_for((work_place(output) / "segment-00000.mov").exists, process, "a segment")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    code, _ = finished(process)
    assert code in (130, -signal.SIGINT)
    assert work_place(output).is_dir()
    code, said = run("resume", tmp_path)
    assert code == 0, said
    assert "segments done, from" in said
    assert output.exists()
    assert hidden(tmp_path) == []


@not_on_windows
def test_a_decoder_that_never_comes_back(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe into which nobody writes: whoever opens it waits for ever."""
    monkeypatch.setenv("FILMCOLOR_PATIENCE", "1")
    pipe = tmp_path / "film.mkv"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match=r"film\.mkv: nothing has come from it for 1 s"):
        list(FilmReader(replace(probe(film), path=pipe)).frames())


def test_nonsense_patience(
    film: Path, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILMCOLOR_PATIENCE", "never")
    with pytest.raises(FilmcolorError, match="FILMCOLOR_PATIENCE=never"):
        filmcolor.colorize(film, tmp_path / "r.mkv", network=network)
