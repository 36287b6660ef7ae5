"""Standard input, output and error where they are closed, full, or take a little at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

posix = pytest.mark.skipif(os.name == "nt", reason="needs file numbers as POSIX has them")
full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


def _start(*arguments: object, closed: tuple[int, ...] = (), **streams: object) -> tuple[int, str]:
    """Run `filmcolor` without some of its standard streams; return code and standard error."""
    before: Callable[[], object] | None = None
    if closed:

        def before() -> None:
            for number in closed:
                os.close(number)

    done = subprocess.run(
        [sys.executable, "-m", "filmcolor", *map(str, arguments)],
        timeout=120,
        preexec_fn=before,
        check=False,
        **{"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, **streams},  # type: ignore[call-overload]
    )
    return done.returncode, (done.stderr or b"").decode()


@posix
@pytest.mark.parametrize("closed", [(2,), (1, 2), (0, 1, 2)])
def test_a_film_is_coloured_without_them(
    grey_clip: Path, network_file: Path, tmp_path: Path, closed: tuple[int, ...]
) -> None:
    output = tmp_path / "r.mp4"
    options = ["--model", network_file, "--engine", "onnxruntime"]
    code, _ = _start("colorize", grey_clip, "-o", output, *options, closed=closed)
    assert (code, output.exists()) == (0, True)


@posix
def test_nobody_is_told(grey_clip: Path) -> None:
    assert _start("info", grey_clip, closed=(1,)) == (0, "")


@full_device
@pytest.mark.parametrize("unbuffered", [False, True])
def test_there_is_no_room_for_what_is_printed(
    grey_clip: Path, monkeypatch: pytest.MonkeyPatch, unbuffered: bool
) -> None:
    if unbuffered:
        monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    with Path("/dev/full").open("wb") as full:
        code, errors = _start("info", grey_clip, stdout=full)
    assert code == 1
    assert errors.startswith("filmcolor: standard output: cannot be written (")
    assert errors.count("\n") == 1


@posix
def test_a_film_comes_whole_where_little_is_taken_at_a_time(
    grey_clip: Path, network_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk without room takes a part of what it is given, and then nothing."""
    import resource

    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    room = 1000

    def little_room() -> None:
        # Of files that grow, but for the film itself, which is smaller than that before it is sent.
        os.lseek(1, (1 << 20) - room, os.SEEK_SET)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    with (tmp_path / "target").open("wb") as target:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "filmcolor", "colorize", str(grey_clip), "-o", "-", "-q"),
                *("--model", str(network_file), "--engine", "onnxruntime"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.PIPE,
            preexec_fn=little_room,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert b"standard output: cannot be written" in done.stderr
