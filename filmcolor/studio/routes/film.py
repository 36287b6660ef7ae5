"""One film: what is known of it, its shots, its frames in colour."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Shot
from filmcolor.script.shot_facts import has_shots
from filmcolor.studio.answers import WIDEST, in_thread, json_answer, number, picture
from filmcolor.studio.desk import Desk, OpenFilm
from filmcolor.studio.routes.shots import ShotChange
from filmcolor.studio.vectorscope import vectorscope
from filmcolor.viewing.viewed import Scope, Trial, ViewedFrame

_SCOPE_WIDTH = 320


class _TrialForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    shot: int
    scope: Scope = "shot"
    change: ShotChange


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of this file."""

    def film(request: Request) -> Response:
        with desk.film(request.path_params["key"]) as opened:
            return json_answer(_facts(desk, opened))

    def begin_plan(request: Request) -> Response:
        desk.shelf.path(request.path_params["key"])
        desk.planning.begin(request.path_params["key"])
        return json_answer({})

    def stop_plan(request: Request) -> Response:
        desk.planning.stop(request.path_params["key"])
        return json_answer({})

    def frame(request: Request) -> Response:
        with desk.film(request.path_params["key"]) as opened:
            viewed = _viewed(opened, request, number(request, "width", 16, WIDEST))
        grey = request.query_params.get("side") == "grey"
        answer = picture(
            viewed.grey if grey else viewed.color,
            exact="exact" in request.query_params,
            number=viewed.number,
            time=float(viewed.time),
            shot=viewed.shot,
            revision=viewed.revision,
            exact_colors=viewed.exact,
        )
        if "save" in request.query_params:
            name = f"{opened.path.stem}-{viewed.number:06}.png"
            safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
            answer.headers["Content-Disposition"] = f'attachment; filename="{safe}"'
        return answer

    def scope(request: Request) -> Response:
        with desk.film(request.path_params["key"]) as opened:
            viewed = _viewed(opened, request, _SCOPE_WIDTH)
        return picture(vectorscope(viewed.color), exact=True, number=viewed.number)

    def color(request: Request) -> Response:
        with desk.film(request.path_params["key"]) as opened:
            viewed = _viewed(opened, request, None)
        height, width = viewed.color.shape[:2]
        x = number(request, "x", 0, width - 1) or 0
        y = number(request, "y", 0, height - 1) or 0
        near = viewed.color[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].reshape(-1, 3)
        red, green, blue = near.mean(0).round().astype(int).tolist()
        return json_answer({"color": f"#{red:02x}{green:02x}{blue:02x}"})

    base = "/api/films/{key}"
    return [
        Route(base, in_thread(film)),
        Route(f"{base}/plan", in_thread(begin_plan), methods=["POST"]),
        Route(f"{base}/plan", in_thread(stop_plan), methods=["DELETE"]),
        Route(f"{base}/frames/{{frame:int}}", in_thread(frame)),
        Route(f"{base}/frames/{{frame:int}}/scope", in_thread(scope)),
        Route(f"{base}/frames/{{frame:int}}/color", in_thread(color)),
    ]


def _viewed(opened: OpenFilm, request: Request, width: int | None) -> ViewedFrame:
    if not has_shots(opened.view.plan):
        raise HTTPException(409, "The shots of this film are not known yet.")
    text, trial = request.query_params.get("trial"), None
    if text is not None:
        try:
            form = _TrialForm.model_validate_json(text)
        except ValidationError as error:
            raise HTTPException(422, f"trial: {error.errors()[0]['msg']}") from None
        trial = Trial(form.shot, form.change.given, form.scope)
    return opened.view.frame(request.path_params["frame"], width=width, trial=trial)


def _facts(desk: Desk, opened: OpenFilm) -> dict[str, Any]:
    view = opened.view
    info = view.info
    height, width = view.size
    plan = view.plan
    output = desk.output_of(opened.path)
    return {
        "id": opened.key,
        "name": opened.path.name,
        "width": width,
        "height": height,
        "frames": info.frames,
        "rate": float(info.frame_rate),
        "seconds": None if info.duration is None else float(info.duration),
        "sound": any(stream.kind == "audio" for stream in info.streams),
        "planned": has_shots(plan),
        "planning": desk.planning.state(opened.key),
        "shots": None if plan is None else _shots(plan, float(info.start)),
        "revision": view.revision,
        "can_undo": view.can_undo,
        "can_redo": view.can_redo,
        "painted": view.painted,
        "output": None if output is None else output.name,
        "target": str(desk.target(opened.path)),
    }


def _shots(plan: Plan, start: float) -> list[tuple[Any, ...]]:
    """Return the shots without the names of fields: there may be 10,000."""
    tick = plan.film.time_base

    def row(shot: Shot) -> tuple[Any, ...]:
        return (
            shot.number,
            shot.first_frame,
            shot.end_frame,
            round(float(shot.pts * tick) - start, 6),
            round(float(shot.end_pts * tick) - start, 6),
            shot.kind,
            shot.room,
            bool(shot.settings.changed or shot.hints),
            [keyframe.frame for keyframe in shot.keyframes] or [shot.first_frame],
        )

    return [row(shot) for shot in plan.shots]
