"""A tiny network for films that need no good colours, and a server that nobody may ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.networks.tiny import write_network
from filmcolor.networks import Network, load_network
from tests.networks.servers import Server, serving


@pytest.fixture(scope="package")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Network:
    path = write_network(tmp_path_factory.mktemp("tiny") / "tiny.onnx")
    return load_network(path, engine="onnxruntime", threads=1)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(b"#EXTM3U\n") as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: names without a folder in front are what programs take for addresses."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
