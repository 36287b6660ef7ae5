"""The studio's queue, whose films a farm colours."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")

from benchmarks.farm.local import LocalFarm, free_port
from filmcolor.settings import FilmOptions
from tests.jobs.films import shots_film
from tests.studio.asking import Asking


def _colored(folder: Path, address: str, network: Path) -> tuple[str, dict[str, Any]]:
    """Have a film coloured by the queue; return the command that is told, and how it ended."""
    from filmcolor.studio.server import running_studio

    options = {"model": str(network), "engine": "onnxruntime"}
    with running_studio(folder, port=0, farm=FilmOptions(farm=address), **options) as running:
        studio = Asking(running.address, running.port, running.token, folder)
        wanted = {"film": studio.id_of("old.mkv")}
        command = studio.post("/api/queue/command", wanted).json["command"]
        assert studio.post("/api/queue", wanted).status == 200
        until = time.monotonic() + 60
        while time.monotonic() < until:
            (film,) = studio.get("/api/queue").json["films"]
            if film["state"] in ("done", "failed"):
                return command, film
            time.sleep(0.1)
    raise AssertionError("it does not end")


def test_the_queue_uses_the_farm(farm: LocalFarm, tmp_path: Path, network_file: Path) -> None:
    shots_film(tmp_path / "old.mkv", (20, 20))
    command, film = _colored(tmp_path, farm.address, network_file)
    assert f"--farm {farm.address}" in command
    assert film["state"] == "done"
    assert film["frames"] == film["total"] == 40


def test_a_farm_that_is_not_there_is_told(
    tmp_path: Path, network_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filmcolor.jobs.farm.connection._TO_CONNECT", 0.5)
    shots_film(tmp_path / "old.mkv", (20,))
    _, film = _colored(tmp_path, f"tcp://127.0.0.1:{free_port()}", network_file)
    assert film["state"] == "failed"
    assert "no scheduler of a farm answers" in film["reason"]
