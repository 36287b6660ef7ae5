"""Nobody but the studio's own page gets anything out of it, or into it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.studio.asking import Asking
from tests.studio.films import make_photo


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, tiny_network: Path) -> Iterator[Asking]:
    """One for all tests of this file: none changes it."""
    from filmcolor.studio.server import running_studio

    folder = tmp_path_factory.mktemp("films")
    make_photo(folder / "aunt.png")
    with running_studio(folder, port=0, model=str(tiny_network)) as running:
        yield Asking(running.address, running.port, running.token, folder)


def test_the_opened_address_gives_a_cookie_that_no_script_and_no_other_site_has(
    studio: Asking,
) -> None:
    answer = studio.raw("GET", f"/?token={studio.token}")
    assert answer.status == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert studio.token not in cookie
    assert studio.get("/").status == 200
    assert studio.get("/api/folder").status == 200


@pytest.mark.parametrize("path", ["/", "/api/folder", "/api/events", "/static/main.js", "/nothing"])
@pytest.mark.parametrize("cookie", ["", "filmcolor-{port}=guess", "filmcolor-{port}={token}"])
def test_nothing_without_the_secret(studio: Asking, path: str, cookie: str) -> None:
    given = cookie.format(port=studio.port, token=studio.token)
    answer = studio.raw("GET", path, {"Cookie": given} if given else {})
    assert answer.status == 403
    assert str(studio.folder).encode() not in answer.body


def test_a_wrong_token_gives_no_cookie(studio: Asking) -> None:
    for token in (
        "",
        "guess",
        studio.token[:-1],
        studio.token + "x",
        "%00",
        "\u00e9".encode().hex(),
    ):
        answer = studio.raw("GET", f"/?token={token}")
        assert answer.status == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1"),
        *("localhost:1", "", "192.168.0.7:{port}", "[::ffff:1.2.3.4]:{port}", "127.0.0.1:{port}@x"),
    ],
)
def test_other_names_for_the_server_are_refused(studio: Asking, host: str) -> None:
    headers = {"Cookie": studio.key(), "Host": host.format(port=studio.port)}
    assert studio.raw("GET", "/api/folder", headers).status in (400, 403)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_own_names_are_served(studio: Asking, host: str) -> None:
    headers = {"Cookie": studio.key(), "Host": host.format(port=studio.port)}
    assert studio.raw("GET", "/api/folder", headers).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "http://127.0.0.1:1", "http://localhost:{port}", "null"),
        *("https://127.0.0.1:{port}", "http://127.0.0.1:{port}.evil.example", ""),
    ],
)
@pytest.mark.parametrize("path", ["/api/folder", "/api/events"])
def test_pages_from_elsewhere_are_refused(studio: Asking, origin: str, path: str) -> None:
    headers = {"Cookie": studio.key(), "Origin": origin.format(port=studio.port)}
    assert studio.raw("GET", path, headers).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_requests_that_come_from_elsewhere_are_refused(studio: Asking, site: str) -> None:
    headers = {"Cookie": studio.key(), "Sec-Fetch-Site": site}
    assert studio.raw("GET", "/api/folder", headers).status == 403
    assert studio.raw("GET", "/api/events", headers).status == 403
    assert studio.raw("POST", "/api/queue", headers, b"{}").status == 403
    assert studio.raw("GET", f"/?token={studio.token}", headers).status == 403


def test_what_was_typed_may_look_but_change_nothing(studio: Asking) -> None:
    headers = {"Cookie": studio.key(), "Sec-Fetch-Site": "none"}
    assert studio.raw("GET", "/api/folder", headers).status == 200
    assert studio.raw("POST", "/api/photos/save", headers, b"{}").status == 403


def test_a_form_of_another_page_cannot_be_taken_for_json(studio: Asking) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Cookie": studio.key(), "Content-Type": kind}
        body = b'{"path": "/etc/passwd"}'
        assert studio.raw("POST", "/api/folder/films", headers, body).status == 415


def test_websockets_are_refused(studio: Asking) -> None:
    headers = {
        "Cookie": studio.key(),
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Origin": "https://evil.example",
    }
    assert studio.raw("GET", "/api/events", headers).status == 403


def test_two_hosts_are_refused(studio: Asking) -> None:
    request = (
        f"GET /api/folder HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\nHost: evil.example\r\n"
        f"Cookie: {studio.key()}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", studio.port), timeout=10) as line:
        line.sendall(request.encode())
        status = line.recv(4096).split(b" ")[1]
    assert status in (b"400", b"403")


@pytest.mark.parametrize(
    "path", ["/", "/static/main.js", "/api/folder", "/nothing", "/api/films/x"]
)
@pytest.mark.parametrize("known", [True, False])
def test_every_answer_is_locked_up(studio: Asking, path: str, known: bool) -> None:
    headers = (studio.get(path) if known else studio.raw("GET", path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_the_page_holds_no_scripts_or_styles_of_its_own(studio: Asking) -> None:
    page = studio.get("/").body.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script") == page.count('<script type="module" src="/static/')
    assert "http:" not in page
    assert "https:" not in page
