"""Settings of the whole process that several users, in threads of their own, need at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import wraps


def shared_setting(
    setting: Callable[[], Iterator[None]],
) -> Callable[[], AbstractContextManager[None]]:
    """Make a context manager of a generator that sets something, yields, and restores it.

    Its users are counted: the first to come sets it, the last to leave restores it. So whoever
    leaves early does not take it from the others, nor restores what another one has set.
    """
    managed = contextmanager(setting)
    lock = threading.Lock()
    users = 0
    current = ExitStack()

    @contextmanager
    @wraps(setting)
    def use() -> Iterator[None]:
        nonlocal users
        with lock:
            if users == 0:
                current.enter_context(managed())
            users += 1
        try:
            yield
        finally:
            with lock:
                users -= 1
                if users == 0:
                    current.close()

    return use
