"""A film in the browser: the timeline, the picture before and after, and its colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import filmcolor
from filmcolor.planning.plan_file import read_plan, write_plan
from tests.studio.asking import Asking, until
from tests.studio.films import SHOT
from tests.studio.pages import Window, distance


@pytest.fixture
def api(studio: Asking, tiny_network: Path) -> Iterator[Callable[[int], filmcolor.ViewedFrame]]:
    """Frames of the film as the library gives them, with the plan as it stands now."""

    def frame(number: int) -> filmcolor.ViewedFrame:
        with filmcolor.open_film(studio.folder / "old.mp4", model=str(tiny_network)) as view:
            return view.frame(number)

    yield frame


Frame = Callable[[int], "filmcolor.ViewedFrame"]


def test_a_click_on_the_timeline_shows_that_frame_in_colour(window: Window, api: Frame) -> None:
    window.open_film()
    strip = window.page.get_by_role("slider", name="Timeline")
    box = strip.bounding_box()
    window.page.mouse.click(box["x"] + box["width"] * 20.5 / 48, box["y"] + 60)
    window.wait_for_frame(20)
    assert distance(window.color(), api(20).color) < 2
    until(lambda: window.grey().shape == window.color().shape)
    until(lambda: distance(window.grey(), api(20).grey) < 2)
    assert strip.get_attribute("aria-valuetext") == "Frame 20 of 48, shot 2"
    assert window.page.get_by_role("heading", name="Shot 2").is_visible()


def test_zoomed_pixels_are_those_of_the_film(window: Window, api: Frame) -> None:
    window.open_film()
    window.page.keyboard.press("ArrowRight")
    window.wait_for_frame(1)
    window.page.get_by_role("button", name="Zoom").click()
    until(lambda: np.array_equal(window.color(), api(1).color))
    assert "100 %" in window.page.get_by_role("button", name="Zoom").inner_text()


def test_keys_step_through_frames_keyframes_and_shots(window: Window) -> None:
    window.open_film()
    press = window.page.keyboard.press
    for key, frame in (
        ("ArrowRight", 1),
        ("Shift+ArrowRight", 11),
        ("ArrowLeft", 10),
        ("PageDown", SHOT),
        ("PageDown", 2 * SHOT),
        ("PageUp", SHOT),
        ("End", 3 * SHOT - 1),
        ("PageUp", 2 * SHOT),
        ("Home", 0),
        ("ArrowDown", None),
    ):
        press(key)
        if frame is not None:
            window.wait_for_frame(frame)
    keyframes = [frame for shot in facts(window)["shots"] for frame in shot[-1]]
    window.wait_for_frame(next(frame for frame in keyframes if frame > 0))
    press("End")
    window.wait_for_frame(3 * SHOT - 1)
    press("j")
    shown = "document.querySelector('.picture-pane').dataset.frame"
    window.page.wait_for_function(f"() => {shown} < {3 * SHOT - 3}")
    press("k")
    assert "of 47" in window.page.locator(".place").inner_text()


@pytest.mark.parametrize("how", ["mouse", "touch", "keys"])
def test_the_slider_shows_before_and_after(new_window: Callable[..., Window], how: str) -> None:
    window = new_window(has_touch=how == "touch")
    window.open_film()
    window.page.get_by_text("Before/after").click()
    handle = window.page.get_by_role("slider", name="Before/after")
    assert handle.get_attribute("aria-valuenow") == "50"
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    if how == "keys":
        handle.focus()
        for _ in range(5):
            window.page.keyboard.press("ArrowLeft")
        assert handle.get_attribute("aria-valuenow") == "40"
        window.page.keyboard.press("Home")
        assert handle.get_attribute("aria-valuetext") == "0 % before"
        return
    if how == "mouse":
        window.page.mouse.move(x, y)
        window.page.mouse.down()
        window.page.mouse.move(x - 120, y, steps=4)
        window.page.mouse.up()
    else:
        session = window.page.context.new_cdp_session(window.page)
        for kind, at in (("touchStart", x), ("touchMove", x - 60), ("touchMove", x - 120)):
            points = [{"x": at, "y": y}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(lambda: int(handle.get_attribute("aria-valuenow") or 50) < 45)
    assert "inset" in window.page.evaluate(
        "() => document.querySelectorAll('.layer')[1].style.clipPath"
    )


def test_the_picture_follows_a_slider_while_it_is_dragged(window: Window, api: Frame) -> None:
    window.open_film()
    before = window.color()
    plan = (window.studio.folder / "old.plan.json").read_bytes()
    slider = window.page.get_by_role("slider", name="Saturation")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    window.page.mouse.move(box["x"] + box["width"] / 2, y)
    window.page.mouse.down()
    window.page.mouse.move(box["x"] + 8, y, steps=3)
    until(lambda: window.page.get_attribute(".picture-pane", "data-trial") == "yes")
    until(lambda: distance(window.color(), before) > 2)
    assert (window.studio.folder / "old.plan.json").read_bytes() == plan, "nothing is made yet"
    window.after(window.page.mouse.up)
    assert (window.studio.folder / "old.plan.json").read_bytes() != plan
    assert distance(window.color(), api(0).color) < 2
    assert float(slider.input_value()) < 0.3


def test_a_change_goes_to_the_shot_or_the_film_and_can_be_taken_back(
    window: Window, api: Frame
) -> None:
    window.open_film()
    first = window.color()
    number = window.page.get_by_role("spinbutton", name="Saturation")

    def set_to(value: str) -> Callable[[], None]:
        def act() -> None:
            number.fill(value)
            number.press("Enter")

        return act

    window.after(set_to("0"))
    assert settings(window, 1) == {"saturation": 0}
    assert settings(window, 2) == {}
    assert distance(window.color(), api(0).color) < 2
    window.after(window.page.get_by_role("button", name="Undo").click)
    assert distance(window.color(), first) < 1
    assert settings(window, 1) == {}
    window.after(lambda: window.page.keyboard.press("Control+Shift+z"))
    assert settings(window, 1) == {"saturation": 0}
    window.page.locator(".panel").get_by_text("Film", exact=True).click()
    window.after(set_to("0.5"))
    assert [settings(window, shot) for shot in (1, 2, 3)] == [{"saturation": 0.5}] * 3
    window.after(lambda: window.page.keyboard.press("Control+z"))
    assert settings(window, 3) == {}


def test_a_change_goes_to_all_shots_of_the_room(window: Window, api: Frame) -> None:
    """Shots 1 and 3 show the same place; the middle one is left alone."""
    plan_path = window.studio.folder / "old.plan.json"
    plan = read_plan(plan_path)
    rooms = [shot.model_copy(update={"room": (4, 9, 4)[n]}) for n, shot in enumerate(plan.shots)]
    write_plan(plan.model_copy(update={"shots": tuple(rooms)}), plan_path, overwrite=True)
    window.open_film()
    before = {frame: api(frame).color for frame in (20, 40)}
    number = window.page.get_by_role("spinbutton", name="Saturation")
    number.fill("1.7")
    window.after(lambda: number.press("Enter"))
    assert [settings(window, shot) for shot in (1, 2, 3)] == [{"saturation": 1.7}, {}, {}]
    window.page.get_by_role("radiogroup", name="Applies to").get_by_text("Room").click()
    number.fill("0")
    window.after(lambda: number.press("Enter"))
    assert [settings(window, shot) for shot in (1, 2, 3)] == [
        {"saturation": 0},
        {},
        {"saturation": 0},
    ]
    assert distance(api(40).color, before[40]) > 2
    assert distance(api(40).color, api(40).grey) < 2
    assert distance(api(20).color, before[20]) < 1
    window.page.keyboard.press("PageDown")
    window.page.keyboard.press("PageDown")
    until(lambda: distance(window.color(), api(32).grey) < 2)
    assert float(number.input_value()) == 0
    window.after(lambda: window.page.keyboard.press("Control+z"))
    assert settings(window, 3) == {}


def test_method_title_and_grey_are_set(window: Window, api: Frame) -> None:
    window.open_film()
    panel = window.page.get_by_role("tabpanel", name="Shot")
    window.after(lambda: panel.get_by_label("Method").select_option("frame"))
    assert settings(window, 1) == {"method": "frame"}
    window.after(lambda: panel.get_by_label("Shows").select_option("title"))
    assert distance(window.color(), api(0).grey) < 2, "titles stay neutral"
    window.after(lambda: panel.get_by_label("Shows").select_option("shot"))
    window.after(lambda: panel.get_by_label("Leave grey").check())
    assert settings(window, 1)["skip"] is True
    assert distance(window.color(), api(0).grey) < 2
    window.after(lambda: panel.get_by_label("Leave grey").uncheck())
    window.after(lambda: panel.get_by_role("combobox", name="Room").select_option("own"))
    assert facts(window)["shots"][0][6] is not None


def test_the_vectorscope_shows_the_colours_of_the_frame(window: Window) -> None:
    window.open_film()
    window.page.keyboard.press("v")
    scope = window.page.get_by_role("img", name="Vectorscope of the colours of frame 0")
    scope.wait_for()
    pixels = "() => document.querySelector('.scope canvas').toDataURL()"
    first = window.page.evaluate(pixels)
    number = window.page.get_by_role("spinbutton", name="Saturation")
    number.fill("0")
    window.after(lambda: number.press("Enter"))
    until(lambda: window.page.evaluate(pixels) != first)


def test_a_second_window_sees_what_the_first_changes(new_window: Callable[..., Window]) -> None:
    first, second = new_window(), new_window()
    first.open_film()
    second.open_film()
    before = second.color()
    number = first.page.get_by_role("spinbutton", name="Saturation")
    number.fill("0")
    second.after(lambda: first.after(lambda: number.press("Enter")))
    until(lambda: distance(second.color(), first.color()) < 1)
    assert distance(second.color(), before) > 2
    second.page.get_by_text("Changed in another window.").wait_for()
    assert second.page.get_by_role("spinbutton", name="Saturation").input_value() == "0"


def test_a_plan_that_was_changed_outside_is_shown(window: Window) -> None:
    window.open_film()
    plan = window.studio.folder / "old.plan.json"
    text = plan.read_text()
    settings = '"settings": {"saturation": 0.0}'
    changed = text.replace('"settings": {}', settings, 1)
    assert changed != text
    plan.write_text(changed)
    window.after(lambda: window.page.keyboard.press("ArrowRight"))
    until(lambda: window.page.get_by_role("spinbutton", name="Saturation").input_value() == "0")


def test_a_reload_comes_back_to_the_same_frame(window: Window) -> None:
    window.open_film()
    window.page.keyboard.press("PageDown")
    window.wait_for_frame(SHOT)
    window.page.reload()
    window.wait_for_frame(SHOT)


def test_a_film_that_goes_away_is_told(window: Window) -> None:
    window.open_film()
    (window.studio.folder / "old.mp4").unlink()
    window.page.keyboard.press("PageDown")
    window.page.locator(".stage-box .trouble").get_by_text("old.mp4").wait_for()
    window.faults.clear()  # Chromium itself notes each answer that is not 200


def test_a_damaged_film_is_told(window: Window) -> None:
    (window.studio.folder / "old.mp4").write_bytes(b"no film" * 1000)
    window.open(f"#/films/{window.studio.id_of('old.mp4')}")
    window.page.locator(".stage-box .trouble").get_by_text("old.mp4").wait_for()
    for key in ("Control+z", " ", "ArrowRight"):  # nothing is open that these could change
        window.page.keyboard.press(key)
    assert window.page.get_by_role("button", name="Colour this film").count() == 0
    assert window.page.get_by_role("slider").count() == 0
    assert window.page.locator(".toast").count() == 0, "it is said where the film would be"
    window.faults.clear()


def test_playing_a_film_that_is_gone_says_so(window: Window) -> None:
    window.open_film()
    (window.studio.folder / "old.mp4").unlink()
    window.page.keyboard.press(" ")
    window.page.locator(".toast").get_by_text("old.mp4").wait_for()
    assert "MEDIA" not in window.page.locator(".toasts").inner_text()
    window.faults.clear()  # Chromium itself notes each answer that is not 200


def test_what_the_mouse_has_pressed_leaves_the_keys_to_the_film(window: Window) -> None:
    window.open_film()
    page = window.page
    page.get_by_text("Before/after").click()
    page.keyboard.press("ArrowRight")
    window.wait_for_frame(1)
    assert page.get_by_role("radio", name="Before/after").is_checked()
    page.get_by_role("button", name="Vectorscope").click()
    page.get_by_role("slider", name="Saturation").click()
    page.keyboard.press(" ")
    page.wait_for_selector(".stage video")
    page.keyboard.press("k")
    page.wait_for_function("() => !document.querySelector('.stage video')")
    assert page.locator(".scope").is_visible()
    page.get_by_role("radio", name="Before/after").focus()  # who comes by keyboard goes on by it
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("radio", name="Grey").is_checked()


def settings(window: Window, shot: int) -> object:
    key = window.studio.id_of("old.mp4")
    return window.studio.get(f"/api/films/{key}/shots/{shot}").json["settings"]


def facts(window: Window) -> dict[str, Any]:
    found: dict[str, Any] = window.studio.get(f"/api/films/{window.studio.id_of('old.mp4')}").json
    return found
