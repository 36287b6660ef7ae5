"""Where what people decide about a film lies, unless they say otherwise: beside it."""

from __future__ import annotations

from pathlib import Path


def plan_beside(film: Path) -> Path:
    """Return where the plan of a film lies.

    >>> plan_beside(Path("films/old.mp4")).name
    'old.plan.json'
    """
    return film.with_name(f"{_stem(film)}.plan.json")


def keyframes_of_plan(plan: Path) -> Path:
    """Return the folder of keyframes that were painted on, of the film of a plan.

    >>> keyframes_of_plan(Path("films/old.plan.json")).name
    'old.keyframes'
    """
    return plan.with_name(f"{_name(plan)}.keyframes")


def references_of_plan(plan: Path) -> Path:
    """Return the folder of pictures that lend their colours, where they came from no file."""
    return plan.with_name(f"{_name(plan)}.references")


def _stem(film: Path) -> str:
    return film.stem if film.suffix else film.name


def _name(plan: Path) -> str:
    return plan.name.removesuffix(plan.suffix).removesuffix(".plan")
