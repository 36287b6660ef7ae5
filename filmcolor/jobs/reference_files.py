"""Which colour pictures lend a film their colours: where they lie, and what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from filmcolor.errors import InputError
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import ShotSettings
from filmcolor.script.reference import has_colors, read_reference
from filmcolor.settings import ColorSettings
from filmcolor.system.checksum import file_sha256


def reference_files(
    settings: ColorSettings, plan: Plan | None, shots: Mapping[int, ShotSettings]
) -> dict[str, str]:
    """Return checksums of the pictures that a run names, by their paths.

    Raises `InputError` for one that is not there, is no picture, or has no colours.
    """
    own = [shot.settings for shot in plan.shots] if plan is not None else []
    named: Iterable[tuple[str, ...] | None] = (
        settings.references,
        *(each.references for each in (*own, *shots.values())),
    )
    found: dict[str, str] = {}
    for path in (path for paths in named for path in paths or ()):
        if path not in found:
            if not has_colors(read_reference(Path(path))):
                raise InputError(
                    f"{path}: this reference has no colours to lend; name another one with "
                    "`references`.",
                    file=Path(path),
                )
            found[path] = file_sha256(Path(path))
    return found
