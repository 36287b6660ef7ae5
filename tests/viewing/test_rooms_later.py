"""Frames are seen as soon as the shots are known; which of them show the same place follows."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from filmcolor import Network
from filmcolor.events import Event, FrameDone
from filmcolor.planning.plan_file import read_plan
from tests.clips import make_clip
from tests.viewing.conftest import assert_as_in_film, open_view, returning_film, whole_film


@pytest.fixture
def network(packaged_network: Network) -> Network:
    """One that knows places again: what it looks at is found later."""
    return packaged_network


class _Held:
    """A listener that holds the look at what shots show until it is let go."""

    def __init__(self) -> None:
        self.reached, self.released = threading.Event(), threading.Event()

    def __call__(self, event: Event) -> None:
        if isinstance(event, FrameDone) and event.phase == "keyframes":
            self.reached.set()
            assert self.released.wait(60)


def test_frames_before_rooms(tmp_path: Path, network: Network) -> None:
    film = returning_film(tmp_path / "film.mkv", (14, 12) * 2)
    held = _Held()
    with open_view(film, network) as view:
        planning = threading.Thread(target=view.make_plan, kwargs={"listeners": [held]})
        planning.start()
        try:
            assert held.reached.wait(60)
            assert view.plan is not None
            assert view.plan.rooms == "unsought"
            first = view.frame(20)
            view.change(3, {"saturation": 1.5})
            changed = [view.frame(number) for number in (0, 20, 33, 40)]
            played = list(view.frames(10, 36))
            made = whole_film(view, network)
            assert_as_in_film(first, made)
            for frame in (*changed, *played):
                assert_as_in_film(frame, made)
        finally:
            held.released.set()
            planning.join()
        plan = read_plan(view.plan_path)
        assert plan.rooms is None
        assert all(shot.kind is not None for shot in plan.shots)
        assert any(shot.room is not None for shot in plan.shots)
        assert plan.shots[2].settings.saturation == 1.5
        made = whole_film(view, network)
        for number in (0, 20, 33, 40):
            assert_as_in_film(view.frame(number), made)
        assert view.undo()
        undone = read_plan(view.plan_path)
        assert undone.shots[2].settings.saturation is None
        assert [shot.room for shot in undone.shots] == [shot.room for shot in plan.shots]


def test_what_was_left_unsought_is_found(tmp_path: Path, network: Network) -> None:
    """By the one who opens the film next, in the background."""
    film = returning_film(tmp_path / "film.mkv")
    with open_view(film, network) as view:
        plan = view.make_plan()
        rooms = [shot.room for shot in plan.shots]
        own = plan.shots[1].model_copy(update={"room": 1, "kind": None})
        open_shots = [shot.model_copy(update={"room": None, "kind": None}) for shot in plan.shots]
        open_shots[1] = own
        left = plan.model_copy(update={"rooms": "unsought", "shots": tuple(open_shots)})
    view.plan_path.write_text(left.model_dump_json(exclude_none=True))
    with open_view(film, network) as view:
        assert_as_in_film(view.frame(30), whole_film(view, network))
        view.write_script()
        found = read_plan(view.plan_path)
        assert found.rooms is None
        # What somebody has said stays, and no other room gets its number.
        assert [shot.room for shot in found.shots] == [
            1 if number == 1 else None if room is None else room + 1
            for number, room in enumerate(rooms)
        ]


def test_a_title_stays_grey_before_rooms(tmp_path: Path, network: Network) -> None:
    def picture(index: int) -> np.ndarray:
        y, x = np.mgrid[0:96, 0:128]
        if 20 <= index < 80:  # rows of letters on black
            letters = ((x // 4) % 2 == 0) & ((y // 6) % 3 == 1) & (x > 20) & (x < 108)
            return np.where(letters, 230, 18).astype(np.uint8)
        return (100 + 60 * np.sin((x + index) / 9) * np.cos(y / 7)).astype(np.uint8)

    film = make_clip(tmp_path / "film.mkv", frames=100, picture=picture, size=(128, 96))
    held = _Held()
    with open_view(film, network) as view:
        planning = threading.Thread(target=view.make_plan, kwargs={"listeners": [held]})
        planning.start()
        try:
            assert held.reached.wait(60)
            made = whole_film(view, network)
            seen = [view.frame(number) for number in (5, 50, 90)]
            played = list(view.frames(15, 60))
        finally:
            held.released.set()
            planning.join()
        for frame in (*seen, *played):
            assert_as_in_film(frame, made)
        kinds = [shot.kind for shot in view.make_plan().shots]
        assert "title" in kinds
        assert (seen[1].u == 128).all()


def test_what_is_known_is_told_while_shots_are_looked_for(tmp_path: Path, network: Network) -> None:
    film = returning_film(tmp_path / "film.mkv", (14, 12))
    reached, released = threading.Event(), threading.Event()

    def held(event: Event) -> None:
        reached.set()
        assert released.wait(60)

    told: list[object] = []
    with open_view(film, network) as view:
        planning = threading.Thread(target=view.make_plan, kwargs={"listeners": [held]})
        planning.start()
        assert reached.wait(60)
        asking = threading.Thread(target=lambda: told.append((view.painted, view.can_undo)))
        asking.start()
        asking.join(20)
        answered = not asking.is_alive()
        waiting = threading.Thread(target=lambda: told.append(view.frame(3).number))
        waiting.start()
        released.set()
        for each in (planning, asking, waiting):
            each.join(60)
            assert not each.is_alive()
    assert answered
    assert told == [([], False), 3]
