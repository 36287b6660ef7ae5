"""What is painted is seen at once, becomes the film's, and can be taken back."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from filmcolor import FilmView, InputError, Network, Stroke, UsageError
from tests.clips import read_frames
from tests.viewing.conftest import assert_as_in_film, open_view, whole_film

RED = Stroke([(20.0, 20.0), (40.0, 25.0)], "#d03030", radius=4)


def _redness(v: np.ndarray, x: int, y: int) -> float:
    """Mean of V around a pixel of the film."""
    part = v[y // 2 - 2 : y // 2 + 3, x // 2 - 2 : x // 2 + 3]
    return float(part.mean()) - 128


def test_strokes(lite_view: FilmView, packaged_network: Network) -> None:
    """On a frame that is no keyframe, and on one that is, in another shot."""
    view = lite_view
    before = view.frame(7)
    at_once = view.paint(7, [RED])
    assert not at_once.exact
    assert at_once.revision > before.revision
    assert _redness(at_once.v, 30, 22) > _redness(before.v, 30, 22) + 10
    later = view.frame(7)
    assert later.exact
    assert _redness(later.v, 30, 22) > _redness(before.v, 30, 22) + 10
    away = np.abs(later.v.astype(int) - at_once.v.astype(int))
    assert away.mean() < 4
    assert _redness(view.frame(12).v, 30, 22) > 10
    assert view.painted == [7]
    view.paint(18, [Stroke([(50, 30)], "neutral")])
    film = whole_film(view, packaged_network)
    for number in (0, 7, 8, 17, 18, 20, 35, 70):
        assert_as_in_film(view.frame(number), film)
    assert view.undo()
    assert view.painted == [7]
    assert view.undo()
    assert view.painted == []
    assert np.array_equal(view.frame(7).v, before.v)
    assert view.redo()
    assert np.array_equal(view.frame(7).v, later.v)


def test_eraser_and_unpaint(view: FilmView) -> None:
    before = view.frame(7)
    view.paint(7, [RED])
    view.paint(7, [Stroke(RED.points, None, radius=9)])
    assert np.array_equal(view.frame(7).v, before.v)
    assert view.painted == []
    view.paint(7, [RED])
    view.unpaint(7)
    assert view.painted == []
    assert [path for path in view.keyframes_path.rglob("*") if path.is_file()] == []
    view.undo()
    assert view.painted == [7]


def test_wrong_strokes(view: FilmView) -> None:
    view.make_plan()
    revision = view.revision
    for wrong in (
        Stroke([], "red"),
        Stroke([(1, 1)], "no colour"),
        Stroke([(1, 1)], "red", radius=-1),
        Stroke([(float("nan"), 1)], "red"),
        Stroke([(40, 40)], "red", radius=200),
    ):
        with pytest.raises(UsageError):
            view.paint(7, [wrong])
    assert view.revision == revision
    assert not view.keyframes_path.exists()


@pytest.mark.parametrize("kind", ["array", "file", "content"])
def test_pinned_picture(view: FilmView, network: Network, tmp_path: Path, kind: str) -> None:
    before = view.frame(9)
    picture = before.color.copy()
    picture[10:40, 10:40] = picture[10:40, 10:40] // 4 + np.array([150, 20, 20], np.uint8)
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    (tmp_path / "mine.png").write_bytes(file.getvalue())
    given = {"array": picture, "file": tmp_path / "mine.png", "content": file.getvalue()}[kind]
    view.pin_keyframe(9, given)
    after = view.frame(9)
    assert _redness(after.v, 24, 24) > _redness(before.v, 24, 24) + 20
    assert view.painted == [9]
    if kind == "array":
        film = whole_film(view, network)
        for number in (3, 9, 14, 40):
            assert_as_in_film(view.frame(number), film)
    view.undo()
    assert np.array_equal(view.frame(9).v, before.v)


def test_pictures_that_will_not_do(view: FilmView, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cropped"):
        view.pin_keyframe(3, np.zeros((10, 90, 3), np.uint8))
    (tmp_path / "no.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"no\.png: not a picture"):
        view.pin_keyframe(3, tmp_path / "no.png")
    with pytest.raises(InputError):
        view.refer(b"nothing")
    assert not view.can_undo


def test_reference(view: FilmView, network: Network, tmp_path: Path) -> None:
    before = view.frame(9)
    sepia = np.random.default_rng(1).integers(40, 200, (48, 64, 1), np.uint8)
    picture = np.concatenate([sepia // 2 + 100, sepia // 2 + 50, sepia // 3], 2)
    view.refer(picture, shot=1, scope="room")
    after = view.frame(9)
    assert not np.array_equal(after.v, before.v)
    film = whole_film(view, network)
    for number in (2, 9, 30, 50):
        assert_as_in_film(view.frame(number), film)
    # The plan holds wherever its folder is, and from wherever it is read.
    assert view.plan is not None
    (path,) = view.plan.shots[0].settings.references or ()
    assert not Path(path).is_absolute()
    view.undo()
    assert np.array_equal(view.frame(9).v, before.v)
    Image.fromarray(picture).save(tmp_path / "mine.jpg")
    view.refer(tmp_path / "mine.jpg", scope="film")
    assert {shot.settings.references for shot in view.plan.shots} == {(str(tmp_path / "mine.jpg"),)}


def test_the_command_makes_what_is_seen(view: FilmView, network: Network) -> None:
    view.change(1, {"saturation": 1.5})
    assert "--keyframes" not in view.command
    view.paint(7, [RED])
    words = [sys.executable, "-m", *shlex.split(view.command)]
    output = view.plan_path.with_name("film.color.mkv")
    assert "--keyframes" in words
    options = ["-o", str(output), "--model", str(network.path), "--engine", "onnxruntime"]
    subprocess.run([*words, *options], check=True, timeout=100, capture_output=True)
    film = read_frames(output)
    for number in (2, 7, 40):
        assert_as_in_film(view.frame(number), film)


def test_painted_before(film: Path, network: Network) -> None:
    with open_view(film, network) as view:
        view.paint(7, [RED])
        painted = view.frame(7)
    with open_view(film, network) as again:
        assert again.painted == [7]
        assert np.array_equal(again.frame(7).v, painted.v)
        assert not again.can_undo


def test_paint_taken_away_while_frames_are_made(view: FilmView, network: Network) -> None:
    """Whoever looks meanwhile sees the frame with it or without it."""
    before = view.frame(7).v
    failed: list[BaseException] = []
    ended = threading.Event()

    def look() -> None:
        try:
            while not ended.is_set():
                view.frame(7)
        except BaseException as error:
            failed.append(error)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for each in lookers:
        each.start()
    for number in range(10):  # each time another one: of what was seen before, nothing is read
        if number % 5 == 4:
            view.pin_keyframe(7, np.full((*view.size, 3), 10 * number, np.uint8))
        else:
            view.paint(7, [Stroke(RED.points, "#d03030", radius=2 + number / 4)])
        time.sleep(0.01 * number)
        view.unpaint(7)
    ended.set()
    for each in lookers:
        each.join()
    assert failed == []
    assert np.array_equal(view.frame(7).v, before)
    view.paint(7, [RED])
    film = whole_film(view, network)
    assert_as_in_film(view.frame(7), film)


def test_the_next_stroke_needs_no_look_at_the_film(view: FilmView, network: Network) -> None:
    view.paint(7, [RED])
    view.paint(17, [Stroke([(50, 30)], "#3040d0")])
    view.write_script()
    view.paint(7, [Stroke([(60, 40), (70, 44)], "#30a030")])
    assert view.frame(12).exact
    asked: list[object] = []
    view.write_script(listeners=[asked.append])
    assert asked == []
    view.paint(17, [Stroke([(20, 20)], None, radius=20)])
    film = whole_film(view, network)
    for number in (0, 7, 12, 17, 18, 40):
        assert_as_in_film(view.frame(number), film)
