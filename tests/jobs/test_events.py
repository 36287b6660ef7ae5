"""Events of a run, and how it is stopped from outside."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import filmcolor
from filmcolor.errors import CancelledError
from filmcolor.events import (
    CancelToken,
    Done,
    Event,
    Events,
    FrameDone,
    Joining,
    Note,
    Planned,
    SegmentDone,
    as_listener,
)
from filmcolor.jobs.work import work_place
from filmcolor.networks import Network
from filmcolor.summary import Progress, Summary
from tests.clips import read_frames
from tests.jobs.films import hidden

OPTIONS = {"codec": "ffv1", "segment_seconds": 1.0}


def color(film: Path, output: Path, network: Network, **more: object) -> Summary:
    return filmcolor.colorize(film, output, network=network, **OPTIONS, **more)


@pytest.fixture(scope="module")
def frames(film: Path, tmp_path_factory: pytest.TempPathFactory, network: Network) -> int:
    """How many the film has in colour."""
    output = tmp_path_factory.mktemp("whole") / "whole.mkv"
    color(film, output, network)
    return len(read_frames(output))


def test_a_run_tells_what_it_does_in_order(film: Path, tmp_path: Path, network: Network) -> None:
    first: list[Event] = []
    second: list[Event] = []
    summary = color(film, tmp_path / "r.mkv", network, listeners=[first.append, second.append])
    assert first == second
    kinds = [type(event) for event in first]
    assert kinds.count(Planned) == kinds.count(Joining) == kinds.count(Done) == 1
    planned = first[kinds.index(Planned)]
    assert isinstance(planned, Planned)
    assert planned.shots == summary.shots
    assert [e.done for e in first if isinstance(e, FrameDone) and e.phase == "plan"] == [
        *range(1, summary.frames + 1)
    ]
    colored = [e for e in first if isinstance(e, FrameDone) and e.phase == "color"]
    assert [e.done for e in colored] == [*range(1, summary.frames + 1)]
    segments = [e for e in first if isinstance(e, SegmentDone)]
    assert len(segments) == summary.segments > 1
    assert sum(e.frames for e in segments) == summary.frames
    assert first.index(planned) < first.index(colored[0])
    assert kinds[-2:] == [Joining, Done]
    assert first[-1] == Done(summary)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "moment",
    [
        lambda event: isinstance(event, FrameDone) and event.phase == "plan" and event.done == 9,
        lambda event: isinstance(event, FrameDone) and event.phase == "keyframes",
        lambda event: isinstance(event, SegmentDone),
        lambda event: isinstance(event, Joining),
    ],
    ids=["plan", "keyframes", "color", "join"],
)
def test_a_cancelled_run_keeps_what_is_done(
    film: Path,
    frames: int,
    tmp_path: Path,
    network: Network,
    moment: Callable[[Event], bool],
    workers: int,
) -> None:
    token, output = CancelToken(), tmp_path / "r.mkv"

    def listen(event: Event) -> None:
        if moment(event):
            token.cancel()

    said = r"cancelled(; .* are (done|found), and .* carries on)?\.$"
    with pytest.raises(CancelledError, match=said) as raised:
        color(film, output, network, listeners=[listen], cancel=token, workers=workers)
    assert token.is_cancelled
    assert not output.exists()
    assert work_place(output).exists() == ("carries on" in str(raised.value))
    again = color(film, output, network)
    assert (again.frames_before > 0) == ("are done" in str(raised.value))
    assert len(read_frames(output)) == frames
    assert not hidden(tmp_path)


def test_cancelling_from_another_thread(film: Path, tmp_path: Path, network: Network) -> None:
    """While it waits for something: here for a listener that takes its time."""
    token = CancelToken()
    begun = threading.Event()

    def listen(event: Event) -> None:
        begun.set()

    stopper = threading.Thread(target=lambda: (begun.wait(), token.cancel()))
    stopper.start()
    with pytest.raises(CancelledError):
        color(film, tmp_path / "r.mkv", network, listeners=[listen], cancel=token)
    stopper.join()


def test_a_listener_that_fails_ends_the_run(film: Path, tmp_path: Path, network: Network) -> None:
    def listen(event: Event) -> None:
        if isinstance(event, SegmentDone):
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        color(film, tmp_path / "r.mkv", network, listeners=[listen])


def test_progress_is_one_way_of_listening() -> None:
    seen: list[Progress] = []
    events = Events([as_listener(seen.append)])
    events.tell(FrameDone(3, 9))
    events.tell(Note("mind the gap."))
    events.tell(Planned(2, 9))
    assert seen == [Progress(3, 9), Progress(3, 9, "color", "mind the gap.")]


def test_events_are_logged(
    film: Path, tmp_path: Path, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "filmcolor"):
        color(film, tmp_path / "r.mkv", network, end="30f")
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "Planned(" in said
    assert "FrameDone(" not in said  # one line a frame would drown the rest
