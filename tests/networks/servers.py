"""A real web server with the faults of real ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server:
    """Serves `content` under /file and misbehaves under other paths; notes every request."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.sent: list[int] = []
        self.ranges = True
        self.etag = '"one"'
        self.cuts: list[int] = []
        """After how many bytes the next answers are cut."""
        self.base = ""

    def ranges_asked(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.requests]


def handler_of(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            server.requests.append((self.path, dict(self.headers.items())))
            if self.path == "/missing":
                self.send_error(404)
            elif self.path == "/busy":
                self.send_error(503)
            elif self.path == "/page":
                self._answer(b"<!doctype html><html>Please sign in</html>", "text/html")
            elif self.path == "/hidden-page":
                page = b"<html>" + bytes(len(server.content) - 6)
                self._answer(page, "application/octet-stream")
            elif self.path == "/wrong":
                self._answer(bytes(len(server.content)), "application/octet-stream")
            elif self.path == "/short":
                self._answer(server.content[:100], "application/octet-stream")
            elif self.path == "/endless":
                self._endless()
            elif self.path == "/silent":
                time.sleep(1.5)
            elif self.path == "/stalls":
                self._stall()
            else:
                self._file()

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _endless(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(1000):
                    self.wfile.write(bytes(10_000))
            except OSError:
                pass

        def _stall(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(server.content)))
            self.end_headers()
            self.wfile.write(server.content[:1000])
            self.wfile.flush()
            time.sleep(1.5)

        def _file(self) -> None:
            total = len(server.content)
            asked = self.headers.get("Range")
            condition = self.headers.get("If-Range")
            start = 0
            if asked and server.ranges and condition in (None, server.etag):
                start = int(asked.removeprefix("bytes=").rstrip("-"))
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            else:
                self.send_response(200)
            self.send_header("ETag", server.etag)
            self.send_header("Content-Length", str(total - start))
            self.end_headers()
            body = server.content[start:]
            if server.cuts:
                body = body[: server.cuts.pop(0)]
            server.sent.append(len(body))
            self.wfile.write(body)

    return Handler


@contextmanager
def serving(content: bytes) -> Iterator[Server]:
    server = Server(content)
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(server))
    http.daemon_threads = True
    server.base = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
