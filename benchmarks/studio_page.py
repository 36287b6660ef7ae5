"""How long a person waits for the studio's picture, in a browser: from the press to the pixels.

    python -m benchmarks.studio_page FILM [--model lite] [--browser chromium]

Needs playwright, and a Chromium. A server of its own is started on a copy of the film, whose shots
are found first. Twenty presses at random places of the timeline, then twenty steps by key; from the
event in the page until the browser has drawn a frame after the picture was put there.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.studio import TIMES, Studio

_WATCH = """() => {
    const pane = document.querySelector('.picture-pane');
    window.waited = {began: 0, ended: 0};
    for (const kind of ['pointerdown', 'keydown'])
        document.addEventListener(kind, () => {
            window.waited = {began: performance.now(), ended: 0};
        }, true);
    new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
        if (!window.waited.ended) window.waited.ended = performance.now();
    }))).observe(pane, {attributeFilter: ['data-frame']});
}"""
_SETTLED = 0.6
"""Seconds between two acts of a person, in which the page fetches what else it shows."""


def _waited(page: Any, act: Any) -> float:
    """Return the milliseconds from what `act` does until its picture is seen."""
    page.evaluate("() => { window.waited.ended = 0; }")
    act()
    page.wait_for_function("() => window.waited.ended > 0")
    took: float = page.evaluate("() => window.waited.ended - window.waited.began")
    time.sleep(_SETTLED)
    return took


def measure(page: Any, studio: Studio, name: str) -> None:
    """Click and step, and print the medians."""
    studio.planned(name)
    page.goto(studio.address)
    page.get_by_role("link", name=name).click()
    page.wait_for_selector(".picture-pane[data-frame='0']", timeout=60_000)
    time.sleep(1)
    page.evaluate(_WATCH)
    box = page.get_by_role("slider", name="Timeline").bounding_box()
    chance = random.Random(1)
    places = sorted(chance.randrange(5, int(box["width"]) - 5) for _ in range(TIMES))
    chance.shuffle(places)

    def click(x: int) -> float:
        return _waited(page, lambda: page.mouse.click(box["x"] + x, box["y"] + 60))

    clicks = [click(x) for x in places]
    print(f"click on the timeline, the first on each place: {_told(clicks)}")
    steps = [_waited(page, lambda: page.keyboard.press("ArrowRight")) for _ in range(TIMES)]
    print(f"next frame, by key: {_told(steps)}")


def _told(times: list[float]) -> str:
    return f"median {statistics.median(times):.0f} ms, at most {max(times):.0f} ms"


def main() -> None:
    """Measure one film."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("film", type=Path)
    parser.add_argument("--model", default="lite")
    parser.add_argument("--browser", default=shutil.which("chromium"))
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        film = Path(folder) / given.film.name
        film.write_bytes(given.film.read_bytes())
        studio = Studio(Path(folder), given.model, Path(folder) / ".cache")
        browser = playwright.chromium.launch(executable_path=given.browser, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            measure(page, studio, film.name)
        finally:
            browser.close()
            studio.end()


if __name__ == "__main__":
    main()
