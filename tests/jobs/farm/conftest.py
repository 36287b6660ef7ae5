"""A farm of two workers, for all tests that leave it as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed")

from benchmarks.farm.local import LocalFarm


@pytest.fixture(scope="package")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalFarm]:
    """Two workers of one thread each, in processes of their own, with folders of their own."""
    folder = tmp_path_factory.mktemp("farm")
    with LocalFarm(folder, 0) as running:
        for name in ("one", "two"):
            running.start_worker(FILMCOLOR_STAGING=str(folder / name))
        running.wait_for_workers(2)
        yield running


@pytest.fixture
def options(network_file: Path) -> dict[str, object]:
    """What makes short films of many pieces, quickly."""
    return {
        "model": str(network_file),
        "engine": "onnxruntime",
        "codec": "x264",
        "preset": "ultrafast",
        "method": "frame",
        "segment_seconds": 0.4,
        "piece_seconds": 1.2,
    }
