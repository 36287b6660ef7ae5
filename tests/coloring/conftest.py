"""Films are coloured with a network that is quick to ask."""

from __future__ import annotations

import pytest

from filmcolor.networks import Network


@pytest.fixture(scope="session")
def network(quick_network: Network) -> Network:
    """What is tested here does not depend on the colours."""
    return quick_network
