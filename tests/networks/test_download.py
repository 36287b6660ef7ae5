from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from filmcolor.errors import NetworkError
from filmcolor.networks.weights.catalog import CATALOG, CatalogEntry
from filmcolor.networks.weights.download import Patience, fetch, mirrors_of
from tests.networks.servers import Server, serving

CONTENT = np.random.default_rng(11).bytes(400_000)
QUICK = Patience(attempts=2, wait=0.01, timeout=0.4)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(CONTENT) as server:
        yield server


def entry_for(*mirrors: str, content: bytes = CONTENT) -> CatalogEntry:
    return CatalogEntry(
        name="tested",
        title="",
        source="",
        licence="",
        year=2000,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        file_name="tested.caffemodel",
        mirrors=mirrors,
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_arrives_whole_and_is_not_fetched_twice(server: Server, tmp_path: Path) -> None:
    entry = entry_for(f"{server.base}/file")
    path = fetch(entry, folder=tmp_path / "new" / "folder", patience=QUICK)
    assert path.read_bytes() == CONTENT
    assert fetch(entry, folder=path.parent, patience=QUICK) == path
    assert len(server.requests) == 1
    assert names(path.parent) == ["tested.caffemodel"]


def test_a_damaged_installed_file_is_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / "tested.caffemodel").write_bytes(b"damaged")
    path = fetch(entry_for(f"{server.base}/file"), folder=tmp_path, patience=QUICK)
    assert path.read_bytes() == CONTENT


def test_after_a_cut_only_the_rest_is_asked_for(server: Server, tmp_path: Path) -> None:
    server.cuts = [150_000, 100_000]
    path = fetch(entry_for(f"{server.base}/file"), folder=tmp_path, patience=QUICK)
    assert path.read_bytes() == CONTENT
    asked = server.ranges_asked()
    assert asked[0] is None
    starts = [int(range_.removeprefix("bytes=").rstrip("-")) for range_ in asked[1:] if range_]
    # A cut may lose what had arrived of one chunk, no more.
    assert len(starts) == 2
    assert 150_000 - 20_000 < starts[0] <= 150_000
    assert starts[0] + 100_000 - 20_000 < starts[1] <= starts[0] + 100_000
    assert server.sent == [150_000, 100_000, len(CONTENT) - starts[1]]
    assert server.requests[1][1]["If-Range"] == '"one"'


def test_a_later_run_goes_on_where_the_first_one_ended(server: Server, tmp_path: Path) -> None:
    server.cuts = [100_000, 0, 0]
    with pytest.raises(NetworkError, match=r"cut after [\d,]+ of 400,000 bytes"):
        fetch(entry_for(f"{server.base}/file"), folder=tmp_path, patience=QUICK)
    assert names(tmp_path) == ["tested.caffemodel.part"]
    received = (tmp_path / "tested.caffemodel.part").stat().st_size
    assert 80_000 < received <= 100_000
    before = len(server.requests)
    path = fetch(entry_for(f"{server.base}/file"), folder=tmp_path, patience=QUICK)
    assert path.read_bytes() == CONTENT
    assert server.ranges_asked()[before:] == [f"bytes={received}-"]
    assert names(tmp_path) == ["tested.caffemodel"]


def test_a_server_without_ranges_starts_anew(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    server.cuts = [150_000]
    path = fetch(entry_for(f"{server.base}/file"), folder=tmp_path, patience=QUICK)
    assert path.read_bytes() == CONTENT
    assert server.sent == [150_000, 400_000]


def test_a_file_that_changed_meanwhile_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    server.cuts = [150_000]
    original = server.requests

    class Changing(list):  # type: ignore[type-arg]
        def append(self, item: object) -> None:
            super().append(item)
            if len(self) == 2:
                server.etag = '"two"'

    server.requests = Changing(original)
    path = fetch(entry_for(f"{server.base}/file"), folder=tmp_path, patience=QUICK)
    assert path.read_bytes() == CONTENT
    assert server.sent == [150_000, 400_000]


def test_a_wrong_part_from_before_does_not_spoil_the_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "tested.caffemodel.part").write_bytes(b"x" * 1000)
    path = fetch(entry_for(f"{server.base}/file"), folder=tmp_path, patience=QUICK)
    assert path.read_bytes() == CONTENT
    assert server.ranges_asked() == ["bytes=1000-", None]


