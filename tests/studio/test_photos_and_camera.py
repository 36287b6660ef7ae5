"""Photos before and after, saved one by one or all; the camera, coloured while one looks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import filmcolor
from tests.studio.asking import until
from tests.studio.pages import Window, distance


def test_a_photo_is_shown_before_and_after(window: Window, tiny_network: Path) -> None:
    window.open()
    window.page.get_by_role("link", name="aunt.png").click()
    window.page.wait_for_selector(".picture-pane[data-photo]")
    photo = window.studio.folder / "aunt.png"
    network = filmcolor.load_network(tiny_network)
    until(lambda: distance(window.color(), filmcolor.colorize_image(photo, network=network)) < 2)
    grey = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
    until(lambda: window.grey().shape[:2] == grey.shape)
    assert distance(window.grey()[..., 0], grey) < 2
    assert window.page.get_by_role("slider", name="Before/after").is_visible()
    number = window.page.get_by_role("spinbutton", name="Saturation")
    number.fill("0")
    number.press("Enter")
    until(lambda: np.ptp(window.color().astype(int), axis=2).mean() < 2)


def test_photos_are_saved_one_and_all(window: Window, tiny_network: Path) -> None:
    folder = window.studio.folder
    window.open("#/photos")
    page = window.page
    page.get_by_role("button", name="uncle.png").click()
    expect(page.get_by_role("heading", name="uncle.png")).to_be_visible()
    page.get_by_role("button", name="Save this photo").click()
    page.get_by_text("Saved as uncle.color.png.").wait_for()
    with Image.open(folder / "uncle.color.png") as saved:
        network = filmcolor.load_network(tiny_network, engine="onnxruntime")
        expected = filmcolor.colorize_image(folder / "uncle.png", network=network)
        assert (np.asarray(saved.convert("RGB")) == expected).all()
    page.get_by_role("button", name="Save this photo").click()
    page.get_by_text("uncle.color.png is there already and stays.").wait_for()
    before = (folder / "uncle.color.png").stat().st_mtime_ns
    page.get_by_role("button", name="Save all").click()
    page.get_by_text("1 photos saved. 1 were there already and stay.").wait_for()
    assert (folder / "uncle.color.png").stat().st_mtime_ns == before
    assert (folder / "aunt.color.png").is_file()
    page.get_by_label("Replace results that are there").check()
    page.get_by_role("button", name="Save all").click()
    page.get_by_text("2 photos saved.").wait_for()
    assert (folder / "uncle.color.png").stat().st_mtime_ns > before


def test_a_photo_that_cannot_be_read_is_told_and_shows_no_other(window: Window) -> None:
    (window.studio.folder / "broken.jpg").write_bytes(b"no photo")
    window.open("#/photos")
    page = window.page
    page.get_by_role("button", name="aunt.png").click()
    until(lambda: np.ptp(window.color()) > 0)
    page.get_by_role("button", name="broken.jpg").click()
    page.locator(".stage-box .trouble").get_by_text("broken.jpg").wait_for()
    assert np.ptp(window.color()) == 0
    page.get_by_role("button", name="aunt.png").click()
    until(lambda: page.locator(".stage-box .trouble").is_hidden())
    until(lambda: np.ptp(window.color()) > 0 and np.ptp(window.grey()) > 0)
    window.faults.clear()  # Chromium itself notes each answer that is not 200


def test_a_camera_that_comes_too_late_is_let_go(window: Window) -> None:
    window.open("#/camera")
    page = window.page
    page.evaluate("""() => {
        const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
        window.tracks = [];
        devices.getUserMedia = async (wanted) => {
            await new Promise((done) => setTimeout(done, 300));  // while the browser asks
            const stream = await open(wanted);
            window.tracks.push(...stream.getTracks());
            return stream;
        };
    }""")
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_role("link", name="Queue").click()
    page.wait_for_function("() => window.tracks.length > 0")
    page.wait_for_function("() => window.tracks.every((track) => track.readyState === 'ended')")


@pytest.mark.slow
def test_the_camera_is_coloured_and_a_snapshot_saved(window: Window) -> None:
    window.open("#/camera")
    page = window.page
    page.get_by_role("button", name="Start the camera").click()
    rate = page.locator(".film-head output")
    expect(rate).to_contain_text("pictures a second")
    assert window.color().shape == (240, 320, 3)
    assert np.ptp(window.color().astype(int), axis=2).mean() > 1, "it has colour"
    page.get_by_role("button", name="Snapshot").click()
    page.get_by_text("Saved as camera-").wait_for()
    (saved,) = window.studio.folder.glob("camera-*.color.png")
    with Image.open(saved) as picture:
        assert picture.size == (320, 240)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Snapshot")).to_be_disabled()
