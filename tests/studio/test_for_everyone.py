"""The studio can be used by keyboard and screen reader, on small screens, with long films."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Keyframe, Shot
from filmcolor.studio.server import running_studio
from tests.clips import make_clip
from tests.studio.asking import Asking, until
from tests.studio.films import scene
from tests.studio.pages import Window

VIEWS = ["", "#/photos", "#/queue", "#/camera"]
SIZES = [
    {"width": 1280, "height": 720},
    {"width": 1024, "height": 768},
    {"width": 820, "height": 1180},
]


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_grave(window: Window, view: str) -> None:
    if view == "#/queue":
        window.studio.post("/api/queue", {"film": window.studio.id_of("old.mp4")})
    window.open(view)
    window.page.locator("#content").wait_for()
    window.page.wait_for_timeout(300)
    assert window.grave_faults() == []


def test_axe_finds_nothing_grave_in_a_film(window: Window) -> None:
    window.open_film()
    window.page.get_by_text("Before/after").click()
    window.page.keyboard.press("v")
    assert window.grave_faults() == []
    window.page.get_by_role("tab", name="Paint").click()
    assert window.grave_faults() == []
    window.page.get_by_role("button", name="Colour this film").click()
    window.page.get_by_role("dialog").wait_for()
    assert window.grave_faults() == []


@pytest.mark.parametrize("size", SIZES, ids=["1280x720", "1024x768", "820x1180"])
def test_nothing_is_cut_off(new_window: Callable[..., Window], size: dict[str, int]) -> None:
    window = new_window(viewport=size)
    window.open_film()
    panel = window.page.locator(".panel").bounding_box()
    for part in (".stage", ".picture-pane", ".strip", ".transport", "[aria-label^=Redo]"):
        box = window.page.locator(part).bounding_box()
        assert box["x"] + box["width"] <= panel["x"] + 1, part
    window.page.get_by_role("tab", name="Paint").click()
    wider = """() => [...document.querySelectorAll('body *')].filter(e => {
        const box = e.getBoundingClientRect();
        return !e.hidden && box.width > 0 && box.right > innerWidth + 1 && !e.closest('[hidden]');
    }).map(e => e.outerHTML.slice(0, 120))"""
    assert window.page.evaluate(wider) == []
    assert window.page.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
    cut = """() => [...document.querySelectorAll('button, .choice span')].filter(
        e => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML)"""
    assert window.page.evaluate(cut) == []


def test_the_first_stop_of_the_keyboard_leads_to_the_content(window: Window) -> None:
    window.open()
    window.page.get_by_role("link", name="old.mp4").wait_for()
    window.page.keyboard.press("Tab")
    focused = "() => document.activeElement.textContent"
    assert window.page.evaluate(focused) == "Skip to the content"
    window.page.keyboard.press("Enter")
    assert window.page.evaluate("() => document.activeElement.id") == "content"


def test_a_film_is_mended_and_queued_by_keyboard_alone(window: Window) -> None:
    window.open()
    page = window.page
    page.get_by_role("link", name="old.mp4").wait_for()
    tab_to(window, "old.mp4")
    page.keyboard.press("Enter")
    window.wait_for_frame(0)
    page.keyboard.press("PageDown")
    tab_to(window, "Saturation")
    window.after(lambda: page.keyboard.press("Home"))
    tab_to(window, "Colour this film …", key="Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(window, "Add to the queue")
    page.keyboard.press("Enter")
    page.locator(".queue-item").get_by_text("old.mp4").first.wait_for()


def tab_to(window: Window, name: str, key: str = "Tab") -> None:
    """Press Tab until something has the focus, as people without a mouse do."""
    named = """() => {
        const e = document.activeElement;
        return e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent;
    }"""
    for _ in range(80):
        window.page.keyboard.press(key)
        if (window.page.evaluate(named) or "").startswith(name):
            return
    raise AssertionError(f"Tab never comes to {name}")


@pytest.fixture
def long_plan(folder: Path) -> Path:
    """A film of 10,000 frames, each of which its plan has for a shot."""
    count, size = 10_000, (16, 16)
    still = scene(1, 0)[:16, :16]
    film = make_clip(folder / "many.mp4", frames=count, size=size, picture=lambda _: still)
    from filmcolor.media.decode.probe import probe
    from filmcolor.planning.plan_file import identify, write_plan

    info = probe(film)
    ticks = round(1 / 25 / info.time_base)
    shots = tuple(
        Shot(
            first_frame=n,
            end_frame=n + 1,
            pts=n * ticks,
            end_pts=(n + 1) * ticks,
            kind="shot",
            keyframes=(Keyframe(frame=n, pts=n * ticks),),
        )
        for n in range(count)
    )
    write_plan(Plan(film=identify(info), shots=shots), folder / "many.plan.json")
    return film


@pytest.mark.slow
def test_ten_thousand_shots_are_not_too_many(window: Window, long_plan: Path) -> None:
    window.open(f"#/films/{window.studio.id_of(long_plan.name)}")
    page = window.page
    expect(page.get_by_role("slider", name="Timeline")).to_have_attribute("aria-valuemax", "9999")
    took = page.evaluate(
        """async () => {
            const wait = () => new Promise(requestAnimationFrame);
            const canvas = document.querySelector('.strip-canvas');
            const times = [];
            for (let at = 0; at < 20; at++) {
                const before = performance.now();
                const turn = {deltaY: -80, ctrlKey: true, clientX: 600, cancelable: true};
                canvas.dispatchEvent(new WheelEvent('wheel', turn));
                await wait(); await wait();
                times.push(performance.now() - before);
            }
            return times.sort((a, b) => a - b)[10];
        }"""
    )
    assert took < 150, "milliseconds from a turn of the wheel to its picture"
    page.keyboard.press("End")
    expect(page.locator(".place")).to_contain_text("shot 10000")


def test_it_ends_while_somebody_waits_for_a_frame(long_plan: Path, tiny_network: Path) -> None:
    """Which takes minutes here: all shots are looked at for those that show the same room."""
    options: Any = {"port": 0, "model": str(tiny_network)}
    before = {thread.ident for thread in threading.enumerate()}
    with running_studio(long_plan.parent, **options) as studio:
        asking = Asking(studio.address, studio.port, studio.token, long_plan.parent)
        frame = f"/api/films/{asking.id_of(long_plan.name)}/frames/5000"
        waiting = threading.Thread(target=lambda: asking.get(frame), daemon=True)
        waiting.start()
        until(lambda: any("keyframes" in thread.name for thread in threading.enumerate()))
        began = time.monotonic()
    waiting.join(10)
    assert time.monotonic() - began < 15
    left = [thread for thread in threading.enumerate() if thread.ident not in before]
    assert [thread.name for thread in left if "keyframes" in thread.name] == []
