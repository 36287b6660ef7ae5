"""What colouring needs to go on in a shot may be broken on the disk: then it is made again."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import filmcolor
from benchmarks.fuzz import mutations
from filmcolor.coloring.carried_frame import ColoredKeyframe
from filmcolor.coloring.shot_state import ShotState, read_state, state_bytes
from filmcolor.errors import OutputError
from filmcolor.jobs.manifest import NAME
from filmcolor.jobs.work import work_place
from filmcolor.networks import Network
from tests.jobs.films import SHOTS, assert_same_film, hidden, shots_film


def state(**changes: Any) -> ShotState:
    """A state of method `propagate`."""
    choices = np.random.default_rng(6)
    values: dict[str, Any] = {
        "ab": choices.normal(0, 20, (6, 8, 2)).astype(np.float32),
        "coefficients": choices.normal(0, 20, (6, 8, 4)).astype(np.float32),
        "full": None,
        "picture": choices.integers(0, 255, (6, 8)).astype(np.uint8),
        "lightness": 47.5,
        "contrast": 11.25,
    }
    return ShotState(12, 480, Fraction(480, 25), ColoredKeyframe(**(values | changes)))


def archive(header: bytes, content: bytes = b"") -> bytes:
    """An archive in which the first array has this header."""
    file = io.BytesIO(state_bytes(state()))
    with zipfile.ZipFile(file) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    length = len(header) + 1
    members["frames.npy"] = (
        b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + header + b"\n" + content
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as broken:
        for name, data in members.items():
            broken.writestr(name, data)
    return file.getvalue()


def compressed() -> bytes:
    """As many zeros as anyone likes in a few bytes."""
    large = state(full=np.zeros((3000, 4000, 2), np.float32))
    with np.load(io.BytesIO(state_bytes(large))) as arrays:
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
    return file.getvalue()


class Trap:
    """Unpickled, it leaves a folder behind."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (os.environ["TRAP"],)


def pickled() -> bytes:
    objects = np.array([Trap()], dtype=object)
    file = io.BytesIO()
    np.savez(file, allow_pickle=True, frames=objects, ab=objects)
    return file.getvalue()


_HEADER = "{{'descr': '{}', 'fortran_order': False, 'shape': {}}}"

BROKEN: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "no archive": lambda: b"no archive",
    "half": lambda: state_bytes(state())[:1000],
    "a picture of a terabyte": lambda: archive(_HEADER.format("|u1", (1 << 40,)).encode()),
    "more than there can be": lambda: archive(_HEADER.format("<f8", (1 << 62, 1 << 62)).encode()),
    "a header without end": lambda: archive(b"-" * 9000 + b"1"),
    "a header of parentheses": lambda: archive(b"(" * 9000),
    "a header of bytes": lambda: archive(bytes(range(256))),
    "objects": pickled,
    "a pickle": lambda: pickle.dumps(Trap()),
    "zeros without end": compressed,
    "no numbers": lambda: state_bytes(state(ab=np.full((6, 8, 2), np.nan, np.float32))),
    "other sizes": lambda: state_bytes(state(picture=np.zeros((8, 6), np.uint8))),
    "other channels": lambda: state_bytes(state(coefficients=np.zeros((6, 8, 2), np.float32))),
    "words": lambda: state_bytes(state(coefficients=np.full((6, 8, 4), "red"))),
    "no light": lambda: state_bytes(state(lightness=float("nan"))),
    "no contrast": lambda: state_bytes(state(contrast=float("inf"))),
    "no colours": lambda: state_bytes(state(coefficients=None)),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_broken_states_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Callable[[], bytes]
) -> None:
    monkeypatch.setenv("TRAP", str(tmp_path / "sprung"))
    assert read_state(broken()) is None
    assert list(tmp_path.iterdir()) == []


