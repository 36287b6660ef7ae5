"""Work in a thread of its own."""

from __future__ import annotations

import threading
import time

import pytest

from filmcolor.system.background import Background, is_left_behind


def test_it_is_known_whether_work_is_left_behind() -> None:
    going_on = threading.Event()
    with pytest.raises(KeyError), Background(going_on.wait):
        raise KeyError
    assert is_left_behind()
    going_on.set()
    for _ in range(100):
        if not is_left_behind():
            break
        time.sleep(0.05)
    assert not is_left_behind()
