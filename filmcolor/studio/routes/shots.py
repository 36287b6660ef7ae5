"""What is different about shots, and taking changes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from filmcolor.errors import UsageError
from filmcolor.networks.weights.library import list_rows
from filmcolor.planning.shot import ShotKind
from filmcolor.settings import Method
from filmcolor.studio.answers import PICTURE_LIMIT, in_thread, json_answer, read_bytes, read_json
from filmcolor.studio.desk import Desk, OpenFilm
from filmcolor.studio.uploads import checked_picture
from filmcolor.viewing.viewed import Scope

_SLIDERS = ("saturation", "warmth", "tint", "strength")


class ShotChange(BaseModel):
    """What a page may change about shots: no field of it is a path."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    saturation: float | None = None
    warmth: float | None = None
    tint: float | None = None
    strength: float | None = None
    method: Method | None = None
    network: str | None = None
    skip: bool | None = None
    references: None = None
    """Only away: they come as pictures."""
    kind: ShotKind | None = None
    room: int | Literal["own"] | None = None

    @property
    def given(self) -> dict[str, Any]:
        """What is to be otherwise; raises `UsageError` for a network that is not installed."""
        values = self.model_dump(exclude_unset=True)
        network = values.get("network")
        if network is not None and network not in _networks():
            raise UsageError(f"there is no network {network!r} on this computer.")
        return values


class _ChangeForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    scope: Scope = "shot"
    change: ShotChange
    window: str = Field(default="", max_length=64)


class _WindowForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    window: str = Field(default="", max_length=64)


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of this file."""

    def details(request: Request) -> Response:
        with desk.film(request.path_params["key"]) as opened:
            return json_answer(_details(desk, opened, request.path_params["shot"]))

    async def change(request: Request) -> Response:
        form = await read_json(request, _ChangeForm)

        def changed() -> dict[str, Any]:
            with desk.film(request.path_params["key"]) as opened, by(opened, form.window):
                shot = request.path_params["shot"]
                opened.view.change(shot, form.change.given, scope=form.scope)
                return {"revision": opened.view.revision}

        return json_answer(await run_in_threadpool(changed))

    async def refer(request: Request) -> Response:
        data = checked_picture(await read_bytes(request, PICTURE_LIMIT))
        scope: Any = request.query_params.get("scope", "shot")

        def referred() -> dict[str, Any]:
            window = request.query_params.get("window", "")
            with desk.film(request.path_params["key"]) as opened, by(opened, window):
                opened.view.refer(data, shot=request.path_params["shot"], scope=scope)
                return {"revision": opened.view.revision}

        return json_answer(await run_in_threadpool(referred))

    async def undo(request: Request) -> Response:
        return await _step(request, back=True)

    async def redo(request: Request) -> Response:
        return await _step(request, back=False)

    async def _step(request: Request, *, back: bool) -> Response:
        form = await read_json(request, _WindowForm)

        def stepped() -> dict[str, Any]:
            with desk.film(request.path_params["key"]) as opened, by(opened, form.window):
                done = opened.view.undo() if back else opened.view.redo()
                return {"done": done, "revision": opened.view.revision}

        return json_answer(await run_in_threadpool(stepped))

    base = "/api/films/{key}"
    return [
        Route(f"{base}/shots/{{shot:int}}", in_thread(details)),
        Route(f"{base}/shots/{{shot:int}}", change, methods=["POST"]),
        Route(f"{base}/shots/{{shot:int}}/references", refer, methods=["POST"]),
        Route(f"{base}/undo", undo, methods=["POST"]),
        Route(f"{base}/redo", redo, methods=["POST"]),
    ]


class by:  # noqa: N801
    """Says within the block which window makes a change of a film; one at a time."""

    def __init__(self, opened: OpenFilm, window: str) -> None:
        """Take the window that a request names."""
        self._opened = opened
        self._window = window

    def __enter__(self) -> None:
        """Wait until nobody else makes one."""
        self._opened.making.acquire()
        self._opened.by = self._window

    def __exit__(self, *_: object) -> None:
        """Let others."""
        self._opened.by = ""
        self._opened.making.release()


def _details(desk: Desk, opened: OpenFilm, number: int) -> dict[str, Any]:
    plan = opened.view.plan
    shot = next((s for s in (plan.shots if plan else ()) if s.number == number), None)
    if shot is None:
        raise HTTPException(404, f"There is no shot {number}.")
    settings = shot.settings.changed
    usual = opened.view.settings
    references = settings.pop("references", None) or ()
    return {
        "settings": settings,
        "effective": {name: settings.get(name, getattr(usual, name)) for name in _SLIDERS},
        "references": [Path(name).name for name in references],
    }


def _networks() -> list[str]:
    return [row["name"] for row in list_rows() if row["installed"]]
