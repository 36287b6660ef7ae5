"""The server: where it listens, how it is opened in a browser, and how it ends."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from typing_extensions import Unpack

from filmcolor.errors import OutputError, UsageError
from filmcolor.settings import FilmOptions, SettingsOptions
from filmcolor.studio.app import make_app
from filmcolor.studio.desk import Desk
from filmcolor.studio.guard import TOKEN, Guard, new_token
from filmcolor.studio.shelf import Shelf
from filmcolor.wording.reasons import reason_of

LOCAL = "127.0.0.1"
USUAL_PORT = 8765
_PORTS_TRIED = 20
_BACKLOG = 64
_GRACE = 2
"""Seconds that answers under way get at the end."""


@dataclass(frozen=True)
class Studio:
    """A studio that runs.

    Attributes:
        address: what to open in a browser; it holds the secret.
        port: where it listens.
        token: the secret.
    """

    address: str
    port: int
    token: str
    _server: uvicorn.Server
    _thread: threading.Thread

    def wait(self) -> None:
        """Return when the server has ended."""
        # In short steps: a wait without end cannot be interrupted on Windows.
        while self._thread.is_alive():
            self._thread.join(0.5)


@contextmanager
def running_studio(
    folder: Path,
    *,
    port: int | None = None,
    host: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    farm: FilmOptions | None = None,
    **options: Unpack[SettingsOptions],
) -> Iterator[Studio]:
    """Run a studio on a folder of films until the block ends.

    Args:
        folder: what is opened.
        port: where to listen; 0 for any that is free. None: 8765 or the next one that is free.
        host: an address or name of this computer by which others may reach it; None: only this
            computer can.
        say: told what is not as asked for.
        **options: the fields of `filmcolor.Settings`, such as `model`, for all that is coloured.

    Raises:
        InputError: the folder is not there.
        OutputError: the port is taken, or the host is none of this computer's.
    """
    shelf = Shelf([folder])
    listener = _listen(host or LOCAL, port, say)
    with contextlib.closing(listener):
        bound = int(listener.getsockname()[1])
        token = new_token()
        with contextlib.closing(Desk(shelf, farm, **options)) as desk:
            app = Guard(make_app(desk), token=token, port=bound, hosts=_names(host))
            server = uvicorn.Server(
                uvicorn.Config(
                    app,
                    log_config=None,
                    log_level="critical",  # what people must know is told otherwise
                    access_log=False,
                    server_header=False,
                    timeout_graceful_shutdown=_GRACE,
                    timeout_keep_alive=30,
                    h11_max_incomplete_event_size=64 << 10,
                    lifespan="on",
                )
            )
            thread = threading.Thread(
                target=server.run, kwargs={"sockets": [listener]}, name="studio", daemon=True
            )
            thread.start()
            try:
                while not server.started:
                    if not thread.is_alive():
                        raise OutputError("the studio's server has not started.")
                    time.sleep(0.01)
                shown = host if host and host not in ("0.0.0.0", "::") else LOCAL
                shown = f"[{shown}]" if ":" in shown else shown
                address = f"http://{shown}:{bound}/?{TOKEN}={token}"
                yield Studio(address, bound, token, server, thread)
            finally:
                desk.closing.cancel()
                desk.hub.close()
                server.should_exit = True
                thread.join(_GRACE + 3)


def _names(host: str | None) -> tuple[str, ...]:
    return () if host is None else (host, socket.gethostname())


def _listen(host: str, port: int | None, say: Callable[[str], None]) -> socket.socket:
    """Return a socket that listens; where no port was asked for, the next free one will do."""
    wanted = USUAL_PORT if port is None else port
    for number in range(wanted, wanted + (_PORTS_TRIED if port is None else 1)):
        try:
            found = _bound(host, number)
        except OSError as error:
            if error.errno == errno.EADDRINUSE or getattr(error, "winerror", 0) == 10013:
                continue
            raise OutputError(
                f"{host}:{number}: cannot listen there ({reason_of(error)}); choose another "
                "`host` or `port`."
            ) from error
        if number != wanted:
            say(f"Port {wanted} is taken; {number} is free.")
        return found
    taken = f"port {wanted} is taken" if port is not None else f"ports from {wanted} on are taken"
    raise OutputError(f"{taken}; choose another `port`.")


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise UsageError(
            f"`host`: {host!r} is no address of this computer.", what="host"
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
