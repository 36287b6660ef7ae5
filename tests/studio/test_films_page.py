"""The list of films: what is there, how it stands, and adding more."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.studio.films import make_film
from tests.studio.pages import Window, drop


def test_films_and_photos_are_listed_with_their_state(window: Window) -> None:
    (window.studio.folder / "broken.mp4").write_bytes(b"no film at all" * 100)
    window.open()
    card = window.page.get_by_role("link", name="old.mp4 Planned")
    card.wait_for()
    assert "0:02" in card.inner_text()
    assert window.page.get_by_role("link", name="fresh.mp4 New").count() == 1
    assert window.page.get_by_role("link", name="aunt.png New").count() == 1
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
