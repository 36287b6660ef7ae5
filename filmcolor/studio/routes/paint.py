"""Colours given by hand: strokes on a frame, a repainted frame."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from filmcolor.studio.answers import (
    PICTURE_LIMIT,
    WIDEST,
    json_answer,
    number,
    picture,
    read_bytes,
    read_json,
)
from filmcolor.studio.desk import Desk
from filmcolor.studio.routes.shots import by
from filmcolor.studio.uploads import checked_picture
from filmcolor.viewing.viewed import Stroke, ViewedFrame

_Coordinate = Annotated[float, Field(ge=0, le=100_000)]


class _StrokeForm(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    points: list[tuple[_Coordinate, _Coordinate]] = Field(min_length=1, max_length=20_000)
    color: Annotated[str, Field(pattern=r"^(#[0-9a-fA-F]{6}|neutral)$")] | None
    radius: float = Field(gt=0, le=2000)


class _StrokesForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    strokes: list[_StrokeForm] = Field(min_length=1, max_length=200)


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of this file."""

    async def paint(request: Request) -> Response:
        form = await read_json(request, _StrokesForm)
        strokes = [Stroke(stroke.points, stroke.color, stroke.radius) for stroke in form.strokes]
        width = number(request, "width", 16, WIDEST)

        def painted() -> ViewedFrame:
            with desk.film(request.path_params["key"]) as opened, by(opened, _window(request)):
                return opened.view.paint(request.path_params["frame"], strokes, width=width)

        viewed = await run_in_threadpool(painted)
        return picture(viewed.color, number=viewed.number, revision=viewed.revision)

    async def unpaint(request: Request) -> Response:
        def unpainted() -> dict[str, Any]:
            with desk.film(request.path_params["key"]) as opened, by(opened, _window(request)):
                opened.view.unpaint(request.path_params["frame"])
                return {"revision": opened.view.revision}

        return json_answer(await run_in_threadpool(unpainted))

    async def pin(request: Request) -> Response:
        data = checked_picture(await read_bytes(request, PICTURE_LIMIT))

        def pinned() -> dict[str, Any]:
            with desk.film(request.path_params["key"]) as opened, by(opened, _window(request)):
                opened.view.pin_keyframe(request.path_params["frame"], data)
                return {"revision": opened.view.revision}

        return json_answer(await run_in_threadpool(pinned))

    base = "/api/films/{key}/frames/{frame:int}"
    return [
        Route(f"{base}/strokes", paint, methods=["POST"]),
        Route(f"{base}/strokes", unpaint, methods=["DELETE"]),
        Route(f"{base}/picture", pin, methods=["POST"]),
    ]


def _window(request: Request) -> str:
    return request.query_params.get("window", "")[:64]
