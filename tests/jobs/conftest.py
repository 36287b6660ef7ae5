"""A film and a network that are quick to work with."""

from __future__ import annotations

from pathlib import Path

import pytest

from filmcolor.networks import Network
from tests.jobs.films import SHOTS, film_with_streams


@pytest.fixture(scope="session")
def network(quick_network: Network) -> Network:
    """What is tested here does not depend on the colours."""
    return quick_network


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of several shots with two sound tracks, subtitles and chapters."""
    return film_with_streams(tmp_path_factory.mktemp("film"), SHOTS)
