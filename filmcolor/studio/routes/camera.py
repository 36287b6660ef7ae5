"""The camera of the browser: pictures come, and go back in colour."""

from __future__ import annotations

import time
from urllib.parse import quote

import cv2
import numpy as np
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

import filmcolor
from filmcolor.studio.answers import MEGABYTE, as_jpeg, as_png, read_bytes
from filmcolor.studio.desk import Desk
from filmcolor.studio.uploads import checked_picture
from filmcolor.system.outputs import free_name, output_file

_LIMIT = 4 * MEGABYTE
_MOST_PIXELS = 1920 * 1080


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of this file."""

    def colored(data: bytes) -> NDArray[np.uint8]:
        grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise HTTPException(415, "This is no picture of a camera.")
        return np.asarray(filmcolor.colorize_image(grey, network=desk.quick_network()), np.uint8)

    def saved(rgb: NDArray[np.uint8]) -> str:
        name = f"camera-{time.strftime('%Y%m%d-%H%M%S')}.color.png"
        place = free_name(desk.shelf.home / name)
        with output_file(place, place.parent, False) as unfinished:
            unfinished.write_bytes(as_png(rgb))
        desk.hub.tell("folder")
        return place.name

    async def camera(request: Request) -> Response:
        data = checked_picture(await read_bytes(request, _LIMIT), _MOST_PIXELS)
        rgb = await run_in_threadpool(colored, data)
        headers = {"Cache-Control": "no-store"}
        if "save" in request.query_params:
            headers["X-Saved"] = quote(await run_in_threadpool(saved, rgb))
        return Response(as_jpeg(rgb, 90), media_type="image/jpeg", headers=headers)

    return [Route("/api/camera", camera, methods=["POST"])]
