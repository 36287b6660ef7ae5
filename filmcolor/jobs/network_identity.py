"""By what the networks of a run are known again, in a later run or another process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from filmcolor.errors import NetworkError
from filmcolor.jobs.json_values import PathText
from filmcolor.networks import Network
from filmcolor.networks.chosen import ChosenNetworks, NetworkFile

MAIN: Final = ""
"""Stands among the names of networks for that of the run; others are named by the plan."""


class NetworkIdentity(BaseModel):
    """Which network gives the colours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    path: PathText
    sha256: str
    engine: str
    precision: str

    @property
    def file(self) -> NetworkFile:
        """Its file and engine."""
        return NetworkFile(Path(self.path), self.engine)

    @classmethod
    def of(cls, network: Network) -> NetworkIdentity:
        """Describe a loaded network."""
        return cls(
            name=network.name,
            path=str(network.path.resolve()),
            sha256=network.sha256,
            engine=network.engine,
            precision=network.precision,
        )


def identify_networks(networks: ChosenNetworks) -> dict[str, NetworkIdentity]:
    """Describe the networks of a run, by name; that of the run is called `MAIN`."""
    loaded = {MAIN: networks.main, **networks.shots}
    return {name: NetworkIdentity.of(network) for name, network in loaded.items()}


def load_identified(identities: Mapping[str, NetworkIdentity]) -> ChosenNetworks:
    """Load the very networks that `identify_networks` described.

    Raises `NetworkError` where the file has other weights by now, or where the engine would give
    other colours here.
    """
    loaded: dict[str, Network] = {}
    for name, wanted in identities.items():
        network = wanted.file.load()
        found = NetworkIdentity.of(network)
        for what in ("sha256", "engine", "precision"):
            was, now = getattr(wanted, what), getattr(found, what)
            if was != now:
                raise NetworkError(
                    f"{wanted.path}: its {what} is {now}, but the run was begun with {was}; begin "
                    "anew with `restart`.",
                    file=network.path,
                    remedy="restart",
                )
        loaded[name] = network
    return ChosenNetworks(loaded.pop(MAIN), loaded)
