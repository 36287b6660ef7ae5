"""Storage that a farm reaches by an address, and what goes wrong there."""

from __future__ import annotations

import hashlib
import importlib.util
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

pytest.importorskip("fsspec")

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

import filmcolor
from filmcolor.errors import InputChangedError, OutputError, UsageError
from filmcolor.jobs.farm.staged_job import StagedFile, plain_name
from filmcolor.jobs.farm.storage import DamagedInStorageError, FarmStorage, StorageError
from tests.jobs.films import shots_film

SHA256 = "0" * 64


class Faulty(MemoryFileSystem):
    """Storage in memory, in which something can be made to go wrong."""

    protocol = "faulty"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    cut_short = 0
    """How many files end too early that are opened next."""
    hangs = False

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, str):
            path = path.replace("faulty://", "memory://")
        return super()._strip_protocol(path)

    def _open(self, path: str, mode: str = "rb", *args: Any, **options: Any) -> Any:
        while Faulty.hangs:
            time.sleep(0.05)
        file = super()._open(path, mode, *args, **options)
        if mode == "rb" and Faulty.cut_short:
            Faulty.cut_short -= 1
            return BytesIO(file.read()[:-1])
        return file


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[FarmStorage]:
    monkeypatch.setattr("filmcolor.jobs.farm.storage._PAUSE", 0.01)
    fsspec.register_implementation("faulty", Faulty, clobber=True)
    Faulty.store.clear()
    Faulty.cut_short = 0
    yield FarmStorage("faulty://bucket/farm")
    Faulty.hangs = False


def put(storage: FarmStorage, folder: Path, data: bytes) -> str:
    file = folder / "here"
    file.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    storage.upload(file, f"films/{sha256}", sha256)
    return sha256


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_there_and_back(storage: FarmStorage, tmp_path: Path, size: int) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    sha256 = put(storage, tmp_path, data)
    assert storage.holds(f"films/{sha256}", size)
    assert not storage.holds(f"films/{sha256}", size + 1)
    back = tmp_path / "new" / "back"
    storage.download(f"films/{sha256}", sha256, back)
    assert back.read_bytes() == data
    assert [path.name for path in back.parent.iterdir()] == ["back"]
    assert storage.names("films") == [sha256]
    storage.remove("films")
    assert storage.names("films") == []
    assert storage.read("films/none") is None


def test_a_download_that_is_cut_short_is_fetched_again(
    storage: FarmStorage, tmp_path: Path
) -> None:
    sha256 = put(storage, tmp_path, b"frames")
    Faulty.cut_short = 2
    storage.download(f"films/{sha256}", sha256, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"frames"


def test_what_stays_damaged_is_not_taken(storage: FarmStorage, tmp_path: Path) -> None:
    """It goes from the storage, so that whoever has it brings it again."""
    sha256 = put(storage, tmp_path, b"frames")
    storage.write(f"films/{sha256}", b"Frames")
    folder = tmp_path / "new"
    with pytest.raises(DamagedInStorageError, match=r"faulty://bucket/farm/films/.* not what was"):
        storage.download(f"films/{sha256}", sha256, folder / "back")
    assert list(folder.iterdir()) == []
    assert storage.names("films") == []
    with pytest.raises(DamagedInStorageError, match="is missing"):
        storage.download(f"films/{sha256}", sha256, folder / "back")


def test_a_file_that_changes_while_it_is_brought(storage: FarmStorage, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"frames")
    with pytest.raises(InputChangedError, match=r"here: was changed"):
        storage.upload(tmp_path / "here", "films/a", hashlib.sha256(b"others").hexdigest())


def test_a_disk_that_takes_nothing(storage: FarmStorage, tmp_path: Path) -> None:
    """An error of this computer is told as such, and at once."""
    sha256 = put(storage, tmp_path, b"frames")
    with pytest.raises(OutputError, match=r"back: cannot be written \("):
        storage.download(f"films/{sha256}", sha256, tmp_path / "here" / "back")


def test_storage_that_does_not_answer(
    storage: FarmStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILMCOLOR_PATIENCE", "1")
    Faulty.hangs = True
    with pytest.raises(StorageError, match=r"faulty://bucket/farm: has not answered for 1 s"):
        storage.read("films/a")


def test_storage_that_cannot_be_written_is_refused_before_work_begins(tmp_path: Path) -> None:
    """Not even the farm is looked for."""
    film = shots_film(tmp_path / "film.mkv", (3,))
    (tmp_path / "file").write_bytes(b"")
    before = sorted(tmp_path.iterdir())
    address = (tmp_path / "file").as_uri() + "/farm"
    with pytest.raises(StorageError, match=r"file/farm/check-.*: cannot be written \(") as told:
        filmcolor.colorize(film, farm="tcp://127.0.0.1:9", farm_storage=address)
    assert "\n" not in str(told.value)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(importlib.util.find_spec("s3fs") is not None, reason="the package is there")
def test_a_missing_package_is_named() -> None:
    with pytest.raises(UsageError, match=r"s3://bucket/farm needs a package .* `pip install s3fs`"):
        FarmStorage("s3://bucket/farm")


@pytest.mark.parametrize("address", ["", "/mnt/farm", "nothing://x", "simplecache::s3://b", "://x"])
def test_addresses_of_nothing(address: str) -> None:
    with pytest.raises(UsageError, match="`farm_storage`: "):
        FarmStorage(address)


def test_a_password_is_not_shown(storage: FarmStorage) -> None:
    storage = FarmStorage("faulty://me:secret@host/farm")
    Faulty.store["/me:secret@host/farm/films/a"] = None  # not to be read
    with pytest.raises(StorageError) as told:
        storage.read("films/a")
    assert "secret" not in str(told.value)
    assert "me:...@host/farm/films/a" in str(told.value)


@given(st.text(st.characters(codec=None), max_size=30))
def test_names_lead_nowhere_else(name: str) -> None:
    plain = plain_name(name)
    assert plain_name(plain) == plain
    for kind, root in ((PurePosixPath, "/cache"), (PureWindowsPath, "D:\\cache")):
        place = kind(root) / plain
        assert place.parent == kind(root)
        assert ".." not in place.parts
    assert StagedFile(path=f"source/{plain}", sha256=SHA256, size=0).path.endswith(plain)


@pytest.mark.parametrize(
    "path",
    [
        *("a", "/etc/passwd", "../a", "source", "source/", "source/..", "source/../../a"),
        *("source/a/../b", "source//a", "source/C:a", "source/a\\b", "source/.hidden"),
        *("work/lock", "work/../a", "work/script/..", "work/script/a/b", "work/segment-00000.mov"),
        *("work/manifest.json\n", "network/.", "elsewhere/a"),
    ],
)
def test_paths_that_are_no_place_for_a_file_of_a_film(path: str) -> None:
    with pytest.raises(ValidationError):
        StagedFile(path=path, sha256=SHA256, size=0)
