"""Colours given by hand: strokes, repainted pictures, references."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import filmcolor
from tests.clips import read_frames
from tests.studio.asking import until
from tests.studio.films import SHOT
from tests.studio.pages import Window, distance, drop


def paint_mode(window: Window) -> None:
    window.page.get_by_role("tab", name="Paint").click()


def stroke(window: Window, *points: tuple[float, float]) -> None:
    """Draw with the mouse through points of the picture, each 0..1."""
    box = window.page.locator(".stage").bounding_box()
    mouse = window.page.mouse
    (x, y), *others = [
        (box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in points
    ]
    mouse.move(x, y)
    mouse.down()
    for x, y in others:
        mouse.move(x, y, steps=3)
    mouse.up()


def test_a_stroke_colours_what_it_lies_on_and_the_film_has_it(
    window: Window, tiny_network: Path
) -> None:
    window.open_film()
    paint_mode(window)
    before = window.color().astype(int)
    window.page.get_by_role("button", name="Burgundy").click()
    window.after(lambda: stroke(window, (0.3, 0.3), (0.36, 0.34)))
    film = window.studio.folder / "old.mp4"
    with filmcolor.open_film(film, model=str(tiny_network)) as view:
        until(lambda: distance(window.color(), view.frame(0).color) < 2)
        assert view.painted == [0]
        later = view.frame(SHOT - 1).color
    after = window.color().astype(int)
    place = np.s_[30:33, 40:44]
    redder = (after[place][..., 0] - after[place][..., 2]) - (
        before[place][..., 0] - before[place][..., 2]
    )
    assert redder.mean() > 5
    window.page.keyboard.press("End")
    window.page.keyboard.press("Home")
    for _ in range(SHOT - 1):
        window.page.keyboard.press("ArrowRight")
    window.wait_for_frame(SHOT - 1)
    assert distance(window.color(), later) < 2
    window.page.keyboard.press("Home")
    window.wait_for_frame(0)
    window.after(window.page.get_by_role("button", name="Remove all paint").click)
    until(lambda: distance(window.color(), before) < 1)


def test_tools_palette_and_picker(window: Window) -> None:
    window.open_film()
    paint_mode(window)
    page = window.page
    for name in ("Skin 1, very light", "Skin 10, deepest", "Clear sky", "Leaves", "Denim"):
        page.get_by_role("button", name=name).click()
        assert page.locator("output.picked").inner_text() == name
    page.get_by_label("Free colour").fill("#12ab34")
    assert page.locator("output.picked").inner_text() == "#12ab34"
    page.get_by_text("Picker", exact=True).click()
    box = page.locator(".stage").bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    shown = window.color()[47:50, 63:66].reshape(-1, 3).mean(0)
    page.get_by_text("Picked #").wait_for()
    picked = page.get_by_label("Free colour").input_value()
    assert np.abs([int(picked[i : i + 2], 16) for i in (1, 3, 5)] - shown).max() < 6
    before = window.color()
    window.after(lambda: stroke(window, (0.5, 0.5), (0.6, 0.5)))
    page.get_by_text("Neutral", exact=True).click()
    window.after(lambda: stroke(window, (0.5, 0.5), (0.6, 0.5)))
    neutral = np.ptp(window.color()[47:49, 66:74].astype(int), axis=2).mean()
    assert neutral < np.ptp(before[47:49, 66:74].astype(int), axis=2).mean()
    page.get_by_text("Eraser", exact=True).click()
    window.after(lambda: stroke(window, (0.4, 0.5), (0.7, 0.5)))
    window.after(lambda: page.keyboard.press("Control+z"))
    window.after(lambda: page.keyboard.press("Control+Shift+z"))


def test_paint_by_keyboard(window: Window) -> None:
    window.open_film()
    paint_mode(window)
    window.page.locator(".picture-pane").focus()
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowLeft"):
        window.page.keyboard.press(key)
    window.after(lambda: window.page.keyboard.press("Enter"))
    assert "0" in window.page.locator(".place").inner_text()


@pytest.mark.parametrize("how", ["drop", "choose"])
def test_a_repainted_picture_of_the_frame(window: Window, tmp_path: Path, how: str) -> None:
    window.open_film()
    paint_mode(window)
    with window.page.expect_download() as told:
        window.page.get_by_role("link", name="Save this frame").click()
    path = tmp_path / "mine.png"
    told.value.save_as(path)
    assert told.value.suggested_filename == "old-000000.png"
    picture = cv2.imread(str(path))
    picture[40:70, 60:100] = (
        picture[40:70, 60:100].mean(-1, keepdims=True) * (0.5, 0.9, 1.1)
    ).clip(0, 255)
    cv2.imwrite(str(path), picture)
    before = window.color()
    if how == "drop":
        window.after(lambda: drop(window, path, ".stage-box"))
    else:
        chooser = window.page.locator("[data-drop=keyframe] input[type=file]")
        window.after(lambda: chooser.set_input_files(path))
    until(lambda: distance(window.color()[45:65, 65:95], before[45:65, 65:95]) > 3)
    assert distance(window.color()[:30, :40], before[:30, :40]) < 2
    assert (window.studio.folder / "old.keyframes").is_dir()


def test_a_reference_for_the_shot(window: Window, tmp_path: Path) -> None:
    window.open_film()
    photo = np.full((96, 128, 3), (40, 90, 200), np.uint8)
    cv2.imwrite(str(tmp_path / "set.png"), photo)
    window.after(lambda: drop(window, tmp_path / "set.png", "[data-drop=reference]"))
    names = window.page.locator(".references li")
    until(lambda: names.count() == 1)
    window.after(names.get_by_role("button").click)
    until(lambda: names.count() == 0)


def test_what_was_painted_is_what_colorize_makes(window: Window, tiny_network: Path) -> None:
    window.open_film()
    paint_mode(window)
    window.after(lambda: stroke(window, (0.3, 0.3), (0.36, 0.34)))
    window.page.get_by_role("tab", name="Shot").click()
    number = window.page.get_by_role("spinbutton", name="Saturation")
    number.fill("1.5")
    window.after(lambda: number.press("Enter"))
    folder = window.studio.folder
    filmcolor.colorize(
        folder / "old.mp4",
        folder / "out.mkv",
        plan=folder / "old.plan.json",
        keyframes=folder / "old.keyframes" if (folder / "old.keyframes").exists() else None,
        codec="ffv1",
        model=str(tiny_network),
    )
    with filmcolor.open_film(folder / "old.mp4", model=str(tiny_network)) as view:
        shown = [view.frame(number) for number in (0, 5, SHOT)]
    made = read_frames(folder / "out.mkv")
    for frame in shown:
        assert (made[frame.number].u == frame.u).all()
        assert (made[frame.number].v == frame.v).all()
    window.page.get_by_role("button", name="Zoom").click()
    until(lambda: np.array_equal(window.color(), shown[0].color))


def test_playing_shows_the_film_in_colour_with_sound(window: Window) -> None:
    window.open_film()
    window.page.keyboard.press(" ")
    video = "document.querySelector('.stage video')"
    window.page.wait_for_function(f"() => {video}?.classList.contains('seen')", timeout=30_000)
    window.page.wait_for_function(f"() => {video} && {video}.currentTime > 0.4", timeout=30_000)
    assert window.page.evaluate(f"() => {video}.webkitAudioDecodedByteCount") > 0
    window.page.keyboard.press("k")
    window.page.wait_for_function("() => !document.querySelector('.stage video')")
    frame = int(window.page.evaluate("() => location.hash.split('/')[3]"))
    assert frame > 5
    window.wait_for_frame(frame)
