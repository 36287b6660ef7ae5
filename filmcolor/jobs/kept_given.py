"""Colours that people give to keyframes, kept beside the manifest: resuming needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from filmcolor.errors import RestartNeededError
from filmcolor.jobs.manifest import GivenIdentity, Manifest
from filmcolor.script.given import Given
from filmcolor.script.given_files import GivenFile, given_bytes
from filmcolor.system.outputs import write_durably


def _file(folder: Path, number: int, identity: GivenIdentity) -> GivenFile:
    return GivenFile(folder / f"given-{number:05d}.npz", identity.sha256)


def keep_given(folder: Path, manifest: Manifest, given: Sequence[Given]) -> tuple[Given, ...]:
    """Write given colours into a work folder, those of its manifest; return them as they lie there.

    What is there already stays. Raises `OutputError` when they cannot be written.
    """
    for number, (identity, each) in enumerate(zip(manifest.given, given, strict=True)):
        file = _file(folder, number, identity)
        if not file.is_whole:
            write_durably(file.path, given_bytes(each.colors.load()))
    return kept_given(folder, manifest)


def kept_given(folder: Path, manifest: Manifest) -> tuple[Given, ...]:
    """Return the given colours that lie in a work folder.

    Raises `RestartNeededError` where one of them is missing or damaged.
    """
    kept = []
    for number, identity in enumerate(manifest.given):
        file = _file(folder, number, identity)
        if not file.is_whole:
            raise RestartNeededError(
                f"{file.path}: the colours that were given to a keyframe are missing or damaged; "
                "repeat the command that began this film, with its `keyframes`."
            )
        kept.append(Given(identity.shot, identity.pts, file, identity.spread, identity.hint))
    return tuple(kept)
