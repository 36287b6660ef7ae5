"""Finishes films that an earlier run has left unfinished."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from filmcolor.errors import InputError, OutputError
from filmcolor.events import CancelToken, Events, Listener, stopped_by
from filmcolor.jobs.farm.on_farm import film_on_farm
from filmcolor.jobs.film import begun_request, resume_film
from filmcolor.jobs.kept_given import kept_given
from filmcolor.jobs.kept_plan import kept_plan
from filmcolor.jobs.unfinished import Unfinished
from filmcolor.settings import RunSettings
from filmcolor.summary import Summary


def finish(
    unfinished: Unfinished,
    *,
    workers: int | None = 1,
    on: RunSettings | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
) -> Summary:
    """Finish a film, from its manifest alone; told and stopped as `filmcolor.colorize` is.

    `on`: settings that name a farm, where that is to do it. Raises as `filmcolor.colorize` does.
    """
    if unfinished.running:
        raise OutputError(f"{unfinished.output}: another run is at work on it; wait for that one.")
    manifest = unfinished.manifest
    source = Path(manifest.input)
    if not source.exists() and "%" not in source.name:
        raise InputError(
            f"{source}: there is no such file any more: put it back; or, to give up what is done "
            f"of it, delete the folder {unfinished.folder}.",
            file=source,
        )
    given = manifest.plan is not None and manifest.plan.given
    plan = kept_plan(unfinished.folder, manifest) if given else None
    colors = kept_given(unfinished.folder, manifest)
    events = Events(listeners)
    with stopped_by(cancel):
        if on is not None and on.farm is not None:
            request = begun_request(unfinished.output, manifest, plan, colors)
            names = {"farm", "farm_tls", "path_map", "farm_storage", "priority"}
            farm = on.model_dump(include=names)
            return film_on_farm(replace(request, run=request.run.model_copy(update=farm)), events)
        return resume_film(
            unfinished.output, manifest, plan, colors, workers=workers, events=events
        )
