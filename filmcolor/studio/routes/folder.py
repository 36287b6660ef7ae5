"""The films and photos of the opened folder."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from filmcolor.errors import InputError
from filmcolor.studio.answers import as_jpeg, in_thread, json_answer, number, read_json
from filmcolor.studio.desk import Desk
from filmcolor.studio.thumbnails import Thumbnails


class _Named(BaseModel):
    model_config = ConfigDict(extra="forbid")
    path: str = Field(min_length=1, max_length=4096)


class _Dropped(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=255)
    size: int = Field(ge=0)


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of this file."""
    thumbnails = Thumbnails(desk)

    def films(_: Request) -> Response:
        return json_answer({"folder": str(desk.shelf.home), "films": desk.folder.rows()})

    async def add(request: Request) -> Response:
        named = await read_json(request, _Named)

        def added() -> dict[str, str]:
            found = desk.folder.add(desk.shelf.named(named.path))
            desk.hub.tell("folder")
            return {"id": desk.shelf.put(found[0]), "name": ", ".join(each.name for each in found)}

        return json_answer(await run_in_threadpool(added))

    async def find(request: Request) -> Response:
        dropped = await read_json(request, _Dropped)
        name = Path(dropped.name).name
        path = await run_in_threadpool(desk.shelf.find, name, dropped.size)
        if path is None:
            return json_answer({"id": None, "name": None})

        def added(path: Path) -> dict[str, str]:
            found = desk.folder.add(path)
            desk.hub.tell("folder")
            return {"id": desk.shelf.put(found[0]), "name": found[0].name}

        return json_answer(await run_in_threadpool(added, path))

    def thumbnail(request: Request) -> Response:
        width = number(request, "width", 16, 640) or 160
        try:
            rgb = thumbnails.get(request.path_params["key"], number(request, "at"), width)
        except InputError:
            return Response(status_code=204)  # why, the list and the film's own page say
        return Response(
            as_jpeg(rgb, 85), media_type="image/jpeg", headers={"Cache-Control": "max-age=60"}
        )

    return [
        Route("/api/folder", in_thread(films)),
        Route("/api/folder/films", add, methods=["POST"]),
        Route("/api/folder/find", find, methods=["POST"]),
        Route("/api/films/{key}/thumbnail", in_thread(thumbnail)),
    ]
