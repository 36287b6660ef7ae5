"""Downloading weights over bad lines and from mirrors that come and go.

Pooch checks the checksum and moves the finished file to its place in one step. The transfer
itself is done here, because Pooch starts each try from nothing: what has arrived is kept in a
`.part` file, and the next try asks for the rest only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filmcolor.errors import NetworkError
from filmcolor.networks.weights.catalog import CatalogEntry
from filmcolor.networks.weights.folders import weights_folder
from filmcolor.networks.weights.library import weights_path
from filmcolor.networks.weights.weights_file import disguise_of
from filmcolor.system.environment import mirror
from filmcolor.wording.reasons import reason_of

if TYPE_CHECKING:
    import requests

_CHUNK = 1 << 14  # what a cut may lose at most
_CONNECT_TIMEOUT = 10.0
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True)
class Patience:
    """How long a download is tried.

    `attempts` per mirror without noticeable progress, the first wait between them in seconds
    (each next one is twice as long), and how long a silent server is waited for.
    """

    attempts: int = 3
    wait: float = 1.0
    timeout: float = 30.0


class _MirrorError(Exception):
    """This mirror cannot give the file; a further attempt would bring the same."""


class _CutError(Exception):
    """The transfer ended early; a further attempt may bring the rest."""


def mirrors_of(entry: CatalogEntry) -> tuple[str, ...]:
    """Return the addresses of an entry's weights in the order in which they are tried.

    The environment variable FILMCOLOR_MIRROR may name a base address (the file's name is
    appended), which then comes first.
    """
    base = mirror()
    own = (f"{base.rstrip('/')}/{entry.file_name}",) if base else ()
    return own + entry.mirrors


def fetch(
    entry: CatalogEntry,
    *,
    mirrors: Sequence[str] | None = None,
    folder: Path | None = None,
    progress: bool | None = None,
    patience: Patience | None = None,
) -> Path:
    """Download an entry's weights, unless they are there already.

    Args:
        entry: what to download.
        mirrors: the only addresses to try, in this order; one that ends with "/" gets the file's
            name appended. None for `mirrors_of(entry)`.
        folder: where the file goes; None for the folder of weights.
        progress: show a bar on standard error; None where that is a terminal.
        patience: how often and how long to try.

    Returns:
        The weights file, whose checksum is right.

    Raises:
        NetworkError: no mirror gave the right file (each is named with its reason), or it
            cannot be stored.
    """
    import pooch

    if entry.bundled:
        return weights_path(entry)
    patience = patience or Patience()
    folder = folder or weights_folder()
    target = folder / entry.file_name
    part = folder / f"{entry.file_name}.part"
    addresses = list(mirrors) if mirrors is not None else list(mirrors_of(entry))
    addresses = [a + entry.file_name if a.endswith("/") else a for a in addresses]
    if progress is None:
        progress = sys.stderr.isatty()
    pooch.get_logger().setLevel("WARNING")

    reasons: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for address in addresses:
            transfer = _Transfer(entry, part, patience, progress)
            reason = _try_mirror(entry, address, target, transfer)
            if reason is None:
                return target
            reasons.append(f"{address}: {reason}")
    except OSError as error:
        raise NetworkError(
            f"Cannot store {entry.file_name} in {folder}: {reason_of(error)}. "
            "Free some space, or name another folder in FILMCOLOR_MODELS."
        ) from error
    listed = "".join(f"\n  - {reason}" for reason in reasons) or " no address is known."
    raise NetworkError(
        f"The weights of '{entry.name}' could not be downloaded:{listed}\n"
        f"If you get {entry.file_name} in some other way, add it with "
        "`filmcolor models import FILE`."
    )


def _try_mirror(entry: CatalogEntry, address: str, target: Path, transfer: _Transfer) -> str | None:
    """Download from one mirror; return None, or the reason why it failed."""
    import pooch

    for attempt in ("with what is there", "from nothing"):
        try:
            pooch.retrieve(
                address,
                known_hash=f"sha256:{entry.sha256}",
                fname=target.name,
                path=target.parent,
                downloader=transfer,
            )
        except (_MirrorError, _CutError) as error:
            return str(error)
        except ValueError:  # Pooch's word for a wrong checksum; it has deleted the file
            if transfer.resumed and attempt == "with what is there":
                continue  # perhaps only the part from an earlier run was wrong
            break
        return None
    return "it serves another file (the sha256 differs)"


class _Transfer:
    """Brings one file from one address to the path that Pooch names; resumes what was cut."""

    def __init__(self, entry: CatalogEntry, part: Path, patience: Patience, progress: bool) -> None:
        self.resumed = False
        self._entry = entry
        self._part = part
        self._patience = patience
        self._progress = progress
        self._validator: str | None = None

    def __call__(self, url: str, output_file: str, pooch: Any, *, check_only: bool = False) -> bool:
        """Download `url`; the signature is the one that Pooch asks for."""
        self.resumed = False
        failures, best = 0, self._received()
        while True:
            try:
                self._attempt(url)
                break
            except _CutError:
                received = self._received()
                # A line that keeps bringing data is worth waiting for; only standstill counts.
                grown = received - best >= max(1, self._entry.bytes // 100)
                best = max(best, received)
                failures = 0 if grown else failures + 1
                if failures >= self._patience.attempts:
                    raise
                time.sleep(self._patience.wait * 2 ** max(0, failures - 1))
        self._part.replace(output_file)
        return True

    def _received(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _attempt(self, url: str) -> None:
        """Ask once for what is missing; return when the whole file is there."""
        import requests

        start = self._received()
        if start > self._entry.bytes:
            self._part.unlink()
            start = 0
        if start == self._entry.bytes:
            self.resumed = True
            return
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if self._validator:
                headers["If-Range"] = self._validator
        try:
            with requests.get(
                url,
                headers=headers,
                stream=True,
                timeout=(min(_CONNECT_TIMEOUT, self._patience.timeout), self._patience.timeout),
            ) as response:
                self._receive(response, start)
        except requests.exceptions.Timeout as error:
            seconds = self._patience.timeout
            raise _CutError(f"no answer for {seconds:g} seconds") from error
        except (
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidSchema,
            requests.exceptions.InvalidURL,
        ) as error:
            raise _MirrorError("not a web address") from error
        except requests.exceptions.RequestException as error:
            if not self._received():
                raise _CutError(f"no connection ({type(error).__name__})") from error
        received = self._received()
        if received != self._entry.bytes:
            raise _CutError(
                f"the connection was cut after {received:,} of {self._entry.bytes:,} bytes"
            )

    def _receive(self, response: requests.Response, start: int) -> None:
        status = response.status_code
        if status == 416 and start:  # the server's file ends before our part does
            self._part.unlink()
            raise _CutError("it has fewer bytes than had been received")
        if status >= 500 or status == _TOO_MANY_REQUESTS:
            raise _CutError(f"the server answers {status} {response.reason}")
        if status not in (200, 206):
            raise _MirrorError(f"the server answers {status} {response.reason}")
        if "text/html" in response.headers.get("Content-Type", "").lower():
            raise _MirrorError("it answers with a web page instead of the file")
        if status == 206 and not _starts_at(response, start):
            raise _MirrorError("it sends another part of the file than was asked for")
        if status == 200:
            start = 0
        self._check_length(response, start)
        etag = response.headers.get("ETag", "")
        # Weak validators must not be used for ranges (RFC 9110, section 13.1.5).
        strong = etag if etag and not etag.startswith("W/") else None
        self._validator = strong or response.headers.get("Last-Modified")
        self.resumed = start > 0
        self._store(response, start)

    def _check_length(self, response: requests.Response, start: int) -> None:
        length = response.headers.get("Content-Length", "")
        if length.isdigit() and start + int(length) != self._entry.bytes:
            raise _MirrorError(
                f"its file has {start + int(length):,} bytes, not {self._entry.bytes:,}"
            )

    def _store(self, response: requests.Response, start: int) -> None:
        from tqdm import tqdm

        received = start
        with (
            self._part.open("ab" if start else "wb") as file,
            tqdm(
                total=self._entry.bytes,
                initial=start,
                unit="B",
                unit_scale=True,
                desc=self._entry.name,
                disable=not self._progress,
            ) as bar,
        ):
            for chunk in response.iter_content(_CHUNK):
                disguise = disguise_of(chunk) if received == 0 else None
                received += len(chunk)
                if disguise is not None or received > self._entry.bytes:
                    break
                file.write(chunk)
                bar.update(len(chunk))
            else:
                return
        self._part.unlink()
        what = disguise or f"a file of more than {self._entry.bytes:,} bytes"
        raise _MirrorError(f"it gives {what}")


def _starts_at(response: requests.Response, start: int) -> bool:
    found = response.headers.get("Content-Range", "").removeprefix("bytes").strip()
    return found.startswith(f"{start}-")
