"""Makes the README's pictures of the studio: `docs/studio-film.jpg` and `docs/studio-paint.jpg`.

    python samples/studio_pictures.py [-o FOLDER]

A studio is opened on a copy of the sample film, and used in Chromium as a person would. Needs
`pip install "filmcolor[studio,test]"` and Chromium.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from filmcolor.studio.server import running_studio

FILM = Path(__file__).with_name("sample-film.mp4")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = (1280, 720)
WIDTH = 960
"""Of the pictures."""
FRAME = 122
SUIT = ((0.25, 0.85), (0.32, 0.82), (0.36, 0.9))
"""Where the suit is painted, as parts of the picture."""


def keep(page: Page, path: Path) -> None:
    """Write what the page shows, smaller."""
    with Image.open(io.BytesIO(page.screenshot())) as shown:
        height = round(WIDTH * shown.height / shown.width)
        smaller = shown.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
    smaller.save(path, quality=86)


def paint(page: Page) -> None:
    """Draw a stroke on the suit."""
    box = page.locator(".stage").bounding_box()
    if box is None:
        raise RuntimeError("no picture is shown")
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SUIT]
    page.mouse.move(*points[0])
    page.mouse.down()
    for x, y in points[1:]:
        page.mouse.move(x, y, steps=6)
    page.mouse.up()


def settled(page: Page) -> None:
    """Wait until the frame is shown as it will be."""
    page.wait_for_selector(f".picture-pane[data-frame='{FRAME}']", timeout=120_000)
    page.wait_for_timeout(2000)
    page.locator(".busy").wait_for(state="hidden", timeout=120_000)


def use(page: Page, address: str, folder: Path) -> None:
    """Open the film, show a frame before and after, then paint on it."""
    page.goto(address)
    page.get_by_role("link", name="sample-film.mp4").click()
    page.wait_for_selector(".picture-pane[data-frame='0']", timeout=120_000)
    page.evaluate(f"location.hash = location.hash.replace(/\\d+$/, '{FRAME}')")
    page.get_by_text("Before/after").click()
    page.get_by_role("button", name="Vectorscope").click()
    settled(page)
    keep(page, folder / "studio-film.jpg")
    page.get_by_role("button", name="Vectorscope").click()
    page.get_by_text("Colour", exact=True).click()
    page.get_by_role("tab", name="Paint").click()
    page.get_by_role("button", name="Evening sky").click()
    paint(page)
    settled(page)
    keep(page, folder / "studio-paint.jpg")


def main() -> None:
    """Write both pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    default = Path(__file__).parents[1] / "docs"
    parser.add_argument("-o", "--output", type=Path, default=default)
    folder = parser.parse_args().output
    found = os.environ.get("FILMCOLOR_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)))
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(FILM, name)
        with running_studio(Path(name), port=0, model="lite") as studio, sync_playwright() as tools:
            browser = tools.chromium.launch(executable_path=found, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
            use(page, studio.address, folder)
            browser.close()


if __name__ == "__main__":
    main()
