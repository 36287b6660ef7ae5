"""Cards, leaders, bars and black are told from pictures, and no picture is taken for one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from benchmarks.titles.cards import aged, bars, leader, text_card
from filmcolor.planning.detection.titles import kind_of_shot

HEIGHT, WIDTH = 192, 256


def landscape(rng: np.random.Generator, *, calm: float = 0.0) -> np.ndarray:
    """A sky above hills with texture; with `calm` the lower part of the picture is plain."""
    noise = rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    texture = sum(cv2.GaussianBlur(noise, (0, 0), s) * s * 30 for s in (1.0, 3.0, 9.0))
    y = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None]
    hill = 0.35 + 0.1 * np.sin(np.linspace(0, 7, WIDTH, dtype=np.float32) + rng.uniform(0, 6))
    picture = np.where(y < hill, 190 - 60 * y, 80 + texture * (y < 1 - calm))
    return np.clip(picture, 0, 255).astype(np.uint8)


def written(picture: np.ndarray, text: str = "written on it", level: int = 235) -> np.ndarray:
    picture = picture.copy()
    cv2.putText(picture, text, (30, 160), cv2.FONT_HERSHEY_DUPLEX, 0.8, level, 1, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize("fade", [False, True])
def test_title_cards(fade: bool) -> None:
    rng = np.random.default_rng(11)
    found = []
    for _ in range(30):
        card = text_card(rng)
        found.append(kind_of_shot(aged(lambda card=card: card, rng, fade=fade)))
    assert found.count("title") >= 28
    assert set(found) <= {"title", "shot"}


def test_cards_with_rules_above_and_below_the_text() -> None:
    rng = np.random.default_rng(12)
    found = []
    for level in (70, 110, 160, 230):
        drawn = np.full((384, 512), 25, np.uint8)
        words = ("A SHORT FILM", (100, 205), cv2.FONT_HERSHEY_DUPLEX, 1.3)
        cv2.putText(drawn, *words, 230, 2, cv2.LINE_AA)
        for y in (140, 240):
            cv2.line(drawn, (150, y), (360, y), level, 2)
        card = drawn.astype(np.float32)
        found.append(kind_of_shot(aged(lambda card=card: card, rng)))
    assert found == ["title"] * 4


def test_a_card_between_black_frames() -> None:
    rng = np.random.default_rng(2)
    black = np.full((HEIGHT, WIDTH), 17, np.uint8)
    card = aged(lambda: text_card(np.random.default_rng(3), lines=4), rng)
    assert kind_of_shot([black, *card, black]) == "title"


def test_credits_that_roll() -> None:
    roll = np.full((900, WIDTH), 18, np.uint8)
    for line in range(40):
        text = f"director number {line} of {line * 7}"
        place = (20 + line % 3 * 5, 30 + 22 * line)
        cv2.putText(roll, text, place, cv2.FONT_HERSHEY_DUPLEX, 0.55, 220, 1, cv2.LINE_AA)
    assert kind_of_shot([roll[top : top + HEIGHT] for top in (100, 333, 517)]) == "title"


def test_leaders() -> None:
    rng = np.random.default_rng(4)
    for _ in range(6):
        numbers = iter((5, 4, 3))
        assert kind_of_shot(aged(lambda numbers=numbers: leader(rng, next(numbers)), rng)) == (
            "leader"
        )


def test_bars() -> None:
    rng = np.random.default_rng(5)
    for _ in range(6):
        drawn = bars(rng)
        assert kind_of_shot(aged(lambda drawn=drawn: drawn, rng)) == "bars"


@pytest.mark.parametrize("level", [0, 16, 30, 235, 255])
def test_black_and_white(level: int) -> None:
    rng = np.random.default_rng(6)
    grainy = level + rng.normal(0, 4, (3, HEIGHT, WIDTH))
    assert kind_of_shot(list(np.clip(grainy, 0, 255).astype(np.uint8))) == "black"
    assert kind_of_shot(list(np.clip(grainy, 0, 255))) == "black"


def test_pictures_are_shots() -> None:
    rng = np.random.default_rng(7)
    for calm in (0.0, 0.3, 0.5):
        assert kind_of_shot([landscape(rng, calm=calm) for _ in range(3)]) == "shot"
    dark = [(landscape(rng) * 0.2 + 14).astype(np.uint8) for _ in range(3)]
    assert kind_of_shot(dark) == "shot"
    wall = [np.full((HEIGHT, WIDTH), 120, np.uint8)] * 3
    assert kind_of_shot(wall) == "shot"


def test_one_picture_of_the_world_is_enough() -> None:
    rng = np.random.default_rng(6)
    black, picture = np.full((HEIGHT, WIDTH), 16, np.uint8), landscape(rng)
    keyframes = iter([black, picture, black, picture])
    assert kind_of_shot(keyframes) == "shot"
    assert len(list(keyframes)) == 2


def test_text_over_a_picture_is_a_shot() -> None:
    rng = np.random.default_rng(8)
    for calm in (0.0, 0.3, 0.5):
        picture = landscape(rng, calm=calm)
        assert kind_of_shot([written(picture)] * 3) == "shot"
        assert kind_of_shot([written(landscape(rng, calm=calm)) for _ in range(3)]) == "shot"


def test_text_before_and_after_a_picture_is_a_shot() -> None:
    rng = np.random.default_rng(9)
    black = np.full((HEIGHT, WIDTH), 17, np.uint8)
    card = written(black, "and much more text")
    assert kind_of_shot([card] * 3) == "title"
    assert kind_of_shot([card, landscape(rng), card]) == "shot"
    assert kind_of_shot([black, landscape(rng), black]) == "shot"


def test_people_on_a_horizon_are_no_letters() -> None:
    rng = np.random.default_rng(10)
    frames = []
    for _ in range(3):
        sky = np.full((HEIGHT, WIDTH), 200, np.uint8)
        for x in np.sort(rng.integers(20, 230, 9)):
            cv2.ellipse(sky, (int(x), 150), (2, 10), rng.uniform(-15, 15), 0, 360, 30, -1)
        frames.append(sky)
    assert kind_of_shot(frames) == "shot"


def test_a_fence_is_no_test_picture_and_a_wheel_no_leader() -> None:
    rng = np.random.default_rng(12)
    fence = landscape(rng)
    fence[:, ::32] = fence[:, 1::32] = fence[:, 2::32] = 220
    assert kind_of_shot([fence] * 3) == "shot"
    wheel = landscape(rng)
    cv2.circle(wheel, (128, 96), 70, 20, 4)
    assert kind_of_shot([wheel] * 3) == "shot"


def test_any_size_will_do() -> None:
    drawn = text_card(np.random.default_rng(3), lines=4)
    for size in ((720, 960), (144, 192), (192, 256)):
        frames = [cv2.resize(drawn, size[::-1], interpolation=cv2.INTER_AREA)] * 2
        assert kind_of_shot(frames) == "title"
    portrait = np.full((256, 144), 17, np.uint8)
    assert kind_of_shot([portrait]) == "black"


def test_what_memory_held_before_does_not_count() -> None:
    """Of a cross without a ring, which is looked for around several middles."""
    cross = np.full((HEIGHT, WIDTH), 60, np.uint8)
    cross[94:98], cross[:, 126:130] = 200, 200
    held = [np.full((180, HEIGHT // 2), np.inf, np.float32) for _ in range(400)]
    for every in range(2, 42):  # not every time is the same memory given out again
        del held[::every]
        with np.errstate(invalid="raise"):
            assert kind_of_shot([cross]) == "shot"
        held += [np.full((180, HEIGHT // 2), np.inf, np.float32) for _ in range(400 - len(held))]
