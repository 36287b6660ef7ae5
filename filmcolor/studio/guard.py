"""Who may talk to the studio: the page that it has opened itself, and nobody else.

The server listens on this computer alone, yet every page of the web that is open in the browser can
send requests there. So each request must bring the secret that only the opened address holds (then
a cookie), name this server as its host (a name that was bent to 127.0.0.1 does not), and come from
a page of this server, as `Origin` and `Sec-Fetch-Site`, which no page can forge, tell.
"""

from __future__ import annotations

import ipaddress
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
"""Sent with every answer."""

TOKEN = "token"
"""The parameter of the opened address that holds the secret."""

_READING = frozenset({"GET", "HEAD"})


def new_token() -> str:
    """Return a secret for an address: 256 random bits."""
    return secrets.token_urlsafe(32)


class Guard:
    """Lets through what the studio's own page asks for; all else is answered with 403."""

    def __init__(self, app: ASGIApp, *, token: str, port: int, hosts: tuple[str, ...] = ()) -> None:
        """Guard `app`.

        Args:
            app: what is behind the guard.
            token: the secret of the opened address.
            port: where the server listens; cookies know no ports, so that its name holds it.
            hosts: names of this computer by which it may be called from elsewhere, too. Any
                address in numbers may be, where there are some: those cannot be bent.
        """
        self._app = app
        self._token = token
        self._session = secrets.token_urlsafe(32)
        self._port = port
        self._names = {"localhost", *(host.lower() for host in hosts)}
        self._numbers = bool(hosts)
        self._cookie = f"filmcolor-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand the request on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = self._answer(scope)
        if answer is not None:
            await answer(scope, receive, _with_headers(send))
        else:
            await self._app(scope, receive, _with_headers(send))

    def _answer(self, scope: Scope) -> Response | None:
        """Return the guard's own answer; None for what may pass."""
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)
        if refusal:
            return PlainTextResponse(refusal, 403)
        if scope["path"] == "/" and scope["method"] == "GET":
            given = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN, [""])[0]
            if given and _same(given, self._token):
                # The address in the browser's history then leads nowhere without the cookie.
                answer = RedirectResponse("/", 303)
                answer.set_cookie(
                    self._cookie, self._session, httponly=True, samesite="strict", path="/"
                )
                return answer
        if not _same(self._cookie_of(headers), self._session):
            return PlainTextResponse(
                "Please open the address that `filmcolor studio` has printed: it holds the key.",
                403,
            )
        return None

    def _refusal(self, method: str, headers: Headers) -> str:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            return "This server is not called so."
        origins = headers.getlist("origin")
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            return "Pages from elsewhere have no access."
        site = headers.get("sec-fetch-site")
        # "none": typed, or opened by a program; no page can bring that about.
        welcome = (None, "same-origin", "none") if method in _READING else (None, "same-origin")
        if site not in welcome:
            return "Pages from elsewhere have no access."
        return ""

    def _is_own(self, host: str) -> bool:
        """Return whether a `Host` header names this server."""
        name, _, port = host.lower().rpartition(":")
        if port != str(self._port):  # port 80, which browsers leave out, is not served
            return False
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return self._numbers or address.is_loopback

    def _cookie_of(self, headers: Headers) -> str:
        for line in headers.getlist("cookie"):
            try:
                morsel = SimpleCookie(line).get(self._cookie)
            except CookieError:
                continue
            if morsel is not None:
                return morsel.value
        return ""


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())


def _with_headers(send: Send) -> Send:
    """Return `send` that adds the headers of all answers."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            added = [(key.lower().encode(), value.encode()) for key, value in HEADERS.items()]
            names = {key for key, _ in added}
            kept = [pair for pair in message["headers"] if pair[0].lower() not in names]
            message = {**message, "headers": [*kept, *added]}
        await send(message)

    return sending
