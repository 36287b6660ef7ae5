"""The plan that a run follows, kept beside the manifest."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from filmcolor.errors import InputError, RestartNeededError
from filmcolor.jobs.manifest import Manifest
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import plan_text, read_plan
from filmcolor.system.checksum import file_sha256
from filmcolor.system.outputs import write_durably

_NAME = "plan.json"


def plan_sha256(plan: Plan) -> str:
    """Return the checksum of a plan's file, as lower-case hex."""
    return hashlib.sha256(plan_text(plan).encode()).hexdigest()


def write_plan(plan: Plan, folder: Path) -> None:
    """Write a plan into a work folder, in one step; raises `OutputError` when that fails."""
    write_durably(folder / _NAME, plan_text(plan).encode())


def kept_plan(folder: Path, manifest: Manifest) -> Plan | None:
    """Return the plan in a work folder; None where there is none, or where a new one will do.

    Raises `RestartNeededError` when a damaged one was followed already, or was the user's own.
    """
    known = manifest.plan
    if known is None:
        return None
    path = folder / _NAME
    with contextlib.suppress(OSError, InputError):
        if file_sha256(path) == known.sha256:
            return read_plan(path)
    if manifest.segments or known.given:
        raise RestartNeededError(f"{path}: was changed or damaged; begin anew with `restart`.")
    return None
