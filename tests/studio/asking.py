"""Requests to a studio, as plain as they can be, so that they can also be wrong."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Asking:
    """A studio, and a way to ask it."""

    address: str
    port: int
    token: str
    folder: Path
    cookie: str = field(default="", repr=False)

    def raw(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Send a request with just these headers, beside the usual `Host`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            given = {"Host": f"127.0.0.1:{self.port}"} | (headers or {})
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                connection.putheader(name, value)
            if body is not None and "Content-Length" not in given:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def key(self) -> str:
        """Return the cookie that the opened address gives."""
        if not self.cookie:
            answer = self.raw("GET", f"/?token={self.token}")
            assert answer.status == 303
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return self.cookie

    def get(self, path: str, **parameters: object) -> Answer:
        """Ask as the page does."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self.raw("GET", path + query, {"Cookie": self.key()})

    def post(self, path: str, body: object = None, *, method: str = "POST") -> Answer:
        """Tell as the page does: JSON, or bytes as they are."""
        raw = isinstance(body, bytes)
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        kind = "application/octet-stream" if raw else "application/json"
        return self.raw(method, path, {"Cookie": self.key(), "Content-Type": kind}, data)

    def id_of(self, name: str) -> str:
        """Return the id of a film or photo of the folder."""
        films = self.get("/api/folder").json["films"]
        return str(next(film["id"] for film in films if film["name"] == name))

    def planned(self, name: str = "old.mp4") -> str:
        """Find the shots of a film, and return its id."""
        key = self.id_of(name)
        assert self.post(f"/api/films/{key}/plan").status == 200
        until(lambda: self.get(f"/api/films/{key}").json["planned"])
        return key


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something holds; fail when it does not."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
