"""What routes have in common: bodies read within bounds, pictures and errors as answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from filmcolor.errors import (
    CancelledError,
    FilmcolorError,
    InputError,
    OutputError,
    UsageError,
)
from filmcolor.events import CancelToken, stopped_by

_log = logging.getLogger("filmcolor")

WIDEST = 16384
"""Pixels across of the widest picture that is sent."""
MEGABYTE = 1 << 20
_JSON_LIMIT = 4 * MEGABYTE
PICTURE_LIMIT = 256 * MEGABYTE
"""Bytes of a picture that may be dropped on a film."""

Body = TypeVar("Body", bound=BaseModel)


async def read_bytes(request: Request, limit: int) -> bytes:
    """Return the body of a request; raises HTTP 413 for more than `limit` bytes."""
    told = request.headers.get("content-length", "0")
    if not told.isdigit() or int(told) > limit:
        raise HTTPException(413, f"That is too large; up to {limit // MEGABYTE} MB are taken.")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise HTTPException(413, f"That is too large; up to {limit // MEGABYTE} MB are taken.")
        parts.append(part)
    return b"".join(parts)


async def read_json(request: Request, form: type[Body]) -> Body:
    """Return the JSON of a request, checked; raises HTTP 415 or 422 where it is something else."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "JSON is asked for.")
    try:
        return form.model_validate_json(await read_bytes(request, _JSON_LIMIT) or b"{}")
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise HTTPException(422, f"{place}: {first['msg']}" if place else first["msg"]) from None


def number(request: Request, name: str, low: int = 0, high: int = 1 << 40) -> int | None:
    """Return a whole number of the address, within bounds; None where it is not given."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise HTTPException(400, f"{name}: a whole number is asked for.")
    return min(high, max(low, int(text)))


def as_jpeg(rgb: NDArray[np.uint8], quality: int = 95) -> bytes:
    """Return sRGB pixels, uint8 (h, w, 3), as a JPEG whose colour is not made coarser."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    if quality >= 90:
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return _encoded(".jpg", rgb, options)


def as_png(rgb: NDArray[np.uint8]) -> bytes:
    """Return sRGB pixels, uint8 (h, w, 3) or (h, w, 4), as a PNG, exactly."""
    return _encoded(".png", rgb, [cv2.IMWRITE_PNG_COMPRESSION, 1])


def _encoded(suffix: str, rgb: NDArray[np.uint8], options: list[int]) -> bytes:
    order = cv2.COLOR_RGBA2BGRA if rgb.shape[-1] == 4 else cv2.COLOR_RGB2BGR
    fine, data = cv2.imencode(suffix, cv2.cvtColor(rgb, order), options)
    if not fine:
        raise OutputError("this picture could not be encoded for the page.")
    return data.tobytes()


def picture(rgb: NDArray[np.uint8], *, exact: bool = False, **headers: object) -> Response:
    """Return a picture as an answer, JPEG or (`exact`) PNG, with facts about it in headers."""
    told = {f"X-{name.replace('_', '-').title()}": str(value) for name, value in headers.items()}
    told["Cache-Control"] = "no-store"
    if exact:
        return Response(as_png(rgb), media_type="image/png", headers=told)
    return Response(as_jpeg(rgb), media_type="image/jpeg", headers=told)


Handler = Callable[[Request], Awaitable[Response]]


def in_thread(route: Callable[[Request], Response]) -> Handler:
    """Return a route that works outside of the event's loop; films block."""

    async def answer(request: Request) -> Response:
        return await run_in_threadpool(route, request)

    return answer


class StopWithStudio:
    """Has what is done for an answer, in whatever threads, stop when the studio ends."""

    def __init__(self, app: ASGIApp, closing: CancelToken) -> None:
        """Look after `app`; `closing` is cancelled at the end."""
        self._app = app
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        with stopped_by(self._closing):
            await self._app(scope, receive, send)


class TellErrors:
    """Turns what goes wrong into JSON with one sentence for people: `{"error": "..."}`."""

    def __init__(self, app: ASGIApp) -> None:
        """Look after `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and answer where that fails."""
        started = False

        async def sending(message: Any) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:
            if started or scope["type"] != "http":
                _log.info("an answer broke off: %s", error)
                raise
            await error_answer(error)(scope, receive, send)


def error_answer(error: Exception) -> Response:
    """Return what a page is told of an error."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code)
    if isinstance(error, CancelledError):
        return JSONResponse({"error": said(error)}, 409)
    if isinstance(error, UsageError):
        return JSONResponse({"error": said(error)}, 400)
    if isinstance(error, InputError):
        return JSONResponse({"error": said(error)}, 422)
    if isinstance(error, OutputError | OSError):
        return JSONResponse({"error": said(error)}, 507)
    if isinstance(error, FilmcolorError):
        return JSONResponse({"error": said(error)}, 422)
    _log.exception("unexpected", exc_info=error)
    return JSONResponse(
        {"error": f"Something unexpected happened ({type(error).__name__}: {said(error)})."}, 500
    )


def said(error: object) -> str:
    """Return the sentence of an error, in one line, for people who see no options."""
    return " ".join(str(error).replace("`", "").split())


def json_answer(value: Any) -> Response:
    """Return plain values as an answer that nobody keeps."""
    return Response(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
