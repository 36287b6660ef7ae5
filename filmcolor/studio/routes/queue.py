"""The queue of films to colour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from filmcolor.api.command_line import colorize_command
from filmcolor.errors import UsageError
from filmcolor.keyframes.beside import keyframes_of_plan
from filmcolor.media.encode.encoders import ENCODERS
from filmcolor.media.positions import resolve_range
from filmcolor.media.timecode import parse_position
from filmcolor.settings import FilmOptions, make_film_settings
from filmcolor.studio.answers import in_thread, json_answer, read_json
from filmcolor.studio.desk import Desk
from filmcolor.studio.queue_news import QueueNews, queue_rows
from filmcolor.wording.near_names import did_you_mean


class _Options(BaseModel):
    """What a page may choose about the encoding."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    codec: str | None = Field(default=None, max_length=40)
    crf: float | None = None
    preset: str | None = Field(default=None, max_length=40)
    pix_fmt: str | None = Field(default=None, max_length=40)
    workers: int | None = None


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")
    film: str
    output: str | None = Field(default=None, max_length=4096)
    start: str | None = Field(default=None, max_length=40)
    end: str | None = Field(default=None, max_length=40)
    overwrite: bool = False
    options: _Options = _Options()


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid")
    place: int = Field(ge=0)


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of this file."""
    news = QueueNews(desk)

    def films(_: Request) -> Response:
        return json_answer({"films": queue_rows(desk)})

    async def command(request: Request) -> Response:
        wanted = await read_json(request, _Wanted)

        def line() -> str:
            source, arguments = _arguments(desk, wanted)
            output = arguments.pop("output")
            if not arguments["overwrite"]:
                del arguments["overwrite"]
            return colorize_command(source, output, arguments)

        return json_answer({"command": await run_in_threadpool(line)})

    async def add(request: Request) -> Response:
        wanted = await read_json(request, _Wanted)

        def added() -> str:
            source, arguments = _arguments(desk, wanted)
            return desk.queue.add(source, **arguments).id

        answer = json_answer({"id": await run_in_threadpool(added)})
        await run_in_threadpool(news.tell)
        return answer

    def acting(action: str) -> Any:
        def act(request: Request) -> Response:
            getattr(desk.queue, action)(request.path_params["id"])
            news.tell()
            return json_answer({})

        return in_thread(act)

    async def place(request: Request) -> Response:
        form = await read_json(request, _Place)
        await run_in_threadpool(desk.queue.move, request.path_params["id"], form.place)
        await run_in_threadpool(news.tell)
        return json_answer({})

    base = "/api/queue"
    return [
        Route(base, in_thread(films)),
        Route(base, add, methods=["POST"]),
        Route(f"{base}/command", command, methods=["POST"]),
        *(
            Route(f"{base}/{{id}}/{action}", acting(action), methods=["POST"])
            for action in ("start", "pause", "cancel")
        ),
        Route(f"{base}/{{id}}/place", place, methods=["POST"]),
        Route(f"{base}/{{id}}", acting("remove"), methods=["DELETE"]),
    ]


def _arguments(desk: Desk, wanted: _Wanted) -> tuple[Path, dict[str, Any]]:
    """Return a film and the keyword arguments of `Queue.add`; raises `UsageError`."""
    source = desk.shelf.path(wanted.film)
    chosen = wanted.options.model_dump(exclude_none=True)
    options = FilmOptions(**desk.options, **desk.farm, **chosen)  # type: ignore[typeddict-item]
    make_film_settings(**options)
    codec = wanted.options.codec
    if codec is not None and codec != "auto" and codec not in ENCODERS:
        raise UsageError(f"there is no codec {codec!r}{did_you_mean(codec, ENCODERS)}.")
    start = None if wanted.start is None else parse_position(wanted.start)
    end = None if wanted.end is None else parse_position(wanted.end)
    if start is not None or end is not None:
        with desk.film(wanted.film) as opened:
            info = opened.view.info
        resolve_range(info, start, end)
    plan = desk.plan_path(source)
    painted = keyframes_of_plan(plan)
    return source, {
        "output": _output(desk, source, wanted.output),
        "plan": plan if plan.exists() else None,
        "keyframes": painted if (painted / "index.json").is_file() else None,
        "start": wanted.start,
        "end": wanted.end,
        "overwrite": wanted.overwrite,
        **options,
    }


def _output(desk: Desk, source: Path, text: str | None) -> Path | None:
    target = desk.target(source)
    if text is None:
        return None if target.parent == source.parent else target
    output = desk.shelf.check(target.parent / Path(text).expanduser())
    # None leaves the container to the film: it may not hold all streams in the usual one.
    return None if output == target and target.parent == source.parent else output
