"""`filmcolor studio` as a program: its address, its port, its end."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import filmcolor
from filmcolor.cli.app import app
from tests.clips import read_frames
from tests.studio.asking import Asking, until
from tests.studio.films import make_film


class Program:
    """The command, running."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "filmcolor", "studio", *map(str, arguments), "--no-browser"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    @property
    def port(self) -> int:
        found = re.search(r":(\d+)/", self.address)
        assert found, self.end()
        return int(found[1])

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        return connection.getresponse().status

    def asking(self, folder: Path) -> Asking:
        token = re.sub(r".*token=", "", self.address)
        return Asking(self.address, self.port, token, folder)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        try:
            _, errors = self.process.communicate(timeout=20)
        finally:
            self.process.kill()
        return self.process.returncode, errors


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens already."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_in_good_order(folder: Path, tiny_network: Path, number: int) -> None:
    program = Program(folder, "--port", 0, "--model", tiny_network)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{40,}", program.address)
    assert program.status("/?" + program.address.partition("?")[2]) == 303
    assert program.status("/") == 403
    key = re.sub(r".*token=", "", program.address)
    stream = _open_stream(program.port, key)
    began = time.monotonic()
    code, errors = program.end(number)
    assert time.monotonic() - began < 8, "open pages do not hold it up"
    assert code == 0
    assert "Traceback" not in errors
    assert errors.strip().splitlines()[-1].startswith("The studio is closed")
    stream.close()


def _open_stream(port: int, token: str) -> socket.socket:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", f"/?token={token}")
    cookie = (connection.getresponse().getheader("set-cookie") or "").partition(";")[0]
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    request = f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
    line.sendall(request.encode())
    assert b"200" in line.recv(4096)
    return line


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_the_queue_outlives_a_server_that_is_killed(folder: Path, tiny_network: Path) -> None:
    make_film(folder / "long.mp4", shots=20)
    first = Program(folder, "--port", 0, "--model", tiny_network)
    studio = first.asking(folder)
    studio.post("/api/queue", {"film": studio.id_of("long.mp4"), "options": {"codec": "ffv1"}})
    until(lambda: studio.get("/api/queue").json["films"][0]["state"] == "running")
    first.end(signal.SIGKILL)
    second = Program(folder, "--port", 0, "--model", tiny_network)
    studio = second.asking(folder)
    until(lambda: studio.get("/api/queue").json["films"][0]["state"] == "done", 60)
    second.end()
    made = next(folder.glob("long.color.*"))
    filmcolor.colorize(
        folder / "long.mp4", folder / "same.mkv", codec="ffv1", model=str(tiny_network)
    )
    for one, other in zip(read_frames(made), read_frames(folder / "same.mkv"), strict=True):
        assert (one.time, one.y.tobytes()) == (other.time, other.y.tobytes())
        assert one.u is not None and other.u is not None
        assert (one.u == other.u).all()


def test_a_port_that_is_taken_is_said(folder: Path, taken: int) -> None:
    done = CliRunner().invoke(app, ["studio", str(folder), "--port", str(taken), "--no-browser"])
    assert done.exit_code == 1
    assert done.output.count("\n") == 1
    assert f"port {taken} is taken; choose another --port" in done.output


def test_the_next_port_is_taken_where_none_was_asked_for(
    folder: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filmcolor.studio import server

    monkeypatch.setattr(server, "USUAL_PORT", taken)
    said: list[str] = []
    with server.running_studio(folder, say=said.append) as running:
        assert running.port > taken
    assert said == [f"Port {taken} is taken; {running.port} is free."]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["studio", str(tmp_path / "no"), "--no-browser"])
    assert done.exit_code == 1
    assert "is not a folder" in done.output


def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)  # as if it were not installed
    done = CliRunner().invoke(app, ["studio", str(tmp_path)])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert '`pip install ".[studio]"`' in done.output


def test_help_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "starlette", None)
    done = CliRunner().invoke(app, ["studio", "--help"])
    assert done.exit_code == 0
    assert "this computer" in done.output


@pytest.mark.skipif(os.name != "posix", reason="other systems know no such addresses")
def test_another_host_can_be_opened_with_the_token_alone(folder: Path, tiny_network: Path) -> None:
    from filmcolor.studio.server import running_studio

    with running_studio(folder, port=0, host="0.0.0.0", model=str(tiny_network)) as running:
        for host, token, status in (
            ("10.1.2.3", running.token, 303),
            ("10.1.2.3", "guess", 403),
            ("evil.example", running.token, 403),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
            connection.putrequest("GET", f"/?token={token}", skip_host=True)
            connection.putheader("Host", f"{host}:{running.port}")
            connection.endheaders()
            assert connection.getresponse().status == status
