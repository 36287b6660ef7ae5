"""The page itself, what there is to choose from, and the stream of news."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from filmcolor.media.encode.encoders import ENCODERS
from filmcolor.networks.weights.library import list_rows
from filmcolor.settings import Settings
from filmcolor.studio.answers import in_thread, json_answer
from filmcolor.studio.desk import Desk
from filmcolor.studio.palette import palette

_STATIC = Path(__file__).parent.parent / "static"
_SLIDERS = ("saturation", "warmth", "tint", "strength")


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of this file."""

    async def index(_: Request) -> Response:
        return FileResponse(
            _STATIC / "index.html", media_type="text/html", headers={"Cache-Control": "no-cache"}
        )

    def choices(_: Request) -> Response:
        return json_answer(
            {
                "bounds": {name: _bounds(name) for name in _SLIDERS},
                "networks": network_names(),
                "codecs": ["auto", *ENCODERS],
                "palette": palette(),
            }
        )

    async def events(_: Request) -> Response:
        return StreamingResponse(
            desk.hub.stream(),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return [
        Route("/", index),
        Route("/api/choices", in_thread(choices)),
        Route("/api/events", events),
        Mount("/static", _Fresh(directory=_STATIC)),
    ]


class _Fresh(StaticFiles):
    """Files that browsers ask for again each time: another version may have been installed."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a file as an answer."""
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def network_names() -> list[str]:
    """Return the names of the networks that are installed."""
    return [row["name"] for row in list_rows() if row["installed"]]


def _bounds(name: str) -> dict[str, float]:
    field = Settings.model_fields[name]
    found = {
        key: getattr(each, key)
        for each in field.metadata
        for key in ("ge", "le")
        if hasattr(each, key)
    }
    return {"min": found["ge"], "max": found["le"], "usual": field.default}
