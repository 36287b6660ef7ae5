"""Photos, before and after, and saved."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

import filmcolor
from filmcolor.errors import FilmcolorError, OutputError
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.studio.answers import in_thread, json_answer, number, picture, read_json, said
from filmcolor.studio.desk import Desk
from filmcolor.studio.thumbnails import photo_grey

_SLIDERS = ("saturation", "warmth", "tint", "strength")


class _Sliders(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    saturation: float | None = None
    warmth: float | None = None
    tint: float | None = None
    strength: float | None = None


class _Save(BaseModel):
    model_config = ConfigDict(extra="forbid")
    options: _Sliders = _Sliders()
    overwrite: bool = False


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of this file."""
    saving = threading.Lock()

    def photo(request: Request) -> Response:
        path = _path(desk, request)
        grey = photo_grey(path, number(request, "width", 16, 16384))
        exact = "exact" in request.query_params
        if request.query_params.get("side") == "grey":
            return picture(grey[..., None].repeat(3, axis=2), exact=exact)
        options = desk.options | _sliders(request)
        return picture(
            filmcolor.colorize_image(grey, network=desk.network(), **options), exact=exact
        )

    def saved(path: Path, form: _Save) -> tuple[Path, bool]:
        """Return the result, and whether it was made now; else it was there already."""
        try:
            summary = filmcolor.colorize(
                path,
                None if desk.shelf.is_below(path) else desk.target(path),
                overwrite=form.overwrite,
                network=desk.network(),
                **(desk.options | form.options.model_dump(exclude_none=True)),
            )
        except OutputError as error:
            if error.file is None or error.remedy != "overwrite":
                raise
            return error.file, False
        return summary.output, True

    async def save(request: Request) -> Response:
        form = await read_json(request, _Save)
        path, made = await run_in_threadpool(saved, _path(desk, request), form)
        desk.hub.tell("folder")
        return json_answer({"name": path.name, "made": made})

    async def save_all(request: Request) -> Response:
        form = await read_json(request, _Save)
        if not saving.acquire(blocking=False):
            raise HTTPException(409, "Photos are being saved already.")
        threading.Thread(target=save_each, args=(form,), name="photos", daemon=True).start()
        return json_answer({})

    def save_each(form: _Save) -> None:
        made, reasons = [], []
        try:
            photos = [row["id"] for row in desk.folder.rows() if row["kind"] == "photo"]
            for at, key in enumerate(photos):
                desk.hub.tell("photos", state="running", done=at, total=len(photos))
                try:
                    made.append(saved(desk.shelf.path(key), form)[1])
                except (FilmcolorError, OSError) as error:
                    reasons.append(said(error))
            kept = made.count(False)
            desk.hub.tell("photos", state="done", saved=sum(made), kept=kept, reasons=reasons[:5])
            desk.hub.tell("folder")
        finally:
            saving.release()

    return [
        Route("/api/photos/save", save_all, methods=["POST"]),
        Route("/api/photos/{key}", in_thread(photo)),
        Route("/api/photos/{key}/save", save, methods=["POST"]),
    ]


def _path(desk: Desk, request: Request) -> Path:
    path = desk.shelf.path(request.path_params["key"])
    if not is_picture(path):
        raise HTTPException(404, "This is no photo.")
    return path


def _sliders(request: Request) -> Any:
    found: dict[str, float] = {}
    for name in _SLIDERS:
        text = request.query_params.get(name)
        if text is not None:
            try:
                found[name] = float(text)
            except ValueError:
                raise HTTPException(400, f"{name}: a number is asked for.") from None
    return found
