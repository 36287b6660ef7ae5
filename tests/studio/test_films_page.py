"""The list of films: what is there, how it stands, and adding more."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.studio.asking import Asking, until
from tests.studio.films import make_film, make_photo
from tests.studio.pages import Window, drop


def test_films_and_photos_are_listed_with_their_state(window: Window) -> None:
    (window.studio.folder / "broken.mp4").write_bytes(b"no film at all" * 100)
    window.open()
    card = window.page.get_by_role("link", name="old.mp4 Planned")
    card.wait_for()
    assert "0:02" in card.inner_text()
    assert window.page.get_by_role("link", name="fresh.mp4 New").count() == 1
    assert window.page.get_by_role("link", name="aunt.png New").count() == 1
    broken = window.page.get_by_role("link", name=re.compile("broken.mp4.*Failed"))
    assert "not a film that can be read" in broken.inner_text()
    assert str(window.studio.folder) not in broken.inner_text()
    window.page.wait_for_function(
        "() => [...document.querySelectorAll('.card img')].filter(i => i.naturalWidth).length >= 4"
    )


def test_the_shots_of_a_new_film_are_found_when_it_is_opened(window: Window) -> None:
    window.open_film("fresh.mp4")
    assert (window.studio.folder / "fresh.plan.json").is_file()
    timeline = window.page.get_by_role("slider", name="Timeline")
    assert timeline.get_attribute("aria-valuetext") == "Frame 0 of 32, shot 1"
    window.page.get_by_role("link", name="Films", exact=True).click()
    window.page.get_by_role("link", name="fresh.mp4 Planned").wait_for()


def test_a_path_adds_a_film_where_it_lies(window: Window, tmp_path: Path) -> None:
    film = make_film(tmp_path / "attic reel.mp4", shots=1)
    window.open()
    window.page.get_by_label("Path of a film or photo elsewhere").fill(str(film))
    window.page.get_by_role("button", name="Add").click()
    window.page.get_by_role("link", name="attic reel.mp4").wait_for()
    assert not (window.studio.folder / film.name).exists()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("reels/deep.mp4", "deep.mp4"),
        ("scans", "p_%04d.png"),
        ("scans/p_%04d.png", "p_%04d.png"),
        ("scans/p_0007.png", "p_%04d.png"),
    ],
)
@pytest.mark.parametrize("where", ["inside", "outside"])
def test_what_a_path_may_name(
    studio: Asking, tmp_path: Path, written: str, name: str, where: str
) -> None:
    root = studio.folder if where == "inside" else tmp_path / "attic"
    (root / "reels").mkdir(parents=True)
    (root / "scans").mkdir()
    make_film(root / "reels" / "deep.mp4", shots=1)
    for number in range(24):
        make_photo(root / "scans" / f"p_{number:04}.png", number)
    answer = studio.post("/api/folder/films", {"path": str(root / written)})
    assert answer.status == 200
    assert answer.json == {"id": studio.id_of(name), "name": name}
    assert studio.get(f"/api/films/{answer.json['id']}").json["frames"] in (16, 24)
    assert [row["name"] for row in studio.get("/api/folder").json["films"]].count(name) == 1


def test_a_film_elsewhere_has_its_state_too(studio: Asking, tmp_path: Path) -> None:
    make_film(tmp_path / "attic.mp4", shots=1)
    key = studio.post("/api/folder/films", {"path": str(tmp_path / "attic.mp4")}).json["id"]

    def state() -> str:
        films = studio.get("/api/folder").json["films"]
        return str(next(film["state"] for film in films if film["id"] == key))

    assert state() == "new"
    studio.planned("attic.mp4")
    assert state() == "planned"
    studio.post("/api/queue", {"film": key})
    until(lambda: studio.get("/api/queue").json["films"][0]["state"] == "done")
    assert state() == "coloured"


def test_what_cannot_be_added_is_said(window: Window) -> None:
    window.open()
    window.page.get_by_label("Path of a film or photo elsewhere").fill("/no/such/film.mp4")
    window.page.get_by_role("button", name="Add").click()
    window.page.get_by_role("alert").get_by_text("no such file").wait_for()
    window.faults.clear()  # Chromium itself notes each answer that is not 200


def test_a_dropped_file_of_the_folder_is_added(window: Window, tmp_path: Path) -> None:
    inner = window.studio.folder / "reels"
    inner.mkdir()
    film = make_film(inner / "deep.mp4", shots=1)
    window.open()
    window.page.get_by_role("link", name="old.mp4").wait_for()
    assert window.page.get_by_role("link", name="deep.mp4").count() == 0
    drop(window, film, ".page")
    window.page.get_by_role("link", name="deep.mp4").wait_for()
    elsewhere = tmp_path / "unknown.mp4"
    shutil.copy(film, elsewhere)
    drop(window, elsewhere, ".page")
    window.page.get_by_text("Browsers do not tell where").wait_for()
