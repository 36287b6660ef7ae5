"""Films that play: in colour before they are coloured, and when they are done."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from filmcolor.script.shot_facts import has_shots
from filmcolor.studio.answers import in_thread, number
from filmcolor.studio.desk import Desk

_KINDS = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/mp4",  # browsers play it under this name alone
    ".webm": "video/webm",
    ".mkv": "video/webm",
}


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of this file."""

    async def clip(request: Request) -> Response:
        open_things = ExitStack()

        def begin() -> tuple[Iterator[bytes], bytes | None]:
            with ExitStack() as stack:
                opened = stack.enter_context(desk.film(request.path_params["key"]))
                if not has_shots(opened.view.plan):
                    raise HTTPException(409, "The shots of this film are not known yet.")
                pieces = opened.view.clip(
                    number(request, "start") or 0,
                    number(request, "end"),
                    width=number(request, "width", 64, 1920),
                )
                stack.callback(_close, pieces)
                first = next(pieces, None)  # what is wrong shows here, before the answer begins
                open_things.push(stack.pop_all())
                return pieces, first

        pieces, first = await run_in_threadpool(begin)

        async def body() -> AsyncIterator[bytes]:
            try:
                piece = first
                while piece is not None:
                    yield piece
                    piece = await run_in_threadpool(next, pieces, None)
            finally:
                # The page may be gone, and then nothing can be awaited any more.
                threading.Thread(target=open_things.close, daemon=True).start()

        return StreamingResponse(
            body(), media_type="video/mp4", headers={"Cache-Control": "no-store"}
        )

    def finished(request: Request) -> Response:
        path = desk.shelf.path(request.path_params["key"])
        output = desk.output_of(path)
        if output is None:
            raise HTTPException(404, "This film is not coloured yet.")
        desk.shelf.check(output)
        kind = _KINDS.get(output.suffix.lower(), "application/octet-stream")
        return FileResponse(output, media_type=kind, headers={"Cache-Control": "no-cache"})

    return [
        Route("/api/films/{key}/clip", clip),
        Route("/api/films/{key}/finished", in_thread(finished)),
    ]


def _close(pieces: Any) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
