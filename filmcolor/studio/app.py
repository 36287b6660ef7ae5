"""The studio as a web application: its routes put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from filmcolor.studio.answers import StopWithStudio, TellErrors, error_answer
from filmcolor.studio.desk import Desk
from filmcolor.studio.routes import camera, film, folder, page, paint, photos, playing, queue, shots


def make_app(desk: Desk) -> Starlette:
    """Return the application of a desk, without a guard before it."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        desk.hub.bind()
        yield

    routes: list[BaseRoute] = []
    for room in (page, folder, film, shots, paint, playing, queue, photos, camera):
        routes += room.routes(desk)
    return Starlette(
        routes=routes,
        middleware=[Middleware(StopWithStudio, closing=desk.closing), Middleware(TellErrors)],
        exception_handlers={HTTPException: _told},
        lifespan=lifespan,
    )


async def _told(_: Request, error: Exception) -> Response:
    return error_answer(error)
