"""Arrays that are kept from one run to the next."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from filmcolor.system.array_cache import cached_array

TABLE = np.arange(6, dtype=np.uint8).reshape(2, 3)


def table() -> NDArray[np.uint8]:
    return cached_array("table", (2, 3), np.uint8, TABLE.copy)


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tables"
    monkeypatch.setattr("filmcolor.system.array_cache.user_cache", lambda _: folder)
    return folder


def test_one_that_was_made_shares_its_memory_like_one_that_was_found(tables: Path) -> None:
    for found in (table(), table()):
        assert (found == TABLE).all()
        assert isinstance(found.base, np.memmap), "not in the memory of this process"
        assert not found.flags.writeable
    assert [file.name for file in tables.iterdir()] == ["table.npy"]


def test_a_cache_that_cannot_be_written(tables: Path) -> None:
    tables.write_bytes(b"no folder")
    assert (table() == TABLE).all()
    assert not table().flags.writeable


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"something else"])
def test_a_damaged_file_is_made_anew(tables: Path, damage: bytes) -> None:
    tables.mkdir()
    (tables / "table.npy").write_bytes(damage)
    assert (table() == TABLE).all()
    assert (np.load(tables / "table.npy") == TABLE).all()
