"""The networks on this computer: finding, listing and verifying their weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filmcolor.errors import NetworkError
from filmcolor.networks.caffe.cache import CONVERTED_SUFFIX
from filmcolor.networks.weights.catalog import CATALOG, CatalogEntry
from filmcolor.networks.weights.folders import package_data, weights_folder
from filmcolor.networks.weights.weights_file import sha256_of
from filmcolor.system.environment import MODELS
from filmcolor.wording.reasons import reason_of

WEIGHTS_SUFFIXES = (".caffemodel", ".onnx")
_CHECKSUM_SUFFIX = ".sha256"


@dataclass(frozen=True)
class InstalledNetwork:
    """Weights that lie on this computer; `entry` is None for a network of the user's own."""

    name: str
    path: Path
    entry: CatalogEntry | None


@dataclass(frozen=True)
class Verification:
    """Whether the weights are what they were; `problem` says in words what is wrong."""

    network: InstalledNetwork
    problem: str | None


def weights_path(entry: CatalogEntry, folder: Path | None = None) -> Path:
    """Return where the weights of a catalog entry lie, or would lie once they are fetched."""
    if entry.bundled:
        return package_data(entry.file_name)
    return (folder or weights_folder()) / entry.file_name


def is_installed(entry: CatalogEntry, folder: Path | None = None) -> bool:
    """Say whether the weights of a catalog entry lie on this computer (unverified)."""
    path = weights_path(entry, folder)
    with _readable(path.parent):
        return path.is_file()


def installed_networks(folder: Path | None = None) -> list[InstalledNetwork]:
    """Return all networks on this computer: the catalog's first, then the user's by name.

    Raises:
        NetworkError: the folder of weights cannot be read.
    """
    folder = folder or weights_folder()
    with _readable(folder):
        return _installed_networks(folder)


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Raise `NetworkError` where the folder of weights cannot be looked into."""
    try:
        yield
    except OSError as error:
        raise NetworkError(
            f"{folder}: the folder of weights cannot be read ({reason_of(error)}). Mend that, or "
            f"name another one in the environment variable {MODELS}."
        ) from error


def _installed_networks(folder: Path) -> list[InstalledNetwork]:
    found = [
        InstalledNetwork(entry.name, weights_path(entry, folder), entry)
        for entry in CATALOG.values()
        if is_installed(entry, folder)
    ]
    known_files = {entry.file_name for entry in CATALOG.values()}
    own = [
        path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.suffix.lower() in WEIGHTS_SUFFIXES
        and path.name not in known_files
        and not path.name.startswith(".")
        and not path.name.endswith(CONVERTED_SUFFIX)
    ]
    return found + [InstalledNetwork(path.stem, path, None) for path in sorted(own)]


def find_weights(name: str) -> tuple[Path, CatalogEntry | None]:
    """Return the weights file of a name or path, and the catalog's entry if it has one.

    Raises:
        NetworkError: nothing of that name is installed and no such file exists.
    """
    entry = CATALOG.get(name)
    if entry is not None:
        path = weights_path(entry)
        if not is_installed(entry):
            raise NetworkError(
                f"The weights of '{name}' are not installed. Get them with "
                f"`filmcolor models fetch {name}`, or add a copy that you have with "
                "`filmcolor models import FILE`."
            )
        return path, entry
    if "://" in name:
        raise NetworkError(
            f"'{name}' is an address, which is not opened: download the file, and add it with "
            "`filmcolor models import FILE`."
        )
    for network in installed_networks():
        if network.name == name:
            return network.path, None
    path = Path(name).expanduser()
    if path.exists() or path.suffix.lower() in WEIGHTS_SUFFIXES or path.name != name:
        return path, None
    names = ", ".join([*CATALOG, *(n.name for n in installed_networks() if n.entry is None)])
    raise NetworkError(
        f"No network and no file is called '{name}'. Known networks: {names}. "
        "Add a file of your own with `filmcolor models import FILE`."
    )


def verify_network(network: InstalledNetwork) -> Verification:
    """Compare the weights' checksum with the catalog's, or with the one noted at the import."""
    try:
        expected = network.entry.sha256 if network.entry else _noted_checksum(network.path)
        found = sha256_of(network.path)
    except NetworkError as error:
        return Verification(network, str(error))
    if expected is None:
        return Verification(network, "no checksum was noted; import the file again")
    if found != expected:
        return Verification(network, f"its sha256 is {found}, not {expected}")
    return Verification(network, None)


def _checksum_path(weights: Path) -> Path:
    return weights.with_name(weights.name + _CHECKSUM_SUFFIX)


def note_checksum(weights: Path, sha256: str) -> None:
    """Note the checksum of imported weights beside them, in the format of `sha256sum`."""
    _checksum_path(weights).write_text(f"{sha256}  {weights.name}\n", encoding="ascii")


def _noted_checksum(weights: Path) -> str | None:
    try:
        return _checksum_path(weights).read_text(encoding="ascii").split()[0]
    except (OSError, IndexError, UnicodeDecodeError):
        return None


def select_installed(names: Iterable[str]) -> list[InstalledNetwork]:
    """Return the installed networks of these names; all of them where no name is given.

    Raises:
        NetworkError: one of them is not installed.
    """
    installed = {network.name: network for network in installed_networks()}
    wanted = list(names) or list(installed)
    for name in wanted:
        if name not in installed:
            raise NetworkError(
                f"The network '{name}' is not installed. Installed: {', '.join(installed)}."
            )
    return [installed[name] for name in wanted]


def list_rows() -> list[dict[str, Any]]:
    """Describe the catalog's and the user's networks in values that JSON knows.

    Each row holds name, title, installed, bundled, path (None where not installed), year, bytes,
    licence, source and notes.
    """
    rows: list[dict[str, Any]] = []
    for entry in CATALOG.values():
        installed = is_installed(entry)
        row = dataclasses.asdict(entry)
        row["installed"] = installed
        row["path"] = str(weights_path(entry)) if installed else None
        rows.append(row)
    rows.extend(_row_of_own(network) for network in installed_networks() if network.entry is None)
    return rows


def _row_of_own(network: InstalledNetwork) -> dict[str, Any]:
    return {
        "name": network.name,
        "title": "Imported network",
        "source": "imported by you",
        "licence": "unknown",
        "year": None,
        "bytes": network.path.stat().st_size,
        "sha256": _noted_checksum(network.path),
        "file_name": network.path.name,
        "mirrors": [],
        "notes": "",
        "bundled": False,
        "installed": True,
        "path": str(network.path),
    }
