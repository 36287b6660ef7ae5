"""What goes wrong around the studio is said, and nothing is lost by it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from filmcolor.studio.server import running_studio
from tests.studio.asking import Asking, until
from tests.studio.pages import Window

resource = pytest.importorskip("resource", reason="this system limits no sizes of files")


def test_a_full_disk_is_told_and_the_plan_stays(window: Window) -> None:
    window.open_film()
    plan = window.studio.folder / "old.plan.json"
    before = plan.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    number = window.page.get_by_role("spinbutton", name="Saturation")
    number.fill("0.5")
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # files cannot grow beyond that
    try:
        number.press("Enter")
        window.page.get_by_role("alert").get_by_text("cannot be written").wait_for()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert plan.read_bytes() == before
    until(lambda: number.input_value() == "1")
    assert window.page.get_by_role("button", name="Undo").is_disabled()
    window.faults.clear()  # Chromium itself notes each answer that is not 200


def test_a_studio_that_was_started_anew_is_told(
    new_window: Callable[..., Window], tmp_path: Path, tiny_network: Path
) -> None:
    folder = tmp_path / "others"
    folder.mkdir()
    with running_studio(folder, port=0, model=str(tiny_network)) as first:
        window = new_window()
        window.studio = Asking(first.address, first.port, first.token, folder)
        window.open("#/queue")
        window.page.get_by_role("heading", name="Queue").wait_for()
    with running_studio(folder, port=first.port, model=str(tiny_network)):
        window.page.get_by_text("was started anew").wait_for()
        assert window.page.get_by_text("Is it still running?").count() == 0
    window.faults.clear()  # Chromium itself notes what it does not get


def test_a_network_of_the_plan_that_is_gone_is_told(studio: Asking) -> None:
    key = studio.planned()
    plan = studio.folder / "old.plan.json"
    text = plan.read_text()
    plan.write_text(text.replace('"settings": {}', '"settings": {"network": "gone-net"}', 1))
    answer = studio.get(f"/api/films/{key}/frames/0")
    assert answer.status == 422
    assert "gone-net" in answer.json["error"]
    plan.write_text(text)
    assert studio.get(f"/api/films/{key}/frames/0").status == 200


def test_a_plan_that_is_no_plan_is_told(studio: Asking) -> None:
    key = studio.planned()
    (studio.folder / "old.plan.json").write_text("{")
    answer = studio.get(f"/api/films/{key}/frames/0")
    assert answer.status == 422
    assert "old.plan.json" in answer.json["error"]
    assert (studio.folder / "old.plan.json").read_text() == "{"


def test_a_film_that_comes_back_is_shown_again(studio: Asking) -> None:
    key = studio.planned()
    film = studio.folder / "old.mp4"
    data = film.read_bytes()
    assert studio.get(f"/api/films/{key}/frames/3").status == 200
    film.unlink()
    assert studio.get(f"/api/films/{key}/frames/20").status == 422
    film.write_bytes(data)
    assert studio.get(f"/api/films/{key}/frames/20").status == 200


def test_two_pages_that_ask_at_once_both_get_their_frames(studio: Asking) -> None:
    key = studio.planned()
    statuses: list[int] = []

    def ask(start: int) -> None:
        statuses.extend(
            studio.get(f"/api/films/{key}/frames/{n}", width=64).status for n in range(start, 48, 6)
        )

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 24


def test_a_clip_that_nobody_watches_any_more_ends(studio: Asking) -> None:
    import http.client

    key = studio.planned()
    before = threading.active_count()
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=30)
        connection.request(
            "GET", f"/api/films/{key}/clip?start=0", headers={"Cookie": studio.key()}
        )
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read(8)[4:] == b"ftyp"
        connection.close()
    until(lambda: threading.active_count() <= before + 8)


def test_the_thumbnail_of_no_film_is_none(studio: Asking, folder: Path) -> None:
    (folder / "broken.mp4").write_bytes(b"nothing" * 99)
    answer = studio.get(f"/api/films/{studio.id_of('broken.mp4')}/thumbnail")
    assert answer.status == 204
