"""What is set for the whole process: one user does not disturb another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import cv2
import pytest

from filmcolor.system.cpu import available_cores, one_opencv_thread, share_of_cores


@pytest.fixture
def three_threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    yield
    cv2.setNumThreads(before)


@pytest.mark.usefixtures("three_threads")
def test_two_overlapping_users_of_opencv() -> None:
    """The first to come leaves first: the other one still has what it needs."""
    first, second = ExitStack(), ExitStack()
    first.enter_context(one_opencv_thread())
    second.enter_context(one_opencv_thread())
    assert cv2.getNumThreads() == 1
    first.close()
    assert cv2.getNumThreads() == 1
    second.close()
    assert cv2.getNumThreads() == 3


@pytest.mark.usefixtures("three_threads")
def test_users_in_many_threads() -> None:
    wrong = threading.Event()

    def use(_: int) -> None:
        with one_opencv_thread():
            if cv2.getNumThreads() != 1:
                wrong.set()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(400)))
    assert not wrong.is_set()
    assert cv2.getNumThreads() == 3


@pytest.mark.usefixtures("three_threads")
def test_a_user_that_fails_restores_it() -> None:
    with pytest.raises(ZeroDivisionError), one_opencv_thread():
        raise ZeroDivisionError
    assert cv2.getNumThreads() == 3


def test_shares_of_the_cores() -> None:
    whole = available_cores()
    first, second = ExitStack(), ExitStack()
    first.enter_context(share_of_cores(2))
    second.enter_context(share_of_cores(0))
    assert available_cores() == 1
    second.close()
    assert available_cores() == 2
    first.close()
    assert available_cores() == whole
