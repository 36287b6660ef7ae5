"""Films coloured from the page: the form, the queue, the finished film."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

import filmcolor
from tests.clips import read_frames
from tests.studio.asking import until
from tests.studio.films import SHOT, make_film
from tests.studio.pages import Window


def choose(window: Window, **fields: str) -> None:
    """Open the form of the film that is shown, and fill it in."""
    window.page.get_by_role("button", name="Colour this film").click()
    form = window.page.get_by_role("dialog")
    for label, value in fields.items():
        if label == "Codec":
            form.get_by_role("combobox", name=label).select_option(value)
        else:
            form.get_by_label(label, exact=True).fill(value)


def test_a_film_is_coloured_watched_and_its_command_does_the_same(window: Window) -> None:
    window.open_film()
    page, folder = window.page, window.studio.folder
    choose(window, Codec="ffv1", File="mine.mkv", From="2f", To=f"{2 * SHOT}f")
    line = page.get_by_role("dialog").get_by_role("textbox", name="Command line")
    expect(line).to_contain_text("--codec ffv1")
    expect(line).to_contain_text("--start 2f")
    expect(line).to_contain_text(f"--end {2 * SHOT}f")
    command = line.inner_text()
    page.get_by_role("button", name="Add to the queue").click()
    item = page.locator(".queue-item")
    item.get_by_text("Done").wait_for(timeout=60_000)
    assert "mine.mkv" in item.inner_text()
    made = read_frames(folder / "mine.mkv")
    assert len(made) == 2 * SHOT - 2
    words = shlex.split(command)
    assert words[0] == "filmcolor"
    words[words.index("-o") + 1] = str(folder / "same.mkv")
    subprocess.run([sys.executable, "-m", *words, "--quiet"], check=True, timeout=60)
    for one, other in zip(made, read_frames(folder / "same.mkv"), strict=True):
        assert one.time == other.time
        assert (one.y == other.y).all()
        assert one.u is not None and other.u is not None
        assert (one.u == other.u).all()


def test_the_finished_film_plays_and_seeks(window: Window, tiny_network: Path) -> None:
    filmcolor.colorize(window.studio.folder / "old.mp4", model=str(tiny_network))
    window.open()
    page = window.page
    page.get_by_role("link", name="old.mp4 Coloured").click()
    page.get_by_role("button", name="Finished film").click()
    video = "document.querySelector('dialog video')"
    page.wait_for_function(f"() => {video}.readyState >= 2")
    page.evaluate(f"() => {{ {video}.pause(); {video}.currentTime = 1.5; }}")
    page.wait_for_function(f"() => !{video}.seeking && {video}.currentTime > 1.4")
    key = window.studio.id_of("old.mp4")
    part = window.studio.raw(
        "GET",
        f"/api/films/{key}/finished",
        {"Cookie": window.studio.key(), "Range": "bytes=10-19"},
    )
    assert part.status == 206
    assert len(part.body) == 10
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_will_not_do_is_said_in_the_form(window: Window) -> None:
    window.open_film()
    choose(window, From="yesterday")
    form = window.page.get_by_role("dialog")
    form.get_by_role("alert").get_by_text("not a point in a film").wait_for()
    expect(form.get_by_role("button", name="Add to the queue")).to_be_disabled()
    form.get_by_label("From", exact=True).fill("0:01")
    form.get_by_label("To", exact=True).fill("10f")
    form.get_by_role("alert").get_by_text("the range is empty").wait_for()
    form.get_by_label("To", exact=True).fill("")
    expect(form.get_by_role("button", name="Add to the queue")).to_be_enabled()
    window.faults.clear()  # Chromium itself notes each answer that is not 200


def test_films_are_paused_moved_cancelled_and_removed(window: Window) -> None:
    studio, page = window.studio, window.page
    make_film(studio.folder / "long.mp4", shots=40)
    names = (("long.mp4", "a.mkv"), ("old.mp4", "b.mkv"), ("old.mp4", "c.mkv"))
    ids = [
        studio.post("/api/queue", {"film": studio.id_of(name), "output": output}).json["id"]
        for name, output in names
    ]
    window.open("#/queue")
    items = page.locator(".queue-item")
    expect(items).to_have_count(3)
    expect(page.get_by_role("navigation").get_by_role("link", name="Queue")).to_contain_text("3")
    items.nth(2).get_by_role("button", name="Earlier").click()
    order = [ids[0], ids[2], ids[1]]
    until(lambda: [row["id"] for row in studio.get("/api/queue").json["films"]] == order)
    expect(items.nth(1)).to_contain_text("c.mkv")
    items.nth(2).get_by_role("button", name="Cancel").click()
    expect(items.nth(2).locator(".state")).to_have_text("Cancelled")
    items.nth(2).get_by_role("button", name="Remove from the list").click()
    expect(items).to_have_count(2)
    expect(items.nth(0).locator(".facts")).to_contain_text("of 640 frames", timeout=30_000)
    page.goto("about:blank")  # the queue needs no page
    window.open("#/queue")
    items.nth(0).get_by_role("button", name="Pause").click()
    expect(items.nth(0).locator(".state")).to_have_text("Paused")
    expect(items.nth(1).locator(".state")).to_have_text("Done", timeout=60_000)
    assert (studio.folder / "c.mkv").exists()
    assert not (studio.folder / "a.mkv").exists()
    assert not (studio.folder / "b.mkv").exists()


def test_a_film_that_fails_says_why(window: Window) -> None:
    studio = window.studio
    (studio.folder / "old.color.mp4").write_bytes(b"something of mine")
    studio.post("/api/queue", {"film": studio.id_of("old.mp4"), "output": "old.color.mp4"})
    window.open("#/queue")
    item = window.page.locator(".queue-item")
    item.get_by_text("Failed").wait_for(timeout=30_000)
    expect(item.locator(".trouble")).to_contain_text("exists")
    assert (studio.folder / "old.color.mp4").read_bytes() == b"something of mine"