def test_whole_states_come_back() -> None:
    for wanted in (
        state(),
        state(coefficients=None, full=np.ones((12, 16, 2), np.float32)),
        ShotState(3, -40, Fraction(-40, 25), smoothed=np.ones((5, 7, 2), np.float32)),
    ):
        found = read_state(state_bytes(wanted))
        assert found is not None
        assert state_bytes(found) == state_bytes(wanted)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rng=st.randoms(use_true_random=False))
def test_damaged_bytes(rng: Random) -> None:
    found = read_state(mutations.mutated(state_bytes(state()), rng))
    assert found is None or read_state(state_bytes(found)) is not None


def break_states(folder: Path, content: bytes, count: int) -> int:
    """Put `content` into the last states of a work folder, and let the manifest believe in it.

    Return how many frames are done before the first of these.
    """
    manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))
    records = manifest["segments"]
    for record in records[-count:]:
        (folder / f"segment-{record['number']:05}.npz").write_bytes(content)
        record["state_sha256"] = hashlib.sha256(content).hexdigest()
    (folder / NAME).write_text(json.dumps(manifest), encoding="utf-8")
    return sum(record["frames"] for record in records[:-count])


OPTIONS: dict[str, Any] = {"segment_seconds": 0.6, "codec": "ffv1"}


@pytest.fixture(scope="module")
def whole(film: Path, tmp_path_factory: pytest.TempPathFactory, network: Network) -> Path:
    """The film in colour, of one run."""
    output = tmp_path_factory.mktemp("whole") / "whole.mkv"
    assert filmcolor.colorize(film, output, network=network, **OPTIONS).warnings == []
    return output


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that is in the middle of its second shot after `STOPPED` frames."""
    return shots_film(tmp_path_factory.mktemp("short") / "film.mkv", (14, 40))


STOPPED = 50


@pytest.mark.parametrize(
    ("broken", "count"),
    [("a header without end", 1), ("zeros without end", 2), ("other sizes", 3)],
)
def test_the_segment_is_done_again(
    film: Path, whole: Path, tmp_path: Path, network: Network, broken: str, count: int
) -> None:
    options = {"network": network, **OPTIONS}
    resumed = tmp_path / "resumed.mkv"
    seen: list[int] = []

    def interrupt(progress: filmcolor.Progress) -> None:
        if progress.phase == "color" and progress.done == 77:  # in the middle of a long shot
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(film, resumed, progress=interrupt, **options)
    kept = break_states(work_place(resumed), BROKEN[broken](), count)
    assert (kept > 0) == (count < 3)
    summary = filmcolor.colorize(film, resumed, progress=lambda p: seen.append(p.done), **options)
    assert summary.frames_before == kept
    assert seen == [*range(kept + 1, sum(SHOTS) + 1)]
    (note,) = summary.warnings
    assert note.startswith("a finished segment in the work folder was damaged and was coloured")
    assert_same_film(whole, resumed)
    assert hidden(tmp_path) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept["segments"].reverse(),
        lambda kept: kept["segments"].append(kept["segments"][0]),
        lambda kept: kept["segments"][0].update(through=7),
        lambda kept: kept["segments"][0].update(sha256=None),
        lambda kept: kept["segments"][-1].update(state_sha256=None),
        lambda kept: kept.update(segment_seconds=0),
    ],
    ids=["reversed", "twice", "overlapping", "without a file", "without a state", "of no length"],
)
def test_a_manifest_that_cannot_be(
    short: Path, tmp_path: Path, network: Network, change: Callable[[dict[str, Any]], None]
) -> None:
    """One line says so, and what to do; that works."""
    options = {"network": network, "segment_seconds": 0.6}
    output = tmp_path / "r.mkv"

    def interrupt(progress: filmcolor.Progress) -> None:
        if progress.phase == "color" and progress.done == STOPPED:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(short, output, progress=interrupt, **options)
    manifest = json.loads((work_place(output) / NAME).read_text(encoding="utf-8"))
    change(manifest)
    (work_place(output) / NAME).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(OutputError, match=r"manifest\.json: .*begin anew with `restart`\.$"):
        filmcolor.colorize(short, output, **options)
    assert filmcolor.colorize(short, output, restart=True, **options).frames_before == 0
