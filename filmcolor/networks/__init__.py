"""Colour networks: which there are, where their weights come from, and running them.

    from filmcolor.networks import load_network

    network = load_network("auto")
    ab = network.predict(L)  # L: float32 (n, H, W) in 0..100; ab: float32 (n, h, w, 2)

Importing this package loads no engine and no network.
"""

from __future__ import annotations

from filmcolor.networks.engines import ENGINE_NAMES, installed_engines
from filmcolor.networks.look import Look
from filmcolor.networks.network import (
    Network,
    is_large_network,
    load_network,
    richer_network_hint,
)
from filmcolor.networks.weights.catalog import CATALOG, CatalogEntry

__all__ = [
    "CATALOG",
    "ENGINE_NAMES",
    "CatalogEntry",
    "Look",
    "Network",
    "installed_engines",
    "is_large_network",
    "load_network",
    "richer_network_hint",
]
