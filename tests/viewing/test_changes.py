"""Changes are written at once, can be taken back, and are seen by all who look."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filmcolor import FilmView, InputError, Network, UsageError
from filmcolor.planning.plan_file import read_plan
from tests.viewing.conftest import open_view, returning_film


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, network: Network) -> Path:
    """A film whose plan lies beside it."""
    film = returning_film(tmp_path_factory.mktemp("film") / "film.mkv")
    with open_view(film, network) as view:
        view.make_plan()
    return film


@pytest.fixture
def opened(planned: Path, network: Network) -> Iterator[FilmView]:
    with open_view(planned, network) as view:
        yield view
        while view.undo():
            pass


_CHANGE = st.fixed_dictionaries(
    {},
    optional={
        "saturation": st.one_of(st.none(), st.floats(0, 4)),
        "tint": st.floats(-60, 60),
        "skip": st.booleans(),
        "kind": st.sampled_from(["shot", "title"]),
        "room": st.one_of(st.integers(1, 4), st.just("own")),
    },
)
_STEP = st.one_of(
    st.tuples(
        st.just("change"), st.integers(1, 4), _CHANGE, st.sampled_from(["shot", "room", "film"])
    ),
    st.tuples(st.sampled_from(["undo", "redo"])),
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(_STEP, max_size=12))
def test_undo_and_redo(planned: Path, network: Network, steps: list[Any]) -> None:
    """Plans are a line that one goes along, and the file has the one where one is."""
    opened = open_view(planned, network)
    line, at = [opened.plan], 0
    for step in steps:
        revision = opened.revision
        if step[0] == "change":
            opened.change(step[1], step[2], scope=step[3])
            if opened.plan != line[at]:
                line[at + 1 :] = [opened.plan]
                at += 1
                assert opened.revision == revision + 1
        elif step[0] == "undo":
            assert opened.undo() == (at > 0)
            at = max(0, at - 1)
        else:
            assert opened.redo() == (at + 1 < len(line))
            at = min(len(line) - 1, at + 1)
        assert opened.plan == line[at] == read_plan(opened.plan_path, opened.info)
        assert (opened.can_undo, opened.can_redo) == (at > 0, at + 1 < len(line))
    while opened.undo():
        pass
    assert opened.plan == line[0]
    opened.close()


def test_scopes(opened: FilmView) -> None:
    for shot, room in enumerate((1, 2, 1, 2), 1):
        opened.change(shot, {"room": room})
    opened.change(1, {"saturation": 0.5}, scope="room")
    assert _own(opened, "saturation") == [0.5, None, 0.5, None]
    opened.change(3, {"saturation": None})
    assert _own(opened, "saturation") == [0.5, None, None, None]
    opened.change(2, {"warmth": 3.0}, scope="film")
    assert _own(opened, "warmth") == [3.0] * 4
    opened.change(2, {"room": "own"})
    assert opened.plan is not None
    assert opened.plan.shots[1].room == 3
    for wrong in ({"satturation": 1.0}, {"saturation": 9.0}, {"kind": "dream"}, {"room": -1}):
        with pytest.raises(UsageError):
            opened.change(1, wrong)
    with pytest.raises(UsageError, match="no shot 9"):
        opened.change(9, {"skip": True})


def _own(view: FilmView, name: str) -> list[Any]:
    assert view.plan is not None
    return [getattr(shot.settings, name) for shot in view.plan.shots]


def test_two_windows(view: FilmView, network: Network) -> None:
    """What one writes, the other one sees."""
    view.make_plan()
    with open_view(view.info.path, network) as other:
        told: list[tuple[int, str]] = []
        end = other.listen(lambda revision, what: told.append((revision, what)))
        before = other.frame(4)
        view.change(1, {"saturation": 0.0})
        after = other.frame(4)
        assert after.revision > before.revision
        assert (after.u == 128).all()
        assert told == [(after.revision, "the plan's file")]
        assert other.undo()
        assert np.array_equal(view.frame(4).u, before.u)
        end()
        other.redo()
        assert len(told) == 2


def test_a_plan_that_was_spoilt_outside(view: FilmView) -> None:
    view.make_plan()
    good = view.plan_path.read_text("utf-8")
    view.plan_path.write_text("{")
    with pytest.raises(InputError, match=r"film\.plan\.json"):
        view.frame(3)
    view.plan_path.write_text(good)
    view.frame(3)
    values = json.loads(good)
    values["shots"][0]["settings"] = {"skip": True}
    view.plan_path.write_text(json.dumps(values))
    assert (view.frame(3).u == 128).all()


def test_two_threads(view: FilmView, network: Network) -> None:
    """Several look, one changes, and one finds colours ahead: each frame is of one revision."""
    view.make_plan()
    failures: list[BaseException] = []
    frames: list[Any] = []

    def doing(work: Any) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def look(begin: int) -> None:
        frames.extend(view.frame(number) for number in range(begin, 74, 16))

    def change() -> None:
        for number in range(6):
            view.change(1 + number % 4, {"saturation": number / 4})
            view.undo()

    threads = [doing(lambda n=n: look(n)) for n in (0, 12)]
    threads += [doing(change), doing(view.write_script)]
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)
    assert len(frames) == 9


def test_a_film_without_a_place_for_its_plan(film: Path, tmp_path: Path, network: Network) -> None:
    elsewhere = tmp_path / "plans" / "mine.json"
    with open_view(film, network, plan=elsewhere) as view:
        view.make_plan()
        assert elsewhere.is_file()
        assert view.keyframes_path == tmp_path / "plans" / "mine.keyframes"
