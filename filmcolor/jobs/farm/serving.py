"""Dask's own scheduler and workers, started as it suits tasks that take minutes.

Dask is made for tasks of milliseconds: a worker looks a hundred times a second where its threads
are, and fifty times whether its event loop is in time. That takes 3 % of a core from the coloring.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, Final

from filmcolor.errors import FilmcolorError, UsageError
from filmcolor.jobs.farm.connection import FarmAddress, certificates_of, need_distributed
from filmcolor.system.cpu import available_cores

CORES_A_WORKER: Final = 4
"""More than that one process does not use well."""

SETTINGS: Final[dict[str, Any]] = {
    "distributed": {
        "worker": {
            "profile": {"enabled": False},
            "memory": {"monitor-interval": "2s"},
        },
        "scheduler": {
            "active-memory-manager": {"start": False},
            "work-stealing-interval": "5s",
        },
        "admin": {
            "tick": {"interval": "1s"},
            "system-monitor": {"interval": "10s"},
        },
    }
}
"""In place of Dask's defaults; what somebody has set counts for more."""


def serve_scheduler(address: FarmAddress, more: Sequence[str] = ()) -> None:
    """Be the scheduler of a farm until a signal comes; `more`: options of `dask scheduler`.

    `address` has the protocol, the host on which to listen, and the port. Raises `FilmcolorError`
    where it cannot listen.
    """
    need_distributed()
    from distributed.cli.dask_scheduler import main

    _settle()
    host, port = _parts(address)
    options = ["--host", host, "--port", port, *_certificates(address), *more]
    _serve(main, options, address)


def serve_workers(
    address: FarmAddress, processes: int | None = None, more: Sequence[str] = ()
) -> None:
    """Be workers of one thread each until a signal comes; `more`: options of `dask worker`.

    `processes`: how many; None: one for every four cores. Raises `FilmcolorError` where they
    cannot begin, as when no scheduler answers.
    """
    need_distributed()
    from distributed.cli.dask_worker import main

    _settle()
    _parts(address)
    count = processes or max(1, available_cores() // CORES_A_WORKER)
    options = [address.address, "--nthreads", "1", "--nworkers", str(count)]
    _serve(main, [*options, *_certificates(address), *more], address)


def _parts(address: FarmAddress) -> tuple[str, str]:
    """Return protocol and host, and the port."""
    found = re.fullmatch(r"(\w+://[^/]+):(\d+)", address.address)
    if found is None:
        raise UsageError(
            f"{address.address}: is no address of a farm, such as tcp://10.0.0.5:8786.",
            what="address",
            value=address.address,
        )
    return found[1], found[2]


def _settle() -> None:
    import dask.config
    import distributed  # noqa: F401  (it brings the defaults that are bettered)

    dask.config.update_defaults(SETTINGS)


def _certificates(address: FarmAddress) -> list[str]:
    files = certificates_of(address)
    options = {"ca": "--tls-ca-file", "cert": "--tls-cert", "key": "--tls-key"}
    return [part for name, path in files.items() for part in (options[name], str(path))]


def _serve(main: Any, options: list[str], address: FarmAddress) -> None:
    import click

    try:
        main(options, standalone_mode=False)
    except click.ClickException as error:
        raise UsageError(f"Dask: {error.format_message().rstrip('.')}.") from error
    except (OSError, RuntimeError, ValueError) as error:
        cause = error.__cause__ or error
        said = os.strerror(cause.errno) if isinstance(cause, OSError) and cause.errno else cause
        raise FilmcolorError(f"{address.address}: {str(said).rstrip('.')}.", what="farm") from error
