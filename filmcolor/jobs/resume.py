"""Finishes films that an earlier run has left unfinished."""

from __future__ import annotations

from collections.abc import Iterable

from filmcolor.errors import OutputError
from filmcolor.events import CancelToken, Events, Listener, stopped_by
from filmcolor.jobs.film import resume_film
from filmcolor.jobs.kept_given import kept_given
from filmcolor.jobs.kept_plan import kept_plan
from filmcolor.jobs.unfinished import Unfinished
from filmcolor.summary import Summary


def finish(
    unfinished: Unfinished,
    *,
    workers: int | None = 1,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
) -> Summary:
    """Finish a film, from its manifest alone; told and stopped as `filmcolor.colorize` is.

    Raises as `filmcolor.colorize` does.
    """
    if unfinished.running:
        raise OutputError(f"{unfinished.output}: another run is at work on it; wait for that one.")
    manifest = unfinished.manifest
    given = manifest.plan is not None and manifest.plan.given
    plan = kept_plan(unfinished.folder, manifest) if given else None
    with stopped_by(cancel):
        return resume_film(
            unfinished.output,
            manifest,
            plan,
            kept_given(unfinished.folder, manifest),
            workers=workers,
            events=Events(listeners),
        )
