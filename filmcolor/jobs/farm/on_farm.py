"""One film, or many, on a farm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from filmcolor.errors import FilmcolorError
from filmcolor.events import Events
from filmcolor.jobs.farm.connection import Farm, FarmAddress
from filmcolor.jobs.farm.coordinator import Coordinator
from filmcolor.jobs.farm.film_on_farm import Exchange, FilmOnFarm
from filmcolor.jobs.farm.path_map import PathMap
from filmcolor.jobs.farm.storage import FarmStorage
from filmcolor.jobs.farm.versions import versions
from filmcolor.jobs.job import FilmRequest
from filmcolor.settings import RunSettings
from filmcolor.summary import Summary

_FETCHING = 4
"""Pieces that are fetched from storage at a time."""

Finished = Callable[[FilmRequest, Summary | FilmcolorError], None]


def farm_address(run: RunSettings) -> FarmAddress:
    """Return where the farm of a run is."""
    assert run.farm is not None
    return FarmAddress(run.farm, None if run.farm_tls is None else Path(run.farm_tls))


def color_on_farm(
    requests: Iterator[FilmRequest], run: RunSettings, finished: Finished, events: Events
) -> None:
    """Have films coloured by the farm of `run`.

    `requests` is asked for the next film when there is room for it, in another thread; `finished`
    is called in this one with what became of each. Raises `FilmcolorError` when there is no farm,
    or nobody there does the work any more, and as `filmcolor.colorize` does when it is stopped.
    """
    paths, here = PathMap.parse(run.path_map), versions()

    def films() -> Iterator[FilmOnFarm]:
        for number, request in enumerate(requests):
            yield FilmOnFarm(number, request, paths, here, events, exchange=exchange)

    def film_finished(film: FilmOnFarm, result: Summary | FilmcolorError) -> None:
        finished(film.request, result)

    with _exchange(run) as exchange, Farm(farm_address(run)) as farm:
        at_once = run.workers if "workers" in run.model_fields_set else None
        Coordinator(farm, films(), film_finished, events, at_once=at_once).run()


@contextmanager
def _exchange(run: RunSettings) -> Iterator[Exchange | None]:
    """Provide the way that films of a run go; raises `FilmcolorError` where it is barred."""
    if run.farm_storage is None:
        yield None
        return
    storage = FarmStorage(run.farm_storage)
    storage.check()
    with ThreadPoolExecutor(_FETCHING, "filmcolor-fetch") as pool:
        yield Exchange(storage, pool)


def film_on_farm(request: FilmRequest, events: Events) -> Summary:
    """Colour one film on the farm that it names; raises as `filmcolor.colorize` does."""
    found: list[Summary | FilmcolorError] = []
    color_on_farm(iter([request]), request.run, lambda _, result: found.append(result), events)
    (result,) = found
    if isinstance(result, FilmcolorError):
        raise result
    return result
