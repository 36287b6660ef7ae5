"""What happens, told to all open pages.

Films, the queue and other jobs tell it from their own threads; each page takes it from one stream.
News of one thing replace older ones of the same that a page has not taken yet: a page that sleeps
costs no memory and misses nothing that still holds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

_BREATH = 0.05
"""Seconds between two bundles of news for a page."""
_SILENCE = 10.0
"""Seconds after which a page is told that the server lives."""


class Hub:
    """Brings news to pages; `tell` may be called from any thread."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._pages: set[_Page] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def bind(self) -> None:
        """Take the running event loop for that of the pages."""
        self._loop = asyncio.get_running_loop()

    def tell(self, kind: str, thing: str = "", **facts: Any) -> None:
        """Tell all pages of a thing; older news of the same kind and thing are dropped."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        news = {"kind": kind, "thing": thing, **facts}
        try:
            loop.call_soon_threadsafe(self._spread, (kind, thing), news)
        except RuntimeError:  # the loop was closed just now
            return

    def close(self) -> None:
        """End all streams; called in the loop's thread or any other."""
        self._closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    async def stream(self) -> AsyncIterator[str]:
        """Yield server-sent events, until the page or the server goes."""
        page = _Page()
        self._pages.add(page)
        try:
            yield "retry: 1000\n\ndata: " + json.dumps({"kind": "hello", "thing": ""}) + "\n\n"
            while not self._closed:
                try:
                    await asyncio.wait_for(page.woken.wait(), _SILENCE)
                except asyncio.TimeoutError:
                    yield ": alive\n\n"
                    continue
                page.woken.clear()
                waiting, page.waiting = page.waiting, {}
                for news in waiting.values():
                    yield f"data: {json.dumps(news)}\n\n"
                await asyncio.sleep(_BREATH)
        finally:
            self._pages.discard(page)

    def _spread(self, key: tuple[str, str], news: dict[str, Any]) -> None:
        for page in self._pages:
            page.waiting.pop(key, None)  # the newest comes last
            page.waiting[key] = news
            page.woken.set()

    def _wake(self) -> None:
        for page in self._pages:
            page.woken.set()


class _Page:
    """One open page, and what it has not been told yet."""

    def __init__(self) -> None:
        self.waiting: dict[tuple[str, str], dict[str, Any]] = {}
        self.woken = asyncio.Event()
