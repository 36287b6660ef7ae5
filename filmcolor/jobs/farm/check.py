"""Whether the nodes of a farm can do the work: what is found out before hours are spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filmcolor.jobs.farm.connection import Farm, FarmAddress, Worker
from filmcolor.jobs.farm.path_map import PathMap
from filmcolor.jobs.farm.staged_film import bring_file, network_place
from filmcolor.jobs.farm.storage import FarmStorage
from filmcolor.jobs.farm.versions import version_differences, versions
from filmcolor.jobs.manifest import network_differences
from filmcolor.jobs.network_identity import NetworkIdentity
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.networks.network import weights_file
from filmcolor.settings import Settings

_ENOUGH = 10 << 30
"""Bytes; an hour of film in SD, full of grain, and what it is joined from."""


@dataclass(frozen=True)
class Checked:
    """What was found out about a worker."""

    node: str
    worker: str
    threads: int
    good: tuple[str, ...]
    """Sentences about what is as it should be."""
    bad: tuple[str, ...]
    """Sentences about what is not."""

    @property
    def words(self) -> str:
        """All in one line."""
        said = "; ".join(self.bad or self.good)
        return f"{'not usable' if self.bad else 'good'}: {self.node} ({self.worker}): {said}"

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return {
            "node": self.node,
            "worker": self.worker,
            "threads": self.threads,
            "usable": not self.bad,
            "said": [*self.bad, *self.good],
        }


def check_farm(
    address: FarmAddress,
    folders: Sequence[Path] = (),
    paths: PathMap | None = None,
    settings: Settings | None = None,
    storage: str | None = None,
) -> list[Checked]:
    """Look whether each worker of a farm sees `folders`, has the network and the same versions.

    `storage`: the address of storage that is to be in the place of folders that all see. Then
    networks come from there. Raises `FilmcolorError` when no scheduler answers, or this computer
    cannot use the storage, and `NetworkError` where this computer itself lacks the network.
    """
    settings, paths = settings or Settings(), paths or PathMap()
    own = NetworkIdentity.of(load_chosen_network(settings))
    network = None
    if storage is not None:
        there, weights = FarmStorage(storage), weights_file(settings.model)
        there.check()
        network = bring_file(there, "", weights, network_place(weights)).model_dump()
    question = {
        "folders": [str(folder.absolute()) for folder in folders],
        "paths": [list(pair) for pair in paths.pairs],
        "model": settings.model,
        "engine": settings.engine,
        "storage": storage,
        "network": network,
    }
    with Farm(address) as farm:
        found = farm.facts(question)
    return [_checked(worker, facts, own, paths) for worker, facts in found.items()]


def _checked(worker: Worker, facts: Any, own: NetworkIdentity, paths: PathMap) -> Checked:
    good: list[str] = []
    bad: list[str] = []
    if not isinstance(facts, dict):
        why = "filmcolor is not installed there" if isinstance(facts, ImportError) else str(facts)
        return Checked(worker.host, worker.address, worker.threads, (), (why,))
    if "gone" in facts:
        bad.append(facts["gone"])
        return Checked(facts["node"], worker.address, worker.threads, (), tuple(bad))
    different = version_differences(versions(), facts["versions"])
    (bad if different else good).append(", ".join(different) or "the same versions")
    if facts["error"]:
        bad.append(facts["error"].rstrip("."))
    else:
        network = NetworkIdentity(**facts["network"])
        others = network_differences(network, own)
        found = f"network {network.name} on {network.engine} ({network.precision})"
        (bad if others else good).append("; ".join(others) or found)
    storage = facts.get("storage")
    if storage is not None:
        (bad if storage else good).append(storage.rstrip(".") or "can write and read the storage")
    for folder, free in facts["free"].items():
        there = paths.there(folder)
        if free is None:
            bad.append(f"cannot write into {there}")
        else:
            few = free < _ENOUGH
            (bad if few else good).append(f"{there} has {free / 1e9:.0f} GB left")
    return Checked(facts["node"], worker.address, worker.threads, tuple(good), tuple(bad))