@pytest.mark.parametrize("size", [400_000, 500_000])
def test_a_wrong_part_as_long_as_the_file_is_thrown_away(
    server: Server, tmp_path: Path, size: int
) -> None:
    (tmp_path / "tested.caffemodel.part").write_bytes(b"x" * size)
    path = fetch(entry_for(f"{server.base}/file"), folder=tmp_path, patience=QUICK)
    assert path.read_bytes() == CONTENT


BAD_MIRRORS = {
    "missing": "404",
    "busy": "503",
    "page": "web page",
    "hidden-page": "web page",
    "wrong": "sha256",
    "short": "100 bytes, not 400,000",
    "endless": "more than 400,000 bytes",
    "silent": "no answer for 0.4 seconds",
    "stalls": "cut after|no answer|no connection",
}


@pytest.mark.parametrize("path", BAD_MIRRORS)
def test_after_a_bad_mirror_the_next_one_is_asked(
    server: Server, tmp_path: Path, path: str
) -> None:
    entry = entry_for(f"{server.base}/{path}", f"{server.base}/file")
    assert fetch(entry, folder=tmp_path, patience=QUICK).read_bytes() == CONTENT
    assert names(tmp_path) == ["tested.caffemodel"]


@pytest.mark.parametrize("path", [name for name in BAD_MIRRORS if name != "stalls"])
def test_a_bad_mirror_is_named_with_its_reason_and_leaves_nothing(
    server: Server, tmp_path: Path, path: str
) -> None:
    address = f"{server.base}/{path}"
    with pytest.raises(NetworkError, match=BAD_MIRRORS[path]) as caught:
        fetch(entry_for(address), folder=tmp_path, patience=QUICK)
    assert address in str(caught.value)
    assert "filmcolor models import FILE" in str(caught.value)
    assert names(tmp_path) == []


def test_all_bad_mirrors_are_listed(server: Server, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}/file"
    mirrors = [closed, f"{server.base}/missing", "no-address"]
    with pytest.raises(NetworkError) as caught:
        fetch(entry_for(*mirrors), folder=tmp_path, patience=QUICK)
    lines = str(caught.value).splitlines()
    assert len([line for line in lines if line.startswith("  - ")]) == 3
    for mirror, reason in zip(mirrors, ("no connection", "404", "not a web address"), strict=True):
        assert any(mirror in line and reason in line for line in lines)


def test_given_mirrors_replace_the_entrys_and_may_be_folders(
    server: Server, tmp_path: Path
) -> None:
    entry = entry_for(f"{server.base}/missing")
    fetch(entry, mirrors=[f"{server.base}/folder/"], folder=tmp_path, patience=QUICK)
    assert [path for path, _ in server.requests] == ["/folder/tested.caffemodel"]


def test_the_mirror_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = CATALOG["zhang2016"]
    assert mirrors_of(entry) == entry.mirrors
    monkeypatch.setenv("FILMCOLOR_MIRROR", "https://mirror.example/weights/")
    assert mirrors_of(entry) == (
        f"https://mirror.example/weights/{entry.file_name}",
        *entry.mirrors,
    )


def test_a_folder_that_cannot_be_written_is_one_clear_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NetworkError, match="FILMCOLOR_MODELS"):
        fetch(entry_for(f"{server.base}/file"), folder=tmp_path / "file", patience=QUICK)


def test_the_bar_shows_only_when_asked_for(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    entry = entry_for(f"{server.base}/file")
    fetch(entry, folder=tmp_path / "quiet", patience=QUICK)
    assert capfd.readouterr().err == ""
    fetch(entry, folder=tmp_path / "bar", patience=QUICK, progress=True)
    assert "tested" in capfd.readouterr().err
