"""Adding weights files that the user has to the networks that filmcolor knows by name."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from filmcolor.errors import NetworkError, UsageError
from filmcolor.networks.network import open_network
from filmcolor.networks.weights.catalog import CATALOG, CatalogEntry
from filmcolor.networks.weights.folders import weights_folder
from filmcolor.networks.weights.library import (
    WEIGHTS_SUFFIXES,
    InstalledNetwork,
    note_checksum,
    weights_path,
)
from filmcolor.networks.weights.weights_file import refuse_wrong_file, sha256_of
from filmcolor.system.atomic_output import atomic_output
from filmcolor.wording.reasons import reason_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def import_network(
    source: Path,
    *,
    name: str | None = None,
    folder: Path | None = None,
    catalog: Iterable[CatalogEntry] = tuple(CATALOG.values()),
) -> InstalledNetwork:
    """Copy a weights file into the folder of weights.

    A file whose checksum is in the catalog is recognised. Any other `.caffemodel` (with the
    `.prototxt` of the same stem beside it, if there is one) or `.onnx` is loaded and run once
    before it is copied, and is then known by `name`, or by its stem.

    Args:
        source: the file.
        name: the name to give to an unknown file.
        folder: where to copy it; None for the folder of weights.
        catalog: the entries among which the file is looked up.

    Raises:
        NetworkError: the file is damaged or no colour network, or cannot be copied.
        UsageError: the name is taken by the catalog or no good file name.
    """
    refuse_wrong_file(source)
    folder = folder or weights_folder()
    sha256 = sha256_of(source)
    entry = next((known for known in catalog if known.sha256 == sha256), None)
    if entry is not None:
        if name not in (None, entry.name):
            raise UsageError(f"{source} holds the weights of '{entry.name}'; leave out the name.")
        target = weights_path(entry, folder)
        if not entry.bundled:
            _copy(source, target)
        return InstalledNetwork(entry.name, target, entry)

    name = source.stem if name is None else name
    suffix = source.suffix.lower()
    if name in CATALOG:
        raise UsageError(
            f"{source} does not hold the weights of '{name}' (its sha256 is {sha256}); "
            "give it another name with `name`."
        )
    if not _NAME.fullmatch(name) or name == "auto":
        raise UsageError(
            f"'{name}' cannot be a network's name; "
            "give one of letters, digits, '.', '_' and '-' with `name`."
        )
    _prove_usable(source, folder)
    for other in WEIGHTS_SUFFIXES:  # one name, one network
        if other != suffix:
            (folder / (name + other)).unlink(missing_ok=True)
    target = folder / (name + suffix)
    description = source.with_suffix(".prototxt")
    if suffix == ".caffemodel" and description.is_file():
        _copy(description, target.with_suffix(".prototxt"))
    _copy(source, target)
    note_checksum(target, sha256)
    return InstalledNetwork(name, target, None)


def _prove_usable(source: Path, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=folder) as scratch:
            network = open_network(source, converted_folder=Path(scratch))
            network.predict(np.full((1, *network.input_size(64, 64)), 50, np.float32))
    except OSError as error:
        raise NetworkError(f"Cannot write to {folder}: {reason_of(error)}.") from error


def _copy(source: Path, target: Path) -> None:
    """Copy so that nobody ever sees half a file under the final name."""
    if target.exists() and target.samefile(source):
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_output(target) as unfinished:
            shutil.copyfile(source, unfinished)
    except OSError as error:
        raise NetworkError(f"Cannot copy {source} to {target}: {reason_of(error)}.") from error
